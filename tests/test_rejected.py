"""Reports that were refused are kept: what came, from whom and why, within bounds."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from incidents.auth.key_table import KeyTable
from incidents.http.message.problem_details import _STATUS, reason_of
from incidents.rejected.queue import Queue
from incidents.rejected.rejection import BODY_BYTES_MAX, STATUSES, RejectedReport, Rejection
from incidents.rejected.store import RejectedTable
from incidents.support.metrics.metrics import REFUSALS
from incidents.support.settings import Settings
from tests.api import Api
from tests.keys import bearer, make
from tests.oracle import recomputed_hash

OpenApi = Callable[..., Awaitable[Api]]

NDJSON = {"Content-Type": "application/x-ndjson"}


async def rejected(api: Api, at_least: int = 1, query: str = "", **headers: str) -> list[Any]:
    """Those that are shown, the newest first, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            reply = await api.get(f"/rejected?{query}", **headers)
            assert reply.status == 200, reply.text
            if reply.json["count"] >= at_least:
                return list(reply.json["rejected"])
            await asyncio.sleep(0.01)


REFUSED: list[tuple[str, dict[str, str], bytes, int]] = [
    ("/problems", {}, b'{"a": "\n"}', 400),
    ("/problems?source=zabbix&key=x", {}, b"", 400),
    ("/problems?split=perhaps", {}, b"{}", 400),
    ("/problems", {"Content-Encoding": "gzip"}, b"{}", 400),
    ("/problems", {}, b"[" * 200 + b"]" * 200, 422),
    ("/problems", {}, b'"' + b"x" * 100_000 + b'"', 413),
    ("/problems", {"Content-Type": "image/png"}, b"\x89PNG\r\n", 415),
    ("/problems", {"Content-Encoding": "br"}, b"{}", 415),
    ("/api/1/store/", {}, b"no event", 400),
    ("/api/1/envelope/", {}, b"{}\n{", 400),
    ("/v1/logs", {}, b'{"resourceLogs": 1}', 400),
    ("/v1/logs", {"Content-Type": "text/plain"}, b"a line", 415),
    ("/gelf", {}, b'{"short_message": "\n"}', 400),
]


async def test_what_is_refused_is_kept_as_far_as_it_came(open_api: OpenApi) -> None:
    api = await open_api(body_bytes_max=90_000)
    for number, (path, headers, body, status) in enumerate(REFUSED, 1):
        sent = {"User-Agent": "zabbix", "X-Token": "secret", **headers}

        refused = await api.post(path, body, sent)

        kept = (await rejected(api, number))[0]
        assert (refused.status, kept["status"]) == (status, status)
        assert kept["detail"] == refused.json["detail"]
        assert kept["headers"]["User-Agent"] == "zabbix"
        assert kept["headers"]["X-Token"] == "[redacted]"
        assert (kept["address"], kept["key"]) == ("127.0.0.1", None)
        if "source" in path:
            assert kept["headers"]["Incidents-Query"] == {"source": "zabbix", "key": "[redacted]"}
        is_text = kept["headers"]["Content-Type"] != "image/png"
        as_text = body[:BODY_BYTES_MAX].decode() if is_text else {"base64": "iVBORw0K"}
        assert (kept["body"], kept["truncated"]) == (as_text, len(body) > BODY_BYTES_MAX)
        assert (await api.get(f"/rejected/{kept['id']}")).json == kept
    assert (await api.post("/find", b"{}")).json["incidents"] == []


BY_THE_HEAD: list[tuple[dict[str, str], bytes | None, Any]] = [
    ({"Content-Length": "5"}, b"\x89PNG", {"base64": "iVBORw=="}),
    ({"Transfer-Encoding": "chunked"}, b"\x89PNG", {"base64": "iVBORw=="}),
    ({"Content-Length": "5"}, None, ""),
    ({"Content-Length": "5", "Expect": "100-continue"}, None, ""),
]


async def test_what_is_refused_by_its_head_is_waited_for_a_moment(api: Api) -> None:
    """Its first bytes mostly come just behind; who was not told to send them does not."""
    for number, (headers, comes, body) in enumerate(BY_THE_HEAD, 1):
        assert await refused_by_its_head(api, headers, comes) == 415

        kept = (await rejected(api, number))[0]
        assert (kept["body"], kept["truncated"]) == (body, True)


async def refused_by_its_head(api: Api, headers: dict[str, str], comes: bytes | None) -> Any:
    """The status for a picture of which that comes."""
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        assert "Expect" not in headers, "the body was asked for"
        if comes is None:
            await asyncio.Future()
        return {"type": "http.request", "body": comes, "more_body": True}

    async def send(event: dict[str, Any]) -> None:
        answered.append(event)

    await api.stream("/problems", {"Content-Type": "image/png", **headers}, receive, send)
    return answered[0]["status"]


