"""docs/recipes: what a page shows is the file, and what it finds is what its sender sends."""

import hashlib
import hmac
import json
import re
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from incidents.cli.pairs import example_of
from incidents.storage.keys import KeyTable
from tests.api import Api
from tests.keys import basic, bearer, make

ROOT = Path(__file__).parents[1]
PAGES = {page.stem: page.read_text() for page in (ROOT / "docs" / "recipes").glob("*.md")}
METRICS = (ROOT / "docs" / "metrics.md").read_text()
# Those of docs/metrics.md are tried in tests/test_prometheus.py.
OPS = sorted(
    file
    for file in (ROOT / "ops").rglob("*")
    if file.suffix != ".pyc" and file.is_file() and f"](../{file.relative_to(ROOT)})" not in METRICS
)
PAYLOADS = ROOT / "tests" / "payloads"

# Longer ones are named, and copied as files.
SHOWN_LINES_MAX = 80

OpenApi = Callable[..., Awaitable[Api]]


def blocks(text: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("file", OPS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_page_shows_each_file_as_it_is(file: Path) -> None:
    name, text = str(file.relative_to(ROOT)), file.read_text()
    naming = [page for page in PAGES.values() if f"`{name}`" in page]

    assert naming
    if len(text.splitlines()) <= SHOWN_LINES_MAX:
        assert any(text in blocks(page) for page in naming)


def test_the_index_names_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w-]+)\.md\)", PAGES["README"]))

    assert linked == set(PAGES) - {"README"}


def finds(page: str) -> list[str]:
    """The examples of the page's `incidents find`."""
    examples = []
    for block in blocks(PAGES[page]):
        for line in block.splitlines():
            command = shlex.split(line) if line.startswith("incidents find ") else []
            if command:
                end = next((n for n, word in enumerate(command) if word.startswith("--")), None)
                examples.append(example_of(tuple(command[2:end])))
    return examples


def sent(page: str) -> list[tuple[dict[str, str], bytes]]:
    """What the page's sender sends: headers and bodies as its documentation has them."""
    sample: Any = json.loads((PAYLOADS / f"{page}.json").read_text())
    requests = []
    for number, body in enumerate(sample["notifications"]):
        headers = dict(sample["headers"])
        if "events" in sample:
            headers["X-GitHub-Event"] = sample["events"][number]
        # As Go and Ruby write it: without white space, in UTF-8.
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        requests.append((headers, text.encode()))
    return requests


@pytest.mark.parametrize("page", ["alertmanager", "grafana", "github"])
async def test_what_the_page_looks_for_is_found(
    open_api: OpenApi, table: KeyTable, page: str
) -> None:
    report, read = await make(table, "report"), await make(table, "read")
    api = await open_api()
    key = basic(f":{report}") if page == "github" else bearer(report)
    bodies = []
    for headers, body in sent(page):
        result = await api.request("POST", "/problems", body, {**headers, **key})
        assert result.status == 201, result.text
        bodies.append(json.loads(body))

    assert finds(page)
    for example in finds(page):
        answer = await api.post("/find", example.encode(), bearer(read))
        found = answer.json["incidents"]
        assert found, example
        for incident in found:
            assert incident["body"] in bodies
            assert incident["headers"]["Authorization"] == "[redacted]"
    everything = (await api.post("/find", b"{}", bearer(read))).json["incidents"]
    assert [incident["body"] for incident in everything] == bodies[::-1]


async def test_a_form_of_github_is_kept_as_the_json_in_it(api: Api) -> None:
    await api.report(
        b"payload=%7B%22action%22%3A%22opened%22%7D",
        Content_Type="application/x-www-form-urlencoded",
    )

    assert await api.find({"action": "opened"}) == [1]


async def test_the_signature_of_github_can_be_checked_later(api: Api) -> None:
    secret = b"what GitHub was told"
    for headers, body in sent("github"):
        signature = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
        signed = {**headers, "X-Hub-Signature-256": signature}
        result = await api.request("POST", "/problems", body, signed)

        shown = await api.get(result.headers["location"])
        kept = shown.text.partition('"body": ')[2].rpartition(', "headers": ')[0]
        stored = shown.json["headers"]["X-Hub-Signature-256"]
        again = hmac.new(secret, kept.encode(), hashlib.sha256).hexdigest()
        assert stored == f"sha256={again}" == signature
