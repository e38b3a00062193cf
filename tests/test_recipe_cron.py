"""The script of docs/how-to/cron.md, run by a shell, and the rules beside it."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from incidents.core.query.predicate import Predicate
from incidents.core.query.subject import Fields, Identity, subject_of
from incidents.rules.matching import members_of
from incidents.rules.rule import Rule, parse_rule
from tests.served import Served

PAGE = (Path(__file__).parents[1] / "docs" / "how-to" / "cron.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def rules() -> dict[str, Rule]:
    given: dict[str, Any] = yaml.safe_load(block("yaml"))["rules"]
    return {name: parse_rule(name, each) for name, each in given.items()}


def fed_by(incident: dict[str, Any]) -> dict[str, list[str]]:
    """The rules of the page that an incident feeds, and their members."""
    texts = json.dumps(incident["headers"]), json.dumps(incident["body"])
    subject = subject_of(Identity(1, b"", datetime.now(UTC)), *texts)
    found = {
        name: members_of(Predicate(each.tree), [Fields(path) for path in each.paths], subject)
        for name, each in rules().items()
    }
    return {name: members for name, members in found.items() if members}


def test_a_job_reports_its_start_and_its_end(
    serve_here: Callable[..., Served], tmp_path: Path
) -> None:
    served = serve_here()
    script = tmp_path / "supervised"
    script.write_text(block("sh"))
    environment = {
        **os.environ,
        "INCIDENTS_URL": f"http://127.0.0.1:{served.port}",
        "INCIDENTS_KEY": "none",
    }

    def run(*command: str) -> int:
        return subprocess.run(["sh", script, *command], env=environment, check=False).returncode

    assert run("nightly-backup", "sh", "-c", "echo 'all & done'") == 0
    assert run("rotate-logs", "sh", "-c", "echo disk full >&2; exit 3") == 3

    reply = served.post("/find", b"{}").json["incidents"]
    failed, _, succeeded, started = reply
    assert started["headers"]["Incidents-Query"] == {"job": "nightly-backup", "event": "start"}
    assert succeeded["body"] == {"output": "all & done"}
    assert fed_by(started) == {}
    assert fed_by(succeeded) == {"jobs-absent": ['["nightly-backup"]']}
    assert failed["body"] == {"output": "disk full"}
    assert fed_by(failed) == {"jobs-failed": ['["rotate-logs"]']}
