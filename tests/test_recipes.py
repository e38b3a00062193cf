"""docs/how-to/recipes: what a page shows is the file; what it finds is what its sender sends."""

import hmac
import json
import re
import shlex
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    ProxyHandler,
    Request,
    build_opener,
)

import pytest

from incidents.auth.key_table import KeyTable, Signing
from incidents.cli.parts.query import line_of
from incidents.core.api_key import hash_of, new_key
from incidents.support.secret_box import SecretBox
from tests.api import Api, Result
from tests.keys import basic, bearer, make
from tests.served import Served

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs" / "how-to" / "recipes"
PAGES = {page.stem: page.read_text() for page in RECIPES.glob("*.md")}
METRICS = (ROOT / "docs" / "reference" / "metrics.md").read_text()
# Those of docs/reference/metrics.md are tried in tests/test_prometheus.py.
OPS = sorted(
    file
    for file in (ROOT / "ops").rglob("*")
    if file.suffix != ".pyc"
    and file.is_file()
    and f"](../../{file.relative_to(ROOT)})" not in METRICS
)
PAYLOADS = ROOT / "tests" / "payloads"
SAMPLES = sorted(file.stem for file in PAYLOADS.glob("*.json"))

# Longer ones are named, and copied as files.
SHOWN_LINES_MAX = 80

OpenApi = Callable[..., Awaitable[Api]]

SECRET = "what the provider was told"


def _mac(text: bytes) -> str:
    return hmac.digest(SECRET.encode(), text, sha256).hex()


# The headers of a body's signature at that time, by provider.
SIGNED: dict[str, Callable[[bytes, int], dict[str, str]]] = {
    "github": lambda body, _: {"X-Hub-Signature-256": f"sha256={_mac(body)}"},
    "slack": lambda body, now: {
        "X-Slack-Request-Timestamp": str(now),
        "X-Slack-Signature": f"v0={_mac(b'v0:%d:%b' % (now, body))}",
    },
    "stripe": lambda body, now: {"Stripe-Signature": f"t={now},v1={_mac(b'%d.%b' % (now, body))}"},
}


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
    """The query lines of the page's `incidents find`."""
    lines = []
    for block in blocks(PAGES[page]):
        for line in block.splitlines():
            command = shlex.split(line) if line.startswith("incidents find ") else []
            if command:
                end = next((n for n, word in enumerate(command) if word.startswith("--")), None)
                lines.append(line_of(tuple(command[2:end])))
    return lines


@dataclass
class Sample:
    """What the page's sender sends, as its documentation has it."""

    path: str
    key: str
    requests: list[tuple[dict[str, str], bytes]]
    bodies: list[Any]


def sample_of(page: str) -> Sample:
    """That of the page: its file says how the notifications travel, and which headers they have."""
    told: Any = json.loads((PAYLOADS / f"{page}.json").read_text())
    bodies = told["notifications"]
    contents = [_compact(body) for body in told.get("requests", bodies)]
    if told.get("as") == "lines":
        contents = [b"".join(each + b"\n" for each in contents)]
    elif told.get("as") == "array":
        contents = [b"[%b]" % b",".join(contents)]
    elif told.get("as") == "form":
        contents = [urlencode(body).encode() for body in bodies]
    each = told.get("each", [None] * len(contents))
    requests = [
        ({**told["headers"], **({told["header_of_each"]: value} if value else {})}, content)
        for value, content in zip(each, contents, strict=True)
    ]
    return Sample(told.get("path", "/problems"), told.get("key", "bearer"), requests, bodies)


def _compact(body: Any) -> bytes:
    # As Go and Ruby write it: without white space, in UTF-8.
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


Send = Callable[[str, dict[str, str], bytes], Awaitable[Result]]


async def sender(open_api: OpenApi, table: KeyTable, folder: Path, page: str) -> tuple[Api, Send]:
    """The API, and what sends there as the page's sender does, with a key or signed."""
    file = folder / "signatures.key"
    key, sample = new_key(), sample_of(page)
    signing = None
    if sample.key == "signature":
        signing = Signing(page, SecretBox.made(file).encrypt([SECRET], page), is_required=True)
    assert await table.create(page, "report", hash_of(key.encode()), keys_max=100, signing=signing)
    api = await open_api(signature_key_file=file)

    async def send(path: str, headers: dict[str, str], body: bytes) -> Result:
        ways = {
            "bearer": lambda: bearer(key),
            "password": lambda: basic(f"sender:{key}"),
            "signature": lambda: SIGNED[page](body, int(time.time())),
        }
        result = await api.request("POST", path, body, {**headers, **ways[sample.key]()})
        assert result.status in (200, 201), result.text
        return result

    return api, send


@pytest.mark.parametrize("page", SAMPLES)
async def test_what_the_page_looks_for_is_found(
    open_api: OpenApi, table: KeyTable, tmp_path: Path, page: str
) -> None:
    read, sample = await make(table, "read"), sample_of(page)
    api, send = await sender(open_api, table, tmp_path, page)
    for headers, body in sample.requests:
        await send(sample.path, headers, body)

    await look(api, page, read, sample.bodies)


async def test_a_webhook_of_github_may_be_a_form(
    open_api: OpenApi, table: KeyTable, tmp_path: Path
) -> None:
    read, sample = await make(table, "read"), sample_of("github")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    api, send = await sender(open_api, table, tmp_path, "github")
    for headers, body in sample.requests:
        await send(sample.path, {**headers, **form}, urlencode({"payload": body}).encode())

    await look(api, "github", read, sample.bodies)


async def test_a_client_that_waits_to_be_asked_sends_the_password_of_its_url(
    serve_here: Callable[..., Served], table: KeyTable
) -> None:
    """As SNS does, and Python's urllib."""
    key, sample = await make(table, "report"), sample_of("aws-sns")
    server = serve_here()
    url = f"http://127.0.0.1:{server.port}{sample.path}"
    passwords = HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, "sns", key)
    opener = build_opener(ProxyHandler({}), HTTPBasicAuthHandler(passwords))
    headers, body = sample.requests[0]

    with opener.open(Request(url, body, headers), timeout=60) as answer:
        assert answer.status == 201


async def look(api: Api, page: str, read: str, bodies: list[Any]) -> None:
    """Everything is stored as it was sent, and each line of the page finds some of it."""
    assert finds(page)
    for line in finds(page):
        answer = await api.request("GET", f"/find?q={quote(line)}", headers=bearer(read))
        found = answer.json["incidents"]
        assert found, line
        for incident in found:
            assert incident["body"] in bodies
            assert incident["headers"].get("Authorization", "[redacted]") == "[redacted]"
    everything = (await api.post("/find", b"{}", bearer(read))).json["incidents"]
    assert [incident["body"] for incident in everything] == bodies[::-1]


async def test_the_signature_of_github_can_be_checked_later(api: Api) -> None:
    for headers, body in sample_of("github").requests:
        signed = {**headers, **SIGNED["github"](body, 0)}
        result = await api.request("POST", "/problems", body, signed)

        place = result.headers["location"]
        kept = (await api.get(f"{place}/raw")).content
        stored = (await api.get(place)).json["headers"]["X-Hub-Signature-256"]
        assert {"X-Hub-Signature-256": stored} == SIGNED["github"](kept, 0)
