"""A key has a share of what a worker does at once: it cannot keep the others out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from incidents.http.cookie import NAME
from incidents.key import hash_of
from incidents.login import login_text
from incidents.search.stream import PIECE_BYTES
from incidents.storage.keys import KeyTable
from tests.api import JSON, Api
from tests.ear import Ear, refusal
from tests.keys import bearer, make

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
            await stack.enter_async_context(Ear(api, headers=headers))
        for headers in (bearer(many), login):
            refused = await refusal(api, **headers)
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            assert "5 listeners of this key are under way, its share" in refused.json["detail"]
        ear = await stack.enter_async_context(Ear(api, headers=bearer(few)))
        await api.report({"n": 1}, **bearer(await make_known(api, table)))
        assert await ear.bodies(1) == [{"n": 1}]
    # They left, and their places are free.
    async with Ear(api, headers=bearer(many)):
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
            await stack.enter_async_context(Ear(api))
        refused = await refusal(api)
        assert refused.status == 503
        assert "6 listeners are under way, the limit" in refused.json["detail"]


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
    api = await open_api(streams_max=4, search_deadline_seconds=0.1)
    for n in range(20):
        await api.report({"n": n, "long": "-" * PIECE_BYTES}, **bearer(many))

    await api.report({"short": 1}, **bearer(many))

    async with long_answer(api, many), long_answer(api, many):
        refused = await api.post("/find", b"{}", bearer(many))
        assert refused.status == 503
        assert "2 long answers of this key are under way" in refused.json["detail"]
        assert (await api.post("/find", b"{}", bearer(few))).status == 200
        # What is short needs no such place.
        assert (await api.post("/find?limit=1", b"{}", bearer(many))).status == 200