async def test_refused_lines_are_kept_and_say_which_they_were(api: Api) -> None:
    lines = b'{"a": 1}\n{"a": \n{"a": 2}\n[1e999]\n'

    assert (await api.post("/problems", lines, NDJSON)).status == 200

    newest, oldest = await rejected(api, 2)
    assert (oldest["body"], newest["body"]) == ('{"a": ', "[1e999]")
    assert oldest["detail"].startswith("line 2: ")
    assert (oldest["status"], newest["status"]) == (400, 422)


async def test_refused_records_are_kept_and_say_which_they_were(api: Api) -> None:
    messages = b'{"short_message": "a"}\n{"short_message": 1e999}'
    assert (await api.post("/gelf", messages)).status == 422
    (kept,) = await rejected(api)
    assert (kept["body"], kept["status"]) == ('{"short_message": 1e999}', 422)
    assert kept["detail"].startswith("record 2: ")


async def test_who_may_not_report_leaves_nothing(open_api: OpenApi, table: KeyTable) -> None:
    report, read = bearer(await make(table, "report", "zabbix")), bearer(await make(table, "read"))
    api = await open_api()

    assert (await api.post("/problems", b"{")).status == 401
    assert (await api.post("/problems", b"{", read)).status == 403
    assert (await api.post("/problems/in/zabbix", b"{", {"X-Hub-Signature": "x"})).status == 401
    assert (await api.post("/problems", b"{", report)).status == 400

    (kept,) = await rejected(api, 1, "", **read)
    assert (kept["key"], kept["headers"]["Authorization"]) == ("zabbix", "[redacted]")
    assert (await api.get("/rejected", **report)).status == 403
    counted = (await api.get("/metrics", **read)).text
    for reason in ("not-json", "key-needed", "key-too-narrow"):
        assert f'incidents_reports_refused_total{{reason="{reason}"}}' in counted


async def test_pages_go_from_the_newest_to_the_oldest(api: Api) -> None:
    for n in range(5):
        await api.post("/problems", b"{%d" % n)
    await api.post("/problems", b"x", {"Content-Type": "image/png"})
    bodies = [each["body"] for each in await rejected(api, 6)]
    assert bodies == ["x", "{4", "{3", "{2", "{1", "{0"]

    seen, query, pages = [], "limit=2&status=400", 0
    while True:
        page = (await api.get(f"/rejected?{query}")).json
        seen += [each["body"] for each in page["rejected"]]
        assert page["count"] == 5
        pages += 1
        if page["next"] is None:
            break
        query = f"limit=2&status=400&after={page['next']}"
    assert (seen, pages) == (bodies[1:], 3)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "limit: it is a whole number from 1 to 1000"),
        ("limit=x", "limit: it is a whole number"),
        ("after=x", "after: it is the `next`"),
        ("status=500", "status: it is one of 400, 409, 413, 415, 422"),
        ("limti=1", "did you mean limit?"),
    ],
)
async def test_a_parameter_that_is_wrong_is_named(shared_api: Api, query: str, said: str) -> None:
    refused = await shared_api.get(f"/rejected?{query}")

    assert refused.status == 400
    assert said in refused.json["detail"]


async def test_a_page_of_large_ones_is_shorter(api: Api) -> None:
    for _ in range(18):
        await api.post("/problems", b"{" + b"x" * 90_000)
    await rejected(api, 18)

    page = (await api.get("/rejected")).json
    assert len(page["rejected"]) < 18
    assert page["next"] == str(page["rejected"][-1]["id"])


async def test_one_is_stored_once_as_a_string(api: Api) -> None:
    body = b'{"message": "\xe4\n"}'
    latin = {"Content-Type": "application/json; charset=iso-8859-1", "User-Agent": "glpi"}
    await api.post("/problems?source=glpi", body, latin)
    (kept,) = await rejected(api)

    first, second = await asyncio.gather(
        *(api.request("POST", f"/rejected/{kept['id']}/store") for _ in range(2))
    )

    assert (first.status, first.content) == (201, second.content)
    assert first.headers["location"] == second.headers["location"]
    (incident,) = (await api.post("/find", b'{"User-Agent": "glpi"}')).json["incidents"]
    assert first.headers["location"] == f"/incidents/{incident['id']}"
    assert first.json == {"hash": incident["hash"]}
    assert incident["hash"] == recomputed_hash(incident)
    assert incident["body"] == body.decode("latin-1")
    assert incident["headers"]["Incidents-Query"] == {"source": "glpi"}
    assert incident["headers"]["Incidents-Rejected"] == {
        "id": kept["id"],
        "received_at": kept["received_at"],
        "status": 400,
        "truncated": False,
    }
    assert (await api.get(f"/incidents/{incident['id']}/raw")).content == body
    assert (await api.get("/rejected")).json == {"rejected": [], "next": None, "count": 0}
    assert (await api.get(f"/rejected/{kept['id']}")).status == 404


