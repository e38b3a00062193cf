"""A real Chromium reports in every way that a page has; a page of another origin does not."""

import asyncio
import json
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Browser

from incidents.auth.key_table import KeyTable
from tests.browser import chromium
from tests.keys import bearer, make
from tests.ports import free_port
from tests.scrape import Scrape
from tests.server import Server
from tests.test_recipes import finds
from tests.tls import Identity, make_identity

SECONDS_MAX = 120

# Chromium has a Reporting API over TLS alone, and sends a report after a minute, but for tests.
FLAGS = ["--ignore-certificate-errors", "--short-reporting-delay"]

WAYS = {
    "fetch JSON": "fetch(to, {method: 'POST', headers: {...key, 'Content-Type': json}, body})",
    "fetch text": "fetch(to, {method: 'POST', headers: key, body})",
    "fetch no-cors": "fetch(to, {method: 'POST', mode: 'no-cors', body})",
    "beacon text": "navigator.sendBeacon(to, body)",
    "beacon JSON": "navigator.sendBeacon(to, new Blob([body], {type: json}))",
    # As OpenTelemetry's exporter for pages.
    "beacon OTLP": "navigator.sendBeacon(new URL('/v1/logs', to), new Blob([logs], {type: json}))",
}

# What each way came to: a status (0 where a page may not see it), true for a beacon that was sent.
SEND = """async ([to, key, ways]) => {
    const told = {};
    for (const [by, way] of Object.entries(ways)) {
        const body = JSON.stringify({by, page: location.origin});
        try {
            const record = {body: {stringValue: by + " " + location.origin}};
            const logs = JSON.stringify({resourceLogs: [{scopeLogs: [{logRecords: [record]}]}]});
            const send = new Function("to", "key", "json", "body", "logs", `return ${way}`);
            const answer = await send(to, key, "application/json", body, logs);
            told[by] = answer.status ?? answer;
        } catch (error) {
            told[by] = error.name;
        }
    }
    return told;
}"""

# Its picture and its style are against its two policies; one reports by itself, one by the API.
PAGE = """<!doctype html><title>shop</title>
<img src="/picture.png"><style>p {{ color: red }}</style>
<form method="post" action="{to}">
<input name="by" value="form"><input name="page" value="{origin}"><button>Send</button></form>"""


class Site(BaseHTTPRequestHandler):
    """Any page, at any origin of this port, with policies that it is against."""

    def __init__(self, to: str, *arguments: Any) -> None:
        self._to = to
        super().__init__(*arguments)

    def do_GET(self) -> None:
        page = PAGE.format(to=self._to, origin=f"https://{self.headers['Host']}").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Content-Security-Policy", f"img-src 'none'; report-uri {self._to}")
        self.send_header(
            "Content-Security-Policy-Report-Only", "style-src 'none'; report-to incidents"
        )
        self.send_header("Reporting-Endpoints", f'incidents="{self._to}?split=true"')
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing is said."""


@contextmanager
def site(to: str, identity: Identity) -> Iterator[int]:
    """The port of a server of pages that report there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.private_key)
    port = free_port()
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Site, to)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield port
        finally:
            server.shutdown()
            thread.join()


class Collector:
    """The server, and what came to it."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.key: dict[str, str] = {}

    async def came(self, page: str) -> list[str]:
        """The ways by which that page's reports came."""
        answer = await self._client.post("/find", json={}, headers=self.key)
        assert answer.status_code == 200, answer.text
        bodies = [incident["body"] for incident in answer.json()["incidents"]]
        return sorted(_way(body) for body in bodies if page in json.dumps(body))

    async def finds(self, example: str) -> Any:
        """The incidents that match."""
        return (await self._client.post("/find", json=json.loads(example))).json()["incidents"]

    async def answered(self, method: str, status: int, count: int) -> bool:
        """Whether so many reports, or questions before one, were answered so.

        They may be more: the Reporting API sends again what was refused.
        """
        text = (await self._client.get("/metrics", headers=self.key)).text
        labels = {"route": "/problems", "method": method, "status": str(status)}
        return Scrape.of(text)("http_requests_total", **labels) >= count

    async def status_of_find(self) -> int:
        return int((await self._client.post("/find", json={})).status_code)


