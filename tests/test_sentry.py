"""Sentry's SDKs report here when nothing but their DSN is changed."""

import gzip
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable

from incidents.auth.key_table import KeyTable
from tests.api import Api
from tests.keys import bearer, make
from tests.node_programs import run_node
from tests.scrape import Scrape
from tests.served import Served

OpenApi = Callable[..., Awaitable[Api]]
ID = "9ec79c33ec9942ab8353589fcb2e04dc"
EVENT = b'{"event_id": "%s", "level": "error", "tags": {"region": "eu"}}' % ID.encode()
ENVELOPE = b'{"event_id": "%s"}\n{"type": "event", "length": %d}\n%s\n' % (
    ID.encode(),
    len(EVENT),
    EVENT,
)

PROGRAM = """
import sys, sentry_sdk
sentry_sdk.init(sys.argv[1], release="shop@1.2.3", traces_sample_rate=1.0)
sentry_sdk.set_tag("region", "eu")
sentry_sdk.capture_message("disk almost full", level="warning")
try:
    1 / 0
except ZeroDivisionError as error:
    sentry_sdk.capture_exception(error)
with sentry_sdk.start_transaction(name="job"):
    pass
sentry_sdk.flush(timeout=60)
sentry_sdk.get_client().options["shutdown_timeout"] = 60
raise ValueError("nobody handles this")
"""


def dsn_of(server: Served) -> str:
    return f"http://anything@127.0.0.1:{server.port}/1"


def scrape(server: Served) -> Scrape:
    return Scrape.of(server.request("GET", "/metrics").body.decode())


def check_found(server: Served, handled: str) -> None:
    """The three events of a program are found, by type, tag and release."""
    exceptions = server.find({"exception": {"values": [{"type": handled}]}})
    unhandled = server.find({"exception": {"values": [{"mechanism": {"handled": False}}]}})
    message = server.find({"message": "disk almost full", "level": "warning"})
    assert [len(each) for each in (exceptions, unhandled, message)] == [1, 1, 1]
    for by in ({"tags": {"region": "eu"}}, {"release": "shop@1.2.3"}):
        assert len(server.find(by)) == 3


def test_a_python_program_reports_when_its_dsn_is_changed(
    serve_here: Callable[..., Served],
) -> None:
    server = serve_here()

    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, dsn_of(server)], capture_output=True, text=True, check=False
    )

    assert "ValueError: nobody handles this" in ended.stderr
    # Nobody asked for it: it is so where there is brotli.
    assert len(server.find({"Content-Encoding": "br"})) == 3
    check_found(server, "ZeroDivisionError")


def test_a_node_program_reports_when_its_dsn_is_changed(
    serve_here: Callable[..., Served],
) -> None:
    server = serve_here()

    before = scrape(server)
    said = run_node("sentry.js", dsn_of(server))

    assert "RangeError: nobody handles this" in said, said
    check_found(server, "TypeError")
    # The answer to the first session said what is not taken; nothing of that was sent any more.
    after = scrape(server)
    counted = {
        kind: after("sentry_items_total", type=kind) - before("sentry_items_total", type=kind)
        for kind in ("event", "session", "span")
    }
    assert counted == {"event": 3, "session": 1, "span": 0}


async def test_an_event_is_stored_as_it_was_sent(api: Api) -> None:
    packed = gzip.compress(ENVELOPE)
    result = await api.request(
        "POST",
        "/api/1/envelope/",
        packed,
        {"Content-Encoding": "gzip", "X-Sentry-Auth": "Sentry x"},
    )

    assert (result.status, result.json) == (200, {"id": ID})
    assert "x-sentry-rate-limits" not in result.headers
    assert (await api.get("/incidents/1/raw")).content == EVENT
    assert (await api.get("/incidents/1")).json["headers"]["X-Sentry-Auth"] == "[redacted]"


async def test_an_sdk_is_told_to_stop_sending_what_is_not_taken(api: Api) -> None:
    result = await api.request("POST", "/api/1/envelope/", b'{}\n{"type":"session"}\n{}\n')

    assert (result.status, result.json) == (200, {})
    seconds, categories, scope = result.headers["x-sentry-rate-limits"].split(":")[:3]
    assert (int(seconds), scope) == (86400, "organization")
    assert {"session", "transaction", "span", "internal"} <= set(categories.split(";"))
    assert "error" not in categories
    assert await api.find({}) == []


async def test_one_bad_event_of_several_keeps_none_out(api: Api) -> None:
    items = b"".join(b'{"type":"event"}\n%b\n' % each for each in (b"no JSON", EVENT, b'"a"'))

    result = await api.request("POST", "/api/1/envelope/", b"{}\n" + items)

    assert result.status == 400
    assert len(await api.find({})) == 2
    # Without the bad one its answer is that of the first event.
    good = b'{}\n{"type":"event"}\n%b\n{"type":"event"}\n{}\n' % EVENT
    assert (await api.request("POST", "/api/1/envelope/", good)).json == {"id": ID}


async def test_an_sdk_in_a_browser_sees_what_it_is_told(open_api: OpenApi) -> None:
    origin = "https://shop.example"
    api = await open_api(allowed_origins=[origin])

    result = await api.request(
        *("POST", "/api/1/envelope/?sentry_key=x", b'{}\n{"type":"session"}\n{}\n'),
        {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"},
    )

    assert result.status == 200
    assert result.headers["access-control-allow-origin"] == origin
    shown = result.headers["access-control-expose-headers"].lower().split(", ")
    assert {"x-sentry-rate-limits", "retry-after"} <= set(shown)
    assert "x-sentry-rate-limits" in result.headers


async def test_an_event_of_an_old_sdk_is_stored(api: Api) -> None:
    result = await api.request("POST", "/api/7/store/", EVENT)

    assert (result.status, result.json) == (200, {"id": ID})
    assert await api.find({"level": "error"}) == [1]


async def test_a_bad_envelope_is_refused_and_the_reason_said(api: Api) -> None:
    for body in (b"", b"{}\n{}\n", b'{}\n{"type":"event"}\nno JSON\n'):
        result = await api.request("POST", "/api/1/envelope/", body)

        assert result.status == 400, body
        assert result.json["detail"]
    assert await api.find({}) == []


async def test_the_key_stands_in_the_dsn(open_api: OpenApi, table: KeyTable) -> None:
    key, reader = await make(table, "report"), await make(table, "read", "reader")
    api = await open_api()
    by_header = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"}

    async def status(path: str, headers: dict[str, str]) -> int:
        return (await api.request("POST", path, ENVELOPE, headers)).status

    assert await status("/api/1/envelope/", by_header) == 200
    assert await status(f"/api/1/envelope/?sentry_key={key}", {}) == 200
    assert await status("/api/1/envelope/", bearer(key)) == 200
    assert await status("/api/1/envelope/", {}) == 401
    assert await status("/api/1/envelope/", {"X-Sentry-Auth": "Sentry sentry_key=other"}) == 401
    assert await status(f"/api/1/envelope/?sentry_key={reader}", {}) == 403
    # Nowhere else is it one.
    assert await status("/problems", by_header) == 401
    assert await status(f"/problems?sentry_key={key}", {}) == 401
    found = await api.request(
        "POST", "/find", b"{}", {**bearer(reader), "Content-Type": "application/json"}
    )
    assert len(json.loads(found.text)["incidents"]) == 3
    assert key not in found.text