async def test_one_whose_store_was_not_marked_any_more_is_stored_once(
    api: Api, database: str
) -> None:
    """A crash between the commit of the incident and that of the mark."""
    await api.post("/problems", b"{")
    (kept,) = await rejected(api)
    path = f"/rejected/{kept['id']}/store"
    saved = "body, size, incident_id, incident_hash"
    await sql(database, f"CREATE TABLE saved AS SELECT {saved} FROM incidents_rejected")
    first = await api.request("POST", path)
    await sql(database, f"UPDATE incidents_rejected SET ({saved}) = (SELECT {saved} FROM saved)")

    again = await api.request("POST", path)

    assert (again.status, again.headers["location"]) == (201, first.headers["location"])
    assert len((await api.post("/find", b"{}")).json["incidents"]) == 1


async def test_what_has_no_body_cannot_be_stored(open_api: OpenApi) -> None:
    api = await open_api(redacted_fields=("password",))
    await api.post("/problems", b'{"password": "\n"}')
    (kept,) = await rejected(api)
    assert kept["body"] is None
    whole = await open_api()
    await whole.post("/problems", b"")
    empty = (await rejected(whole, 2))[0]

    for id_, asked in ((kept["id"], api), (kept["id"], whole), (empty["id"], whole)):
        refused = await asked.request("POST", f"/rejected/{id_}/store")
        assert refused.status == 409
        assert "no body can be stored" in refused.json["detail"]
    for id_ in ("0", "99", "x", "9" * 30):
        assert (await api.request("POST", f"/rejected/{id_}/store")).status == 404


async def test_who_may_store_manages(open_api: OpenApi, table: KeyTable) -> None:
    keys = {scope: await make(table, scope) for scope in ("report", "read", "manage", "admin")}
    api = await open_api()
    for _ in range(4):
        await api.post("/problems", b"{", bearer(keys["report"]))
    *_, first, second = await rejected(api, 4, **bearer(keys["read"]))

    async def store(kept: Any, headers: dict[str, str]) -> int:
        return (await api.request("POST", f"/rejected/{kept['id']}/store", b"", headers)).status

    async def login(scope: str) -> dict[str, str]:
        given = await api.post("/login", json.dumps({"key": keys[scope]}).encode())
        return {"Cookie": given.headers["set-cookie"].partition(";")[0]}

    page = {"Origin": "http://127.0.0.1:8000"}
    assert await store(first, bearer(keys["report"])) == 403
    assert await store(first, bearer(keys["read"])) == 403
    assert await store(first, {**await login("read"), **page}) == 403
    assert await store(first, await login("manage")) == 403
    assert await store(first, {**await login("manage"), "Origin": "http://evil.example"}) == 403
    assert await store(first, {**await login("manage"), "Sec-Fetch-Site": "same-origin"}) == 403
    assert len(await rejected(api, 4, **bearer(keys["read"]))) == 4
    assert await store(first, {**await login("manage"), **page}) == 201
    assert await store(second, bearer(keys["admin"])) == 201


