"""A key has a share of what a worker does at once: it cannot keep the others out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from incidents.auth.key_table import KeyTable
from incidents.auth.login import login_text
from incidents.core.api_key import hash_of
from incidents.db.driver import connector
from incidents.db.pool import ConnectionPool
from incidents.http.message.cookie import NAME
from incidents.search.stream import PIECE_BYTES
from incidents.support.source import begin_source, current_source
from tests.api import JSON, Api
from tests.keys import bearer, make
from tests.tail_client import TailClient, refusal

OpenApi = Callable[..., Awaitable[Api]]


async def test_a_thousand_listeners_of_one_key_are_one_share(
    open_api: OpenApi, table: KeyTable
) -> None:
    many, few = await make(table, "read", "many"), await make(table, "read", "few")
    login = {"Cookie": f"{NAME}={login_text(hash_of(many.encode()), 2**33)}"}
    api = await open_api(tail_listeners_max=10)

    async with AsyncExitStack() as stack:
        for n in range(5):
            headers = login if n % 2 else bearer(many)
            await stack.enter_async_context(TailClient(api, headers=headers))
        for headers in (bearer(many), login):
            refused = await refusal(api, **headers)
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert "5 listeners of this key are in flight, its share" in refused.json["detail"]
        ear = await stack.enter_async_context(TailClient(api, headers=bearer(few)))
        await api.report({"n": 1}, **bearer(await make_known(api, table)))
        assert await ear.bodies(1) == [{"n": 1}]
    # They left, and their places are free.
    async with TailClient(api, headers=bearer(many)):
        pass


async def make_known(api: Api, table: KeyTable) -> str:
    """A key that can report, and that the worker knows."""
    key = await make(table, "report")
    api.runtime.keyring.take(await table.now(), asyncio.get_running_loop().time() + 60)
    return key


async def test_without_keys_all_places_are_taken(open_api: OpenApi) -> None:
    api = await open_api(tail_listeners_max=6)
    async with AsyncExitStack() as stack:
        for _ in range(6):
            await stack.enter_async_context(TailClient(api))
        refused = await refusal(api)
        assert refused.status == 503
        assert "6 listeners are in flight, the limit" in refused.json["detail"]


async def test_a_key_with_many_questions_has_one_turn_among_the_others(
    database: str,
) -> None:
    opens = connector(database, name="test", wait_seconds=60)
    connections, begun = ConnectionPool(opens, 1, 60), list[bytes | None]()

    async def ask(source: bytes | None) -> None:
        begin_source(source)
        lease = await connections.acquire()
        begun.append(source)
        await asyncio.sleep(0)
        connections.release(lease)

    first = await connections.acquire()
    many = [asyncio.create_task(ask(b"many")) for _ in range(50)]
    await asyncio.sleep(0.01)
    few = [asyncio.create_task(ask(b"few")) for _ in range(2)]
    await asyncio.sleep(0.01)
    connections.release(first)
    await asyncio.wait_for(asyncio.gather(*many, *few), 60)
    assert begun.count(b"many") == 50
    assert [n for n, source in enumerate(begun) if source == b"few"] <= [3, 5]
    await connections.close()


async def test_the_questions_of_a_request_are_its_keys(
    open_api: OpenApi, table: KeyTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await make(table, "read")
    api = await open_api()
    asked: list[bytes | None] = []
    lend = ConnectionPool.acquire

    async def noted(connections: ConnectionPool) -> Any:
        asked.append(current_source())
        return await lend(connections)

    monkeypatch.setattr(ConnectionPool, "acquire", noted)
    for query in ("?limit=1", ""):
        assert (await api.post(f"/find{query}", b"{}", bearer(key))).status == 200
    assert hash_of(key.encode()) in asked
    assert asked.count(hash_of(key.encode())) >= 2


@asynccontextmanager
async def long_answer(api: Api, key: str) -> AsyncIterator[None]:
    """A find whose client takes the first piece, and nothing more."""
    begun, left = asyncio.Event(), asyncio.Event()
    asked = [{"type": "http.request", "body": b"{}", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if asked:
            return asked.pop()
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(event: dict[str, Any]) -> None:
        if event.get("body"):
            begun.set()
            await left.wait()

    answer = asyncio.create_task(api.stream("/find", {**JSON, **bearer(key)}, receive, send))
    await asyncio.wait_for(begun.wait(), 30)
    yield
    left.set()
    await asyncio.wait_for(answer, 30)


async def test_one_key_leaves_long_answers_to_others(open_api: OpenApi, table: KeyTable) -> None:
    many, few = await make(table, "admin", "many"), await make(table, "read", "few")
    api = await open_api(search_connections=6, search_deadline_seconds=0.1)
    for n in range(20):
        await api.report({"n": n, "long": "-" * PIECE_BYTES}, **bearer(many))

    await api.report({"short": 1}, **bearer(many))

    async with long_answer(api, many), long_answer(api, many):
        refused = await api.post("/find", b"{}", bearer(many))
        assert refused.status == 503
        assert "2 long answers of this key are in flight" in refused.json["detail"]
        assert (await api.post("/find", b"{}", bearer(few))).status == 200
        # What is short needs no such place.
        assert (await api.post("/find?limit=1", b"{}", bearer(many))).status == 200
