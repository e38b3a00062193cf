"""Heavy reports and examples: others do not wait for them, and they get what they were promised."""

import asyncio
import gzip
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import psutil
import pytest
import uvloop

from incidents.core.errors import Unavailable
from incidents.core.incident import derived
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.support.parsing_process import Parser
from tests.api import Api
from tests.conftest import run_sql
from tests.proxy import Proxy
from tests.scrape import Scrape
from tests.server import Server
from tests.tail_client import TailClient
from tests.test_bulk import LINES, send
from tests.test_intake import OpenApi, rows

WAIT = 0.5
WAIT_FOR_COMMIT = 5


def heavy(number: int, *, size: int = 100_000) -> bytes:
    return json.dumps({"number": number, "log": "x" * size}).encode()


async def stored(api: Api, way: str) -> float:
    return Scrape.of((await api.get("/metrics")).text)("stored_total", queue=way)


def process_of(api: Api) -> int:
    process = api.runtime.parser._process
    assert process is not None
    return process.pid


@asynccontextmanager
async def stopped_parser(api: Api) -> AsyncIterator[None]:
    """What is heavy is not parsed in the block."""
    await api.runtime.parser.call(None, os.getpid)  # it has started
    os.kill(process_of(api), signal.SIGSTOP)
    try:
        yield
    finally:
        if api.runtime.parser._process is not None:
            os.kill(process_of(api), signal.SIGCONT)


async def until_asked(api: Api) -> None:
    """Returns when the process has been asked something."""
    async with asyncio.timeout(60):
        while not api.runtime.parser._turn.locked():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"[" + b"1," * 200 + b"1]", False),
        (b'{"log": "' + b"x" * 10_000 + b'"}', False),
        (b'{"log": "' + b"x" * 20_000 + b'"}', True),
        (b"[" + b"1," * 300 + b"1]", True),
        (b"[" + b"1e-300," * 149_000 + b"1]", True),
        (b"[" + b"1e-9999," * 20 + b"1]", True),
        (b"[" + b"1E-0009999," * 20 + b"1]", True),
        (b"[" + b"1e-15," * 20 + b"1]", False),
    ],
)
def test_what_is_heavy_is_known_from_bytes_and_values(raw: bytes, *, expected: bool) -> None:
    assert is_heavy(raw) is expected


@pytest.mark.parametrize("packed", [False, True])
async def test_a_heavy_report_is_kept_hashed_and_found_as_any_other(
    api: Api, *, packed: bool
) -> None:
    body = b'{"n": 1.50e0, "n": 2, "log": "\\u0000' + "é".encode() * 50_000 + b'"}'
    raw, about = (gzip.compress(body), {"Content-Encoding": "gzip"}) if packed else (body, {})
    before = await stored(api, "heavy")

    reply = await api.post("/problems", raw, about)

    assert reply.status == 201
    found = await api.post("/find", b'{"n": 2}')
    assert b'"body": ' + body in found.content
    headers = found.json["incidents"][0]["headers"]
    hash_ = derived(json.dumps(headers, sort_keys=True), body.decode(), 100).hash
    assert reply.json == {"hash": hash_.hex()}
    assert await stored(api, "heavy") == before + 1


async def test_what_is_no_json_is_refused_however_heavy(api: Api) -> None:
    assert (await api.post("/problems", b"[" + b"1," * 10_000 + b"NaN]")).status == 400
    assert (await api.post("/problems", b"[" * 10_000 + b"]" * 10_000)).status == 422
    assert (await api.post("/problems", b'{"a": \xff' + b"1" * 20_000 + b"}")).status == 400
    assert await api.find({}) == []


async def test_a_short_report_of_numbers_that_postgresql_writes_out_is_heavy(api: Api) -> None:
    body = b"[" + b"1e-9999," * 60 + b"1]"
    assert len(body) < LIGHT_BYTES_MAX
    before = [await stored(api, way) for way in ("heavy", "bulk")]

    assert (await api.post("/problems", body)).status == 201
    await send(api, body + b"\n2")

    after = [await stored(api, way) for way in ("heavy", "bulk")]
    assert after == [before[0] + 2, before[1] + 1]


