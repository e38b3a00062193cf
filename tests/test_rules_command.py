"""incidents rules: a file says what the server has."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.command import incidents
from tests.served import Served

pytestmark = pytest.mark.jobs

FILE = """
channels:
  hook: {webhook: {url: "http://127.0.0.1:9/in", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}
rules:
  errors: {query: "level=error", when: "count >= 2 in 1h", by: [host], channels: [hook]}
  nightly: {query: "job=backup", when: "absent for 25h"}
mutes:
  deploy: {query: "service=billing", until: 2099-12-01T06:00:00Z, reason: "deploy"}
"""


@pytest.fixture
def served(
    serve_here: Callable[..., Served], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Served:
    served = serve_here(signature_key_file=tmp_path / "signatures.key")
    monkeypatch.setenv("INCIDENTS_URL", f"http://127.0.0.1:{served.port}")
    return served


def test_a_file_is_applied_once_and_what_it_does_not_have_goes(
    served: Served, tmp_path: Path
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(FILE)

    dry = incidents("rules", "apply", str(file), "--dry-run")
    assert dry.stdout.splitlines() == [
        *("+ channel hook", "+ rule errors", "+ rule nightly", "+ mute deploy"),
    ]
    assert served.request("GET", "/rules").json["rules"] == []
    assert incidents("rules", "apply", str(file)).stderr == "4 changed\n"
    again = incidents("rules", "apply", str(file))
    assert again.stdout == "~ channel hook\n    its secrets cannot be compared\n"

    file.write_text(
        "rules:\n  errors: {query: level=error, when: any, by: [host], channels: [hook]}\n"
    )
    changed = incidents("rules", "apply", str(file))

    assert changed.stdout.splitlines() == [
        "~ rule errors",
        '    - when: "count >= 2 in 1h"',
        '    + when: "any"',
        "- rule nightly",
    ]
    assert [each["name"] for each in served.request("GET", "/mutes").json["mutes"]] == ["deploy"]
    listed = incidents("rules", "list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["RULE", "errors"]
    shown = json.loads(incidents("rules", "show", "errors").stdout)
    assert shown["rule"]["when"] == "any"


def test_a_rule_of_a_file_is_tried(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(FILE)
    for _ in range(2):
        served.report({"level": "error", "host": "a", "message": "disk full"})

    done = incidents("rules", "try", str(file), "errors")

    assert done.stderr.startswith("2 matches since ")
    (_, fired) = done.stdout.splitlines()
    assert fired.split()[1:3] == ["firing", "2"]
    assert fired.endswith("errors: 2 in 1h (host=a): disk full")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: {r: {query: a=1}}", "rules.r.when: it is missing"),
        ("rules: {r: {query: a=1, when: any}, r: {query: b=1, when: any}}", "r is there twice"),
        ("rule: {}", "file.rule: unknown; did you mean rules?"),
        ("rules: [", "is no YAML"),
        ("channels: {hook: {webhook: {}}}", "channels.hook"),
        ("mutes: {m: {query: a=1, until: tomorrow, reason: x}}", "mutes.m.until: it is a time"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(text)

    done = incidents("rules", "apply", str(file), "--dry-run", "--url", "http://127.0.0.1:1")

    assert done.returncode in (1, 2)
    assert said in done.stderr


def test_the_schema_takes_the_file_and_nothing_misspelt() -> None:
    schema = json.loads(incidents("rules", "schema").stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)

    assert validator.is_valid({"rules": {"r": {"query": "a=1", "when": "absent for 25h"}}})
    assert validator.is_valid({"mutes": {"m": {"query": "a=1", "reason": "deploy"}}})
    assert not validator.is_valid({"rules": {"r": {"query": "a=1", "when": "any", "quite": "5m"}}})