async def sql(database: str, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(database)
    try:
        return [tuple(each) for each in await connection.fetch(query)]
    finally:
        await connection.close()


def row(n: int, key: str | None, address: str, body: bytes = b"") -> RejectedReport:
    received_at = datetime.now(UTC) + timedelta(microseconds=n)
    return RejectedReport(received_at, 400, f"{n}", "{}", address, key, body, is_truncated=False)


async def bounded(database: str, rows: Iterable[RejectedReport], **settings: Any) -> list[str]:
    """The details of what is kept of them, the oldest first."""
    table = RejectedTable(Settings(**settings), database)
    try:
        await table.write(list(rows))
        await table.prune(are_too_many=True)
    finally:
        await table.close()
    query = "SELECT detail FROM incidents_rejected ORDER BY id"
    return [detail for (detail,) in await sql(database, query)]


async def test_a_flood_pushes_out_its_own(database: str) -> None:
    others = [
        row(0, "quiet", "10.0.0.1"),
        row(1, "loud", "10.0.0.2"),
        row(2, None, "10.0.0.3"),
        row(3, None, "2001:db8::1"),
    ]
    of_one_address = [row(n, "loud", "10.0.0.9") for n in range(10, 60)]
    of_a_network = [row(n, None, f"2001:db8::{n}") for n in range(60, 99)]

    kept = await bounded(database, others + of_one_address + of_a_network, rejected_reports_max=20)

    assert len(kept) == 20
    assert kept[:3] == ["0", "1", "2"]
    assert len([each for each in kept if 10 <= int(each) < 60]) in (7, 8, 9)
    assert kept[-1] == "98"


async def test_bytes_and_age_are_bounded(database: str) -> None:
    large = [row(n, "a", "10.0.0.1", b"x" * 60_000) for n in range(30)]
    old = row(99, "b", "10.0.0.1")._replace(received_at=datetime.now(UTC) - timedelta(hours=1))

    kept = await bounded(
        database, [old, *large], rejected_bytes_max=1 << 20, rejected_retention="30m"
    )

    assert kept == [str(n) for n in range(30 - len(kept), 30)]
    assert len(kept) * 60_000 < 1 << 20 < (len(kept) + 2) * 60_000


async def test_the_disk_is_bounded_though_nobody_can_clean_up(database: str) -> None:
    """An old snapshot keeps every dead row, and one who reads the table keeps it from being cut."""
    table = RejectedTable(Settings(rejected_bytes_max=1 << 20, rejected_reports_max=10), database)
    most = 3 * (1 << 20) + (16 << 20)
    holder = await asyncpg.connect(database)
    try:
        await holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")

        noise = random_bytes(60_000)  # it does not pack
        rows = [row(n, "a", "10.0.0.1", noise) for n in range(16)]

        async def flood(rounds: int) -> int:
            written = 0
            for _ in range(rounds):
                written += await table.write(rows)
                await table.prune(are_too_many=True)
                assert await size(database) <= most + (2 << 20)
            return written

        assert await flood(24) == 24
        await holder.execute("SELECT FROM incidents_rejected")
        assert await flood(24) < 24
        await holder.execute("ROLLBACK")
        assert await flood(2) == 2
        details = await sql(database, "SELECT detail FROM incidents_rejected ORDER BY id")
        assert details == [(str(n),) for n in range(6, 16)]
    finally:
        await holder.close()
        await table.close()


async def size(database: str) -> int:
    ((found,),) = await sql(database, "SELECT pg_total_relation_size('incidents_rejected')")
    return int(found)


def random_bytes(count: int) -> bytes:
    return b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(count // 32))


def rejection(source: str, n: int, size: int = 0) -> Rejection:
    received_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
    return Rejection(received_at, 400, "", [], b"", source, None, b"x" * size, is_truncated=False)


def test_what_waits_is_bounded_and_the_newest_of_everybody_stays() -> None:
    queue = Queue(100_000)
    # Several, as one may share a shelf with who sends most.
    quiet = {f"10.0.1.{n}" for n in range(4)}
    for address in quiet:
        queue.put(rejection(address, 0))

    dropped = sum(queue.put(rejection("10.0.0.2", n, 10_000)) for n in range(1, 50))
    taken = queue.take(1_000_000)

    assert quiet & {each.address for each in taken}
    assert taken[-1].received_at.second == 49
    assert len(taken) + dropped == 49 + len(quiet)
    assert sum(each.size for each in taken) <= 100_000
    assert not queue
    assert queue.put(rejection("10.0.0.2", 0, 200_000)) == 1


def test_each_reason_has_a_name_in_the_metrics() -> None:
    refused = [kind for kind, status in _STATUS.items() if status in (*STATUSES, 401, 403)]

    assert {reason_of(kind.__new__(kind)) for kind in refused} == {*REFUSALS} - {"other"}


async def test_what_is_too_much_is_counted_and_the_rest_is_written_at_the_end(
    open_api: OpenApi, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api()
    names = (
        "incidents_rejected_reports_stored_total",
        'incidents_rejected_reports_dropped_total{reason="busy"}',
    )

    async def counted() -> list[float]:
        lines = dict(each.rsplit(" ", 1) for each in (await api.get("/metrics")).text.splitlines())
        return [float(lines[name]) for name in names]

    before = await counted()
    for _ in range(300):
        await api.post("/problems", b"{" + b"x" * 60_000)
    await api.runtime.recorder.close()

    ((kept,),) = await sql(database, "SELECT count(*) FROM incidents_rejected")
    written, dropped = (now - then for now, then in zip(await counted(), before, strict=True))
    assert written == kept
    assert (written + dropped, dropped > 0) == (300, True)
    assert "more arrive than can be written" in caplog.text


async def test_the_log_says_who_was_refused_and_why(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await api.post("/problems", b"{", {"User-Agent": "zabbix\x1b[1m"})

        for _ in range(9):
            await api.post("/problems", b"{", {"User-Agent": "last"})
        (record,) = [each for each in caplog.records if "refused" in each.message]
        await api.runtime.recorder.close()

    last = caplog.records[-1]
    assert last.fields["repeated"] == 9  # type: ignore[attr-defined]
    assert last.fields["user_agent"] == "last"  # type: ignore[attr-defined]
    assert "it ends where" in record.message or "line 1" in record.message
    assert record.fields["user_agent"] == "zabbix\x1b[1m"  # type: ignore[attr-defined]
    assert record.fields["address"] == "127.0.0.1"  # type: ignore[attr-defined]