async def test_others_are_answered_while_a_heavy_report_is_parsed(api: Api) -> None:
    async with stopped_parser(api):
        reporting = asyncio.create_task(api.post("/problems", heavy(1)))
        bulk = asyncio.create_task(send(api, heavy(2) + b'\n{"number": 3}'))
        finding = asyncio.create_task(api.find({"log": "x" * 100_000}))
        await until_asked(api)

        id_ = await api.report({"number": 4})
        assert await api.find({"number": 4}) == [id_]
        assert len(await send(api, b'{"number": 5}\n{"number": 6}')) == 2
        assert not any(each.done() for each in (reporting, bulk, finding))

    assert (await reporting).status == 201
    assert len(await bulk) == 2
    assert set(await finding) <= set(await api.find({"log": "x" * 100_000}))
    assert len(await api.find({})) == 6


async def test_others_are_stored_while_postgresql_works_on_a_heavy_report(
    api: Api, database: str
) -> None:
    await asyncio.to_thread(
        run_sql,
        database,
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_advisory_xact_lock(1); RETURN new; END $$",
        "CREATE TRIGGER wait BEFORE INSERT ON incidents FOR EACH ROW "
        "WHEN (octet_length(new.body::text) > 50000) EXECUTE FUNCTION wait()",
    )
    connection = await asyncpg.connect(database)
    await connection.execute("SELECT pg_advisory_lock(1)")
    reporting = asyncio.create_task(api.post("/problems", heavy(1)))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with asyncio.timeout(60):
        while not await connection.fetchval(waiting):  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.01)

    for number in range(2, 20):
        await api.report({"number": number})
    await send(api, b'{"number": 20}\n{"number": 21}')
    assert not reporting.done()

    await connection.close()
    assert (await reporting).status == 201
    assert sorted(await rows(database)) == list(range(1, 22))


async def test_heavy_reports_take_none_of_the_room_of_others(open_api: OpenApi) -> None:
    api = await open_api(intake_reports_max=1)
    async with stopped_parser(api):
        first = asyncio.create_task(api.post("/problems", heavy(1)))
        await until_asked(api)

        refused = await api.post("/problems", heavy(2))
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert "heavy reports" in refused.json["detail"]
        assert await api.report({"number": 3})

    assert (await first).status == 201
    assert len(await api.find({})) == 2


async def test_a_large_body_counts_among_the_heavy_ones_while_it_comes(open_api: OpenApi) -> None:
    api = await open_api(intake_reports_max=1)
    arrived, rest = asyncio.Event(), asyncio.Event()
    pieces = iter([(b'"' + b"x" * 50_000, True), (b'"', False)])

    async def receive() -> dict[str, object]:
        body, more = next(pieces)
        if not more:
            arrived.set()
            await rest.wait()
        return {"type": "http.request", "body": body, "more_body": more}

    sent: list[dict[str, object]] = []

    async def send_(event: dict[str, object]) -> None:
        sent.append(event)

    headers = {"Content-Type": "application/json"}
    large = asyncio.create_task(api.stream("/problems", headers, receive, send_))
    await arrived.wait()

    assert await api.report(1)
    rest.set()
    await large
    assert sent[0]["status"] == 201


async def test_a_heavy_report_that_waits_for_too_long_is_503_and_not_stored(
    open_api: OpenApi,
) -> None:
    api = await open_api(database_wait_seconds=WAIT)
    async with stopped_parser(api):
        first = asyncio.create_task(api.post("/problems", heavy(1)))
        await until_asked(api)
        for path in ("/problems", "/find"):
            refused = await api.post(path, heavy(1))
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")

    assert (await first).status == 503  # it was parsed, too late to be stored in time
    assert await api.find({}) == []


async def test_a_report_whose_process_dies_is_parsed_again_and_stored_once(
    api: Api, database: str
) -> None:
    async with stopped_parser(api):
        pid = process_of(api)
        reporting = asyncio.create_task(api.post("/problems", heavy(1)))
        await until_asked(api)
        os.kill(pid, signal.SIGKILL)

        assert (await reporting).status == 201

    assert await rows(database) == [1]


