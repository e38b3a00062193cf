"""GET /tail: whoever listens is told every matching incident, once, in order."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import pytest

from incidents.core.errors import Closing
from incidents.db.condition import Condition
from incidents.db.driver import connector
from incidents.db.pool import ConnectionPool
from incidents.db.stream.following import Following
from incidents.db.stream.position import Gap, Gaps, Position
from incidents.live_tail.catch_up import CatchUp
from tests.api import Api
from tests.proxy import Proxy
from tests.tail_client import TailClient, refusal

OpenApi = Callable[..., "asyncio.Future[Api]"]

_INSERT = (
    "INSERT INTO incidents (id, received_at, hash, headers, body) "
    "VALUES ($1, now(), '\\x00', '{}', $2)"
)


@asynccontextmanager
async def other_writer(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection with a transaction open, in which another worker inserts."""
    connection = await asyncpg.connect(database)
    try:
        transaction = connection.transaction()
        await transaction.start()
        yield connection
        await transaction.rollback()
    finally:
        await connection.close()


async def reserve(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT nextval('incidents_id_seq')"))


async def test_what_matches_is_told_from_then_on(api: Api) -> None:
    await api.report({"service": "billing", "n": 0})
    async with TailClient(api, {"service": "billing"}) as ear:
        await api.report({"service": "other", "n": 1})
        id_ = await api.report({"service": "billing", "n": 2})
        told = await ear.next()

        assert told.kind == "message"
        assert told.data == (await api.get(f"/incidents/{id_}")).json
        assert ear.start["headers"]


async def test_a_query_is_followed_and_what_was_missed_of_it_is_told(api: Api) -> None:
    line = 'status>=500 -region=eu (timeout OR "reset by peer") received>1h'
    example = {"service": "billing"}

    async def report(status: int, message: str, **more: str) -> int:
        return await api.report({"status": status, "message": message, **example, **more})

    async with TailClient(api, example, q=line) as ear:
        await report(404, "Timeout")
        await report(502, "Timeout", region="eu")
        await api.report({"status": 500, "message": "timeout", "service": "other"})
        id_ = await report(502, "Connection reset by peer")
        told = await ear.next()
        assert told.data["id"] == id_
    await report(404, "Timeout")
    missed = [await report(503, "a timeout"), await report(500, "TIMEOUT")]
    async with TailClient(api, example, left=told.id, q=line) as ear:
        assert [(await ear.next()).data["id"] for _ in missed] == missed
        now = await report(501, "timeout")
        assert (await ear.next()).data["id"] == now
    # By the index alone.
    async with TailClient(api, left=told.id, q="service=billing (status=500 OR status=1)") as ear:
        assert (await ear.next()).data["id"] == missed[1]


async def test_it_is_a_stream_of_events_that_nobody_keeps(api: Api) -> None:
    async with TailClient(api) as ear:
        headers = {name.decode(): value.decode() for name, value in ear.start["headers"]}
    assert headers["content-type"] == "text/event-stream"
    assert headers["cache-control"] == "no-store"


async def test_without_an_example_everything_is_told(api: Api) -> None:
    async with TailClient(api) as ear:
        await api.report([1, "two"])
        await api.report("three\u2028\n")
        assert await ear.bodies(2) == [[1, "two"], "three\u2028\n"]


async def test_a_body_of_many_lines_is_one_line(api: Api) -> None:
    async with TailClient(api, {"a": 1}) as ear:
        await api.report(b'{\r\n  "a": 1,\r"b":\n2}')
        assert await ear.bodies(1) == [{"a": 1, "b": 2}]


async def test_all_workers_tell_of_all_reports_once_and_in_order(open_api: OpenApi) -> None:
    apis = [await open_api(batch_incidents_max=5) for _ in range(2)]
    async with (
        TailClient(apis[0], {"odd": True}) as one,
        TailClient(apis[1], {"odd": True}) as other,
    ):
        reports = (apis[n % 3 % 2].report({"n": n, "odd": n % 2 == 1}) for n in range(400))
        ids = await asyncio.gather(*reports)
        expected = sorted(ids[1::2])
        for ear in (one, other):
            assert [(await ear.next()).data["id"] for _ in expected] == expected


async def test_every_listener_is_told_what_it_listens_to(api: Api) -> None:
    ears = [TailClient(api, {"kind": n % 10}) for n in range(50)]
    for ear in ears:
        await ear.__aenter__()
    for n in range(10):
        await api.report({"kind": n})
    for n, ear in enumerate(ears):
        assert await ear.bodies(1) == [{"kind": n % 10}]
        await ear.leave()


async def test_what_was_missed_is_told_to_who_comes_back(api: Api) -> None:
    async with TailClient(api, {"a": 1}) as ear:
        await api.report({"a": 1, "n": 1})
        told = await ear.next()
    for n in range(2, 250):
        await api.report({"a": n % 2, "n": n})
    async with TailClient(api, {"a": 1}, left=told.id) as ear:
        await api.report({"a": 1, "n": 251})
        assert [body["n"] for body in await ear.bodies(125)] == list(range(3, 252, 2))


async def test_who_was_told_nothing_can_come_back_too(api: Api) -> None:
    async with TailClient(api, {"a": 1}) as ear:
        position = ear.position
    await api.report({"a": 1})
    async with TailClient(api, {"a": 1}, left=position) as ear:
        assert await ear.bodies(1) == [{"a": 1}]


async def test_coming_back_at_any_moment_loses_and_repeats_nothing(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.POLL_SECONDS", 0.01)
    api = await open_api(batch_incidents_max=3)
    heard: list[int] = []

    async def report() -> list[int]:
        reports: list[asyncio.Task[int]] = []
        for n in range(300):
            reports.append(asyncio.create_task(api.report({"n": n})))
            await asyncio.sleep(0.002)
        return await asyncio.gather(*reports)

    async with TailClient(api) as ear:
        left = ear.position
    reporting = asyncio.create_task(report())
    while not reporting.done() or len(heard) < 300:
        async with TailClient(api, left=left) as ear:
            for _ in range(min(1 + len(heard) % 7, 300 - len(heard))):
                told = await ear.next()
                heard.append(told.data["id"])
                left = told.id
    assert sorted(heard) == sorted(await reporting)


async def test_one_that_is_committed_late_is_waited_for(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.ORDER_SECONDS_MAX", 30)
    api = await open_api()
    await api.report({"n": "first"})
    async with TailClient(api) as ear, other_writer(database) as other:
        late = await reserve(other)
        await other.execute(_INSERT, late, '{"n": "late"}')
        await api.report({"n": "second"})
        await api.report({"n": "third"})
        await other.execute("COMMIT; BEGIN")

        assert await ear.bodies(3) == [{"n": "late"}, {"n": "second"}, {"n": "third"}]


async def test_one_that_is_committed_too_late_is_told_all_the_same(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.ORDER_SECONDS_MAX", 0)
    api = await open_api()
    await api.report({"n": "first"})
    async with TailClient(api) as ear, other_writer(database) as other:
        late = await reserve(other)
        await other.execute(_INSERT, late, '{"n": "late"}')
        await api.report({"n": "second"})
        told = await ear.next()
        assert told.data["body"] == {"n": "second"}
        assert told.id == f"{late + 1}~{late}"

        async with TailClient(api, left=told.id) as returned:
            await other.execute("COMMIT; BEGIN")
            assert await ear.bodies(1) == [{"n": "late"}]
            assert await returned.bodies(1) == [{"n": "late"}]
        async with TailClient(api, left=told.id) as returned:
            assert await returned.bodies(1) == [{"n": "late"}]
            left = returned.position
        await api.report({"n": "third"})
        async with TailClient(api, left=left) as returned:
            assert await returned.bodies(1) == [{"n": "third"}]


async def test_what_became_visible_since_one_came_back_is_left_to_the_log(
    api: Api, database: str
) -> None:
    ids = [await api.report({"n": n}) for n in range(3)]
    late = Gaps([Gap(ids[0], ids[0])])

    connections = ConnectionPool(connector(database, name="test", wait_seconds=60), 1, 60)
    catch_up = CatchUp(Following(connections, 60), Condition(), rows_at_once=1, wait_seconds=60)
    left, start = Position(ids[1], late), Position(ids[2], late)
    pieces = [piece async for piece in catch_up.between(left, start)]
    await connections.close()

    # An empty piece would be the end of the answer.
    assert [[given.incident.id for given in piece] for piece in pieces] == [[ids[2]]]


async def test_what_was_under_way_when_the_first_listener_came_is_told(
    api: Api, database: str
) -> None:
    await api.report({"n": "first"})
    async with other_writer(database) as other:
        late = await reserve(other)
        await other.execute(_INSERT, late, '{"n": "late"}')
        await api.report({"n": "second"})
        async with TailClient(api) as ear:
            assert ear.position == f"{late + 1}~{late}"
            await other.execute("COMMIT; BEGIN")
            assert await ear.bodies(1) == [{"n": "late"}]


async def test_a_batch_that_was_rolled_back_holds_nothing_up(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.ORDER_SECONDS_MAX", 0.05)
    api = await open_api()
    async with TailClient(api) as ear, other_writer(database) as other:
        await reserve(other)
        await api.report({"n": 1})
        assert await ear.bodies(1) == [{"n": 1}]


async def test_who_is_slow_is_told_how_many_were_skipped(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.BUFFER_INCIDENTS_MAX", 10)
    monkeypatch.setattr("incidents.live_tail.tail.POLL_SECONDS", 0.01)
    api = await open_api()
    async with TailClient(api, {"a": 1}) as slow, TailClient(api, {"a": 1}) as fast:
        slow.hears.clear()
        for n in range(100):
            await api.report({"a": 1, "n": n})
            assert await fast.bodies(1) == [{"a": 1, "n": n}]
        slow.hears.set()
        await api.report({"a": 1, "n": 100})

        heard: list[int] = []
        skipped = 0
        while 100 not in heard:
            told = await slow.next()
            if told.kind == "skipped":
                skipped += told.data["skipped"]
                assert told.id == str(heard[-1] + 1 + told.data["skipped"])
            else:
                heard.append(told.data["body"]["n"])
        assert heard == sorted(heard)
        assert skipped
        assert len(heard) + skipped == 101


async def test_who_catches_up_slowly_misses_nothing(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.BUFFER_INCIDENTS_MAX", 5)
    api = await open_api()
    for n in range(30):
        await api.report({"n": n})
    async with TailClient(api, left="0") as ear:
        ear.hears.clear()
        for n in range(30, 60):
            await api.report({"n": n})
        async with TailClient(api, left="59") as other:
            assert await other.bodies(1) == [{"n": 59}]
        ear.hears.set()
        assert [body["n"] for body in await ear.bodies(60)] == list(range(60))


async def test_listeners_are_bounded(open_api: OpenApi) -> None:
    api = await open_api(tail_listeners_max=1)
    async with TailClient(api):
        result = await refusal(api)
        assert result.status == 503
        assert "1 listeners are in flight" in result.json["detail"]
    async with TailClient(api):
        pass


@pytest.mark.parametrize(
    ("query", "headers", "detail"),
    [
        ("example=[]", {}, "an example is a JSON object"),
        ("example={", {}, "not JSON"),
        ("example=", {}, "the body is empty"),
        ("q=a+%3D+b", {}, "q: position 2"),
        ("example={}&example={}", {}, "example: it may be given only once"),
        ("", {"Last_Event_ID": "x"}, "Last-Event-ID: the id that an event had"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    shared_api: Api, query: str, headers: dict[str, str], detail: str
) -> None:
    result = await refusal(shared_api, query, **headers)

    assert result.status == 400
    assert detail in result.json["detail"]


async def test_nothing_is_asked_of_postgresql_when_nobody_listens(api: Api) -> None:
    follower = api.runtime.tail._follower
    async with TailClient(api):
        task = follower._task
    assert task is not None
    await asyncio.wait_for(asyncio.shield(task), 60)
    assert len(follower._groups) == 0


async def test_who_listens_is_told_again_when_postgresql_is_back(
    open_api: OpenApi, database: str
) -> None:
    direct = await open_api()
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        async with TailClient(api) as ear:
            await direct.report({"n": 1})
            assert await ear.bodies(1) == [{"n": 1}]
            await proxy.go_away()
            await direct.report({"n": 2})
            await proxy.come_back()
            assert await ear.bodies(1) == [{"n": 2}]


async def test_nobody_can_begin_to_listen_while_postgresql_is_away(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=0.3)
        await proxy.go_away()
        result = await refusal(api)
    assert result.status == 503
    assert "Retry-After" in {name.title() for name in result.headers}


async def test_who_hears_nothing_is_told_the_position(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.HEARTBEAT_SECONDS", 0.05)
    api = await open_api()
    async with TailClient(api, {"a": 1}) as ear:
        await api.report({"a": 2})
        while ear.position != "1":
            await ear._read()
            while "\n\n" in ear._text:
                assert ear._event() is None


async def test_stopping_ends_every_answer(open_api: OpenApi) -> None:
    api = await open_api()
    async with TailClient(api) as ear:
        await api.report({"n": 1})
        assert await ear.bodies(1) == [{"n": 1}]
        api.runtime.tail.end()
        await ear.ended()
    result = await refusal(api)
    assert result.status == 503
    assert str(Closing("the server is stopping")) in result.json["detail"]


async def test_an_incident_larger_than_the_buffer_is_told(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.live_tail.tail.BUFFER_BYTES_MAX", 10)
    api = await open_api()
    async with TailClient(api) as ear:
        body = {"text": "x" * 300_000}
        await api.report(body)
        assert await ear.bodies(1) == [body]


async def test_what_jsonb_cannot_hold_is_told_as_it_was_sent(api: Api) -> None:
    async with TailClient(api, {"a": "\0\ud800"}) as ear:
        await api.report(b'{"a": "\\u0000\\ud800"}')
        told = await ear.next()
        assert json.dumps(told.data["body"]) == '{"a": "\\u0000\\ud800"}'
