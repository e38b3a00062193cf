"""One search begins after another, and none keeps the others for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest

from incidents.core.errors import Unavailable
from incidents.db import scheduler as turns_module
from incidents.db.driver import connector
from incidents.db.pool import ConnectionPool
from incidents.db.scheduler import FairScheduler
from tests.api import Api

OpenApi = Callable[..., Awaitable[Api]]


async def test_one_begins_when_the_one_before_it_is_done() -> None:
    turns, begun = FairScheduler(60), list[int]()

    async def work(number: int) -> None:
        turn = await turns.begin()
        begun.append(number)
        await asyncio.sleep(0)
        assert begun[-1] == number
        turn.end()

    async with asyncio.timeout(10):
        await asyncio.gather(*(work(number) for number in range(20)))
    assert begun == list(range(20))


async def test_one_that_goes_on_for_long_lets_the_next_begin() -> None:
    turns = FairScheduler(0.01)
    async with asyncio.timeout(10):
        held = [await turns.begin() for _ in range(3)]
    last = asyncio.create_task(turns.begin())
    # Who ended long ago ends nobody else's turn.
    for turn in held[:2]:
        turn.end()
        turn.end()
    async with asyncio.timeout(10):
        await last


async def test_who_ends_twice_lets_one_begin_not_two() -> None:
    turns = FairScheduler(60)
    first = await turns.begin()
    waiting = [asyncio.create_task(turns.begin()) for _ in range(2)]
    await asyncio.sleep(0)
    first.end()
    first.end()
    await asyncio.sleep(0.05)
    assert [each.done() for each in waiting] == [True, False]
    waiting[0].result().end()
    async with asyncio.timeout(10):
        await waiting[1]


@pytest.mark.parametrize(
    ("is_busy", "waits", "at_once"),
    [(True, True, False), (True, False, True), (False, True, True)],
)
async def test_beside_reports_those_who_wait_rest_between_their_turns(
    monkeypatch: pytest.MonkeyPatch, *, is_busy: bool, waits: bool, at_once: bool
) -> None:
    monkeypatch.setattr(turns_module, "_BACKOFF", 1e9)
    turns = FairScheduler(60, lambda: is_busy)
    first = await turns.begin()
    waiting = [asyncio.create_task(turns.begin()) for _ in range(waits)]
    await asyncio.sleep(0.01)
    first.end()
    next_ = waiting[0] if waits else asyncio.create_task(turns.begin())

    done, _ = await asyncio.wait({next_}, timeout=0.05 if not at_once else 10)

    assert bool(done) is at_once
    next_.cancel()


async def test_a_rest_comes_to_its_end() -> None:
    turns = FairScheduler(60, lambda: True)

    async def work() -> None:
        turn = await turns.begin()
        await asyncio.sleep(0)
        turn.end()

    async with asyncio.timeout(10):
        await asyncio.gather(*(work() for _ in range(20)))


@asynccontextmanager
async def opened(database: str, count: int, turn_seconds: float) -> AsyncIterator[ConnectionPool]:
    opens = connector(database, name="test", wait_seconds=10)
    connections = ConnectionPool(opens, count, 0.05, turn_seconds)
    try:
        yield connections
        async with asyncio.timeout(10), connections.leased() as driver:  # nobody has a turn
            assert await driver.fetchval("SELECT 1") == 1
    finally:
        await connections.close()


async def test_a_turn_that_nobody_waits_for_any_more_is_the_next_ones(database: str) -> None:
    async with opened(database, 2, turn_seconds=60) as connections:
        first = await connections.acquire()
        with pytest.raises(Unavailable, match="in time"):
            await connections.acquire()
        waiting = asyncio.create_task(connections.acquire())
        await asyncio.sleep(0.01)
        waiting.cancel()
        connections.release(first)
        for _ in range(2):
            async with asyncio.timeout(10):
                connections.discard(await connections.acquire())
        with pytest.raises(ZeroDivisionError):
            async with connections.leased():
                raise ZeroDivisionError


async def test_who_found_no_connection_has_no_turn_either(database: str) -> None:
    async with opened(database, 1, turn_seconds=0.001) as connections:
        held = await connections.acquire()
        for _ in range(3):
            with pytest.raises(Unavailable, match="in time"):
                await connections.acquire()
        connections.release(held)


async def test_a_search_that_goes_on_for_long_keeps_nobody_from_an_answer(api: Api) -> None:
    id_ = await api.report({"n": 1})
    async with aclosing(await api.runtime.search._readings.read(5)):
        for path in ("/find?limit=1", "/find"):
            reply = await api.post(path, b"{}")
            assert [incident["id"] for incident in reply.json["incidents"]] == [id_]


async def test_a_search_waits_for_the_one_before_it(open_api: OpenApi) -> None:
    api = await open_api(search_stagger_seconds=60, database_wait_seconds=0.3)
    id_ = await api.report({"n": 1})
    for path in ("/find?limit=1", "/find"):
        async with aclosing(await api.runtime.search._readings.read(5)):
            assert (await api.post(path, b"{}")).status == 503
        reply = await api.post(path, b"{}")
        assert [incident["id"] for incident in reply.json["incidents"]] == [id_]