async def test_what_kills_its_process_twice_is_given_up_and_the_next_is_done(api: Api) -> None:
    parser = api.runtime.parser
    with pytest.raises(Unavailable):
        await parser.call(None, os._exit, 1)
    assert await parser.call(None, max, 1, 2) == 2


def test_a_process_that_dies_at_any_time_costs_nothing_but_time() -> None:
    """On the event loop that a worker has, which says it in other words."""
    uvloop.run(_kill_at_any_time())


async def _kill_at_any_time() -> None:
    parser = Parser()
    await parser.call(None, max, 1, 2)
    assert parser._process is not None
    parser._process.kill()  # before it is asked, and before anybody noticed
    assert await parser.call(None, max, "x" * 1_000_000, "a") == "x" * 1_000_000

    parser._process.kill()
    await parser._process.wait()  # when all has noticed
    assert await parser.call(None, max, 1, 2) == 2

    calling = asyncio.create_task(parser.call(None, time.sleep, 1))
    async with asyncio.timeout(60):
        while not parser._turn.locked():  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    parser._process.kill()  # while it works
    await calling
    await parser.close()


async def test_a_call_that_is_cancelled_gives_its_answer_to_nobody(api: Api) -> None:
    parser = api.runtime.parser
    calling = asyncio.create_task(parser.call(None, time.sleep, 60))
    await until_asked(api)
    calling.cancel()
    await asyncio.wait([calling])
    assert await parser.call(None, max, 1, 2) == 2


async def test_a_heavy_commit_without_an_answer_is_stored_once(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        proxy.cut_when_answered(b"INSERT 0 ")
        replies = await asyncio.gather(
            *(api.post("/problems", heavy(number)) for number in range(20))
        )
        assert proxy.cut.is_set()

    assert {each.status for each in replies} == {201}
    assert sorted(await rows(database)) == list(range(20))


async def test_a_heavy_report_that_was_refused_after_its_commit_is_taken_back(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=WAIT_FOR_COMMIT)
        proxy.cut_when_answered(b"INSERT 0 ")
        asking = asyncio.create_task(api.post("/problems", heavy(1)))
        await proxy.cut.wait()
        await proxy.go_away()
        assert (await asking).status == 503
        await proxy.come_back()

        async with asyncio.timeout(60):
            while await rows(database):  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.05)


async def test_light_and_heavy_lines_keep_their_order(api: Api) -> None:
    lines = [
        b"[1,]" if n == 7 else heavy(n, size=30_000) if n % 5 < 2 else b'{"number": %d}' % n
        for n in range(60)
    ]
    lines[10] = b"[" + b"1," * 10_000  # heavy, and no JSON

    replies = await send(api, b"\n".join(lines))

    assert [each["line"] for each in replies if "line" in each] == [8, 11]
    found = (await api.post("/find", b"{}")).json["incidents"]
    numbers = [each["body"]["number"] for each in reversed(found)]
    assert numbers == [n for n in range(60) if n not in (7, 10)]
    hashes = [each["hash"] for each in replies if "hash" in each]
    assert [each["hash"] for each in reversed(found)] == hashes


async def test_a_runtime_that_closes_waits_for_no_process(open_api: OpenApi) -> None:
    api = await open_api()
    async with stopped_parser(api):
        reporting = asyncio.create_task(api.post("/problems", heavy(1)))
        await until_asked(api)
        pid = process_of(api)
        await api.runtime.close()
        assert (await reporting).status == 503
        assert not psutil.pid_exists(pid)


async def test_no_process_outlives_the_runtime(open_api: OpenApi) -> None:
    api = await open_api()
    await api.report(heavy(1))
    pid = process_of(api)
    await api.runtime.close()
    assert not psutil.pid_exists(pid)


