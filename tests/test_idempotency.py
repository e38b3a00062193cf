"""Idempotency-Key: what comes again is answered as the first time, and stored once."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from incidents.ingest.idempotency_expiry import IdempotencyExpiry
from incidents.support.settings import Settings
from tests.api import Api, Result
from tests.proxy import Proxy
from tests.sql import run_sql
from tests.test_intake import rows

OpenApi = Callable[..., Awaitable[Api]]

LINES = {"Content-Type": "application/x-ndjson"}
SECONDS_MAX = 60


async def post(
    api: Api, body: bytes, key: str | None = "one", query: str = "", **headers: str
) -> Result:
    named = {} if key is None else {"Idempotency-Key": key}
    return await api.post(f"/problems{query}", body, {**named, **headers})


async def post_lines(
    api: Api, body: bytes, key: str | None = "one", query: str = ""
) -> tuple[int, list[Any]]:
    result = await post(api, body, key, query, **LINES)
    return result.status, [json.loads(line) for line in result.text.splitlines()]


async def rejected(api: Api) -> list[Any]:
    found: list[Any] = (await api.get("/rejected")).json["rejected"]
    return found


async def bodies(api: Api) -> list[Any]:
    """What is stored, in the order of ids."""
    found = (await api.post("/find", b"{}")).json["incidents"]
    return [each["body"] for each in reversed(found)]


@pytest.mark.parametrize("name", ["Idempotency-Key", "webhook-id"])
async def test_what_comes_again_gets_the_first_answer_and_is_stored_once(
    api: Api, name: str
) -> None:
    first = await post(api, b'{"n": 1}', None, "?status=200", **{name: "one"})
    again = await post(api, b'{"n": 1}', None, **{name: "one", "Traceparent": "another"})

    assert first.status == again.status == 200
    assert first.headers["location"] == again.headers["location"]
    assert first.content == again.content
    assert await bodies(api) == [{"n": 1}]


async def test_something_else_under_the_same_value_is_refused(api: Api) -> None:
    await post(api, b'{"n": 1}')

    other = await post(api, b'{"n": 1 }')

    assert other.status == 422
    assert "Idempotency-Key" in other.json["detail"]
    assert await bodies(api) == [{"n": 1}]


async def test_values_are_apart_and_an_empty_one_is_none(api: Api) -> None:
    for key in ("one", "two", "", ""):
        assert (await post(api, b"{}", key)).status == 201
    assert len(await api.find({})) == 4


async def test_what_was_refused_is_not_remembered(api: Api) -> None:
    assert (await post(api, b"{")).status == 400
    assert (await post(api, b"{}")).status == 201


async def test_all_that_is_taken_can_come_again(api: Api) -> None:
    """Text, a form, a handshake, something heavy, what jsonb cannot hold."""
    heavy = json.dumps({"filling": ["x" * 90] * 400}).encode()
    slack = b'{"type": "url_verification", "challenge": "abc"}'
    for n, body in enumerate((b"{}", b"\xff\xfe", heavy, slack, b'"\\u0000\\ud800"')):
        sent = {"Content-Type": "text/plain"}
        first, again = [await post(api, body, f"key {n}", **sent) for _ in range(2)]
        assert first.status == (200 if body == slack else 201), first.text
        assert (again.status, again.content) == (first.status, first.content)
    assert len(await api.find({})) == 5


async def test_many_at_once_are_one(api: Api) -> None:
    results = await asyncio.gather(*(post(api, b'{"n": 1}') for _ in range(50)))

    assert {each.status for each in results} == {201}
    assert len({each.headers["location"] for each in results}) == 1
    assert await bodies(api) == [{"n": 1}]


async def test_while_the_first_is_in_flight_the_second_is_told_so(
    open_api: OpenApi, database: str
) -> None:
    patient, other = await open_api(), await open_api(database_wait_seconds=1)
    for api in (patient, other):
        await api.report({})  # there are partitions
    blocker = await asyncpg.connect(database)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE incidents IN SHARE MODE")
        first = asyncio.create_task(post(patient, b"{}"))
        waits = "SELECT FROM pg_locks WHERE relation = 'incidents'::regclass AND NOT granted"
        async with asyncio.timeout(SECONDS_MAX):
            while not await blocker.fetch(waits):  # noqa: ASYNC110 - PostgreSQL tells nobody
                await asyncio.sleep(0.01)
        second = await post(other, b"{}")
    await blocker.close()

    assert (second.status, second.headers["retry-after"]) == (409, "1")
    assert (await first).status == 201
    assert (await post(other, b"{}")).headers["location"] == (await first).headers["location"]


async def test_the_key_and_the_line_are_the_identity_of_a_line(api: Api) -> None:
    first = await post_lines(api, b"1\n2\n{]\n4\n")
    longer = await post_lines(api, b"1\n2\n{]\n4\n5\n")
    other = await post_lines(api, b"1\n22\n")
    others = await post_lines(api, b"11\n22\n")

    assert first[0] == longer[0] == other[0] == 200
    assert (others[0], [each["status"] for each in others[1]]) == (422, [422, 422])
    assert longer[1][:2] == first[1][:2]
    assert [each.get("status") for each in longer[1]] == [None, None, 400, None, None]
    assert [each.get("status") for each in other[1]] == [None, 422]
    assert await bodies(api) == [1, 2, 4, 5]


async def test_many_lines_and_elements_can_come_again(api: Api) -> None:
    lines = b"".join(b"[%d, %d]\n" % (n, -n) for n in range(1, 1000))
    first = await post_lines(api, lines, query="?split=true")
    again = await post_lines(api, lines, query="?split=true")
    array = [await post(api, b"[1, 2, 3]", "array", "?split=true") for _ in range(2)]

    assert again == first
    assert len(first[1]) == 1998
    assert array[0].content == array[1].content
    assert len(await api.find({})) == 1998 + 3


async def test_an_atomic_batch_is_stored_wholly_or_not_at_all(open_api: OpenApi) -> None:
    api = await open_api(bulk_lines_max=3)

    stored = await post_lines(api, b"1\n2\n3\n", None, "?atomic=true")
    refused = await post_lines(api, b"4\n{]\n5\n", None, "?atomic=true")
    large = await post(api, b"6\n" * 4, None, "?atomic=true", **LINES)

    assert (stored[0], len(stored[1])) == (200, 3)
    assert refused[0] == 400
    assert [each["status"] for each in refused[1]] == [424, 400, 424]
    assert large.status == 413
    assert "INCIDENTS_BULK_LINES_MAX" in large.json["detail"]
    async with asyncio.timeout(SECONDS_MAX):
        while len(kept := await rejected(api)) < 4:  # noqa: ASYNC110 - they are written beside
            await asyncio.sleep(0.05)
    assert sorted(each["status"] for each in kept) == [400, 413, 424, 424]
    assert await bodies(api) == [1, 2, 3]


async def test_an_atomic_batch_with_a_key_is_stored_once(api: Api) -> None:
    batch = b"".join(b"%d\n" % n for n in range(2000))
    first, again = [await post_lines(api, batch, query="?atomic=true") for _ in range(2)]
    other = await post(api, batch + b"2000\n", query="?atomic=true", **LINES)
    found_as_lines = [
        await post(api, b'{"n": 1}\n{"n": 2}', "lines", "?atomic=true") for _ in range(2)
    ]

    assert first == again
    assert other.status == 422
    assert found_as_lines[0].content == found_as_lines[1].content
    assert await bodies(api) == [*range(2000), {"n": 1}, {"n": 2}]


@pytest.mark.parametrize("query", ["", "?atomic=true"])
async def test_a_commit_that_nobody_heard_of_is_recognised(
    open_api: OpenApi, database: str, query: str
) -> None:
    """With a key, and without one where all lines are stored or none."""
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url)
        for key in ("one", None) if query else ("one",):
            proxy.cut_when_answered(b"COMMIT\x00")
            status, replies = await post_lines(api, b"1\n2\n", key, query)
            assert proxy.cut.is_set()
            assert (status, len(replies)) == (200, 2)
            found = await bodies(await open_api())
            assert found == [1, 2]
            await asyncio.to_thread(run_sql, database, "DELETE FROM incidents")


async def test_a_503_means_that_nothing_was_stored(open_api: OpenApi, database: str) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=5)
        await api.report({})  # connections are open
        await asyncio.to_thread(run_sql, database, "DELETE FROM incidents")
        proxy.cut_when_answered(b"COMMIT\x00")
        asking = asyncio.create_task(post(api, b'{"n": 1}'))
        await proxy.cut.wait()
        await proxy.go_away()

        assert (await asking).status == 503
        assert await rows(database, "SELECT id FROM incidents") != []
        await proxy.come_back()
        async with asyncio.timeout(SECONDS_MAX):
            while await rows(database, "SELECT id FROM incidents"):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        assert (await post(api, b'{"n": 1}')).status == 201
        assert await rows(database, "SELECT id FROM incidents") != []


async def test_what_came_again_after_a_503_is_not_taken_back(
    open_api: OpenApi, database: str
) -> None:
    """Its client was told by another worker that it is stored."""
    async with Proxy(database) as proxy:
        api, other = await open_api(proxy.url, database_wait_seconds=5), await open_api()
        await api.report({})
        await asyncio.to_thread(run_sql, database, "DELETE FROM incidents")
        proxy.cut_when_answered(b"COMMIT\x00")
        asking = asyncio.create_task(post(api, b'{"n": 1}'))
        await proxy.cut.wait()
        await proxy.go_away()
        assert (await asking).status == 503

        assert (await post(other, b'{"n": 1}')).status == 201
        await proxy.come_back()
        async with asyncio.timeout(SECONDS_MAX):
            while api.runtime.intake._idempotent_compensating_delete.count:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.05)
        assert await bodies(other) == [{"n": 1}]


async def test_a_sequence_that_went_back_is_got_over(api: Api, database: str) -> None:
    await api.report({"n": 1})
    await asyncio.to_thread(run_sql, database, "SELECT setval('incidents_id_seq', 1, false)")

    assert (await post(api, b'{"n": 2}')).status == 201
    assert await bodies(api) == [{"n": 1}, {"n": 2}]


async def test_keys_are_forgotten_in_time_and_the_oldest_of_too_many(
    open_api: OpenApi, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    api = await open_api()
    count = "SELECT count(*) FROM incidents_idempotency_keys"
    for n in range(5):
        await post(api, b"{}", str(n))
    expire = "UPDATE incidents_idempotency_keys SET expires_at = now() - interval '1 s'"
    await asyncio.to_thread(run_sql, database, expire)

    assert (await post(api, b'{"other": 1}', "0")).status == 201
    await IdempotencyExpiry(Settings(), database).look()
    assert await rows(database, count) == [1]
    await post(api, b"{}", "1")
    await IdempotencyExpiry(Settings(idempotency_keys_max=1), database).look()

    assert await rows(database, count) == [1]
    assert "INCIDENTS_IDEMPOTENCY_KEYS_MAX" in caplog.text
    assert (await post(api, b"{}", "1")).status == 201
    assert len(await api.find({})) == 7