def _way(body: Any) -> str:
    if "csp-report" in body:
        return "policy"
    if "body" in body and "type" not in body:
        return str(body["body"]).rpartition(" ")[0]
    return "Reporting API" if body.get("type") == "csp-violation" else str(body["by"])


async def until(ask: Callable[[], Awaitable[Any]], wanted: Any) -> None:
    deadline = asyncio.get_running_loop().time() + SECONDS_MAX
    while (got := await ask()) != wanted:
        assert asyncio.get_running_loop().time() < deadline, f"{got}, not {wanted}"
        await asyncio.sleep(0.05)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium(*FLAGS, whole=True) as opened:
        yield opened


@asynccontextmanager
async def page_that_sends(
    browser: Browser, origin: str, to: str, key: dict[str, str], shown: str
) -> AsyncIterator[list[Any]]:
    """What a page of that origin is told by each way; `shown` is on what its form opens.

    Within the block it is there: with it goes what it did not send yet. What a browser learned for
    one page, it does not know for the next.
    """
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(origin)
    told = await page.evaluate(SEND, [to, key, WAYS])
    await page.get_by_role("button", name="Send").click()
    await page.get_by_text(shown).wait_for()
    yield list(told.values())
    await context.close()


# By fetch (JSON, text, no-cors) and by beacon, of which a page learns nothing.
TAKEN = [201, 201, 0, True, True, True]
REFUSED = ["TypeError", "TypeError", 0, True, True, True]


async def test_pages_report_from_allowed_origins_alone(
    start_server: Callable[..., Server],
    browser: Browser,
    table: KeyTable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    identity, own_port = make_identity(tmp_path), free_port()
    address = f"https://127.0.0.1:{own_port}"
    async with AsyncExitStack() as stack:
        port = stack.enter_context(site(f"{address}/problems", identity))
        shop, stranger = f"https://shop.localhost:{port}", f"https://stranger.localhost:{port}"
        monkeypatch.setenv("INCIDENTS_ALLOWED_ORIGINS", shop)
        monkeypatch.setenv("INCIDENTS_KEY_CACHE_SECONDS_MAX", "1")
        start_server(*identity.flags, "--port", str(own_port))
        client = httpx2.AsyncClient(base_url=address, verify=identity.trust, trust_env=False)
        collector = Collector(await stack.enter_async_context(client))
        answered = partial(partial, collector.answered)
        sends = partial(page_that_sends, browser, to=f"{address}/problems")

        everything = sorted([*WAYS, "form", "policy", "Reporting API"])
        async with sends(shop, key={}, shown="hash") as told:
            assert told == TAKEN
            await until(partial(collector.came, shop), everything)
        for example in finds("browsers"):
            if "csp" in example:  # the others are of its own scripts
                assert await collector.finds(example), example
        async with sends(stranger, key={}, shown="INCIDENTS_ALLOWED_ORIGINS") as told:
            assert told == REFUSED
            # Text, a form and a policy's report are sent; for JSON the browser asks before.
            await until(answered("POST", 403, 5), wanted=True)
            await until(answered("OPTIONS", 403, 3), wanted=True)

        key, reader = bearer(await make(table, "report")), bearer(await make(table, "read"))
        await until(collector.status_of_find, 401)
        collector.key = reader
        async with sends(shop, key=key, shown="Authorization: Bearer") as told:
            assert told == TAKEN
            # Only fetch sends a header of its own.
            await until(answered("POST", 401, 6), wanted=True)
            by_key = sorted([*everything, "fetch JSON", "fetch text"])
            await until(partial(collector.came, shop), by_key)
        async with sends(stranger, key=key, shown="INCIDENTS_ALLOWED_ORIGINS") as told:
            assert told == REFUSED
            await until(answered("POST", 403, 5 + 4), wanted=True)
        assert await collector.came(stranger) == []