def test_no_process_outlives_its_worker(start_server: Callable[..., Server]) -> None:
    server = start_server()
    body = heavy(1)
    assert server.post("/problems", body).status == 201
    (worker,) = server.workers()
    (process,) = [
        each for each in worker.children() if "incidents.support.parsing_process" in each.cmdline()
    ]

    worker.kill()

    process.wait(60)
    # The worker that takes its place has one of its own.
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            assert server.post("/problems", body).status == 201
            break
        except OSError:
            time.sleep(0.05)
    assert len(server.find({"number": 1})) == 2
    assert server.stop() == 0
    assert "Traceback" not in server.output


def wide(count: int) -> dict[str, object]:
    """An example of so many entries."""
    return {"a": [*range(count - 2)], "b": 1}


@pytest.mark.parametrize("path", ["/find", "/timeline"])
async def test_an_example_has_so_many_entries_and_no_more(api: Api, path: str) -> None:
    await api.report(wide(1000))

    fits = await api.post(path, json.dumps(wide(1000)).encode())
    assert fits.status == 200
    examples: list[dict[str, object]] = [wide(1001), {str(n): {} for n in range(1001)}]
    for example in examples:
        refused = await api.post(path, json.dumps(example).encode())
        assert refused.status == 400
        assert "1,001 entries" in refused.json["detail"]
        assert "at most 1,000" in refused.json["detail"]


async def test_those_who_listen_have_no_larger_examples(api: Api) -> None:
    example = json.dumps({"a": [1] * 1000}, separators=(",", ":"))
    refused = await api.get(f"/tail?example={example}")
    assert refused.status == 400
    assert "1,001 entries" in refused.json["detail"]


async def test_a_large_example_finds_what_has_all_of_it(api: Api) -> None:
    long = "word " * 100_000
    id_ = await api.report({"text": long, "n": 1})
    await api.report({"text": long[:-1], "n": 1})

    assert await api.find({"text": long}) == [id_]
    assert await api.find({"text": long}, "limit=10&since=1h") == [id_]


async def test_a_bulk_request_of_heavy_lines_is_answered_line_by_line(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.ingest.service._BULK_BYTES_MAX", 100_000)
    api = await open_api(batch_incidents_max=2)
    result = await api.request(
        "POST", "/problems", b"\n".join(heavy(n, size=40_000) for n in range(20)), LINES
    )
    assert result.status == 200
    assert result.text.count('{"hash": ') == 20


async def test_those_who_listen_are_told_of_heavy_reports(api: Api) -> None:
    async with (
        TailClient(api, {"n": 1}) as one,
        TailClient(api, {"log": "x" * 100_000, "n": 2}) as two,
        TailClient(api) as everything,
    ):
        for n in (1, 2, 3):
            await api.report({"n": n, "log": "x" * 100_000})
        await api.report({"n": 1})
        await api.report({"n": 2, "log": "x" * 100_000})

        assert [each["n"] for each in await one.bodies(2)] == [1, 1]
        assert [each["n"] for each in await two.bodies(2)] == [2, 2]
        assert [each["n"] for each in await everything.bodies(5)] == [1, 2, 3, 1, 2]


async def test_others_are_answered_while_a_heavy_report_is_held_to_those_who_listen(
    api: Api,
) -> None:
    parser = api.runtime.tail._parser
    async with TailClient(api, {"number": 1}) as ear:
        await parser.call(None, os.getpid)  # it has started
        assert parser._process is not None
        os.kill(parser._process.pid, signal.SIGSTOP)
        first = await api.report(heavy(1))
        async with asyncio.timeout(60):
            while not parser._turn.locked():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

        id_ = await api.report({"number": 1})
        assert await api.find({"number": 1}) == [id_, first]

        os.kill(parser._process.pid, signal.SIGCONT)
        assert [len(each) for each in await ear.bodies(2)] == [2, 1]


async def test_whom_heavy_reports_match_is_found_out_where_no_process_says_it(api: Api) -> None:
    await api.runtime.tail._parser.close()
    async with TailClient(api, {"number": 1}) as ear:
        await api.report(heavy(2))
        await api.report(heavy(1))
        assert [each["number"] for each in await ear.bodies(1)] == [1]
