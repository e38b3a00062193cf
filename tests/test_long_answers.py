"""What is sent as a long answer, and what happens to one for which there is no place."""

import asyncio
import time
from collections.abc import AsyncGenerator

import pytest

from incidents.core.errors import Overloaded
from incidents.http.endpoints.search.find import _first
from incidents.http.endpoints.search.rendering import Piece
from incidents.search.stream import PIECE_BYTES
from tests.proxy import Proxy
from tests.test_tail import OpenApi

_SLOW_SECONDS = 0.5


async def _slow(*last: bytes) -> AsyncGenerator[Piece]:
    yield Piece(b"[")
    await asyncio.sleep(_SLOW_SECONDS)
    for data in last:
        yield Piece(data)


class Begun:
    """Counts how many long answers were begun, and refuses those past a number."""

    def __init__(self, count_max: int = 1) -> None:
        self.count = 0
        self._count_max = count_max

    async def __call__(self) -> None:
        if self.count == self._count_max:
            raise Overloaded("no place")
        self.count += 1


async def test_a_slow_answer_is_begun() -> None:
    begun = Begun()
    first, more = await _first(_slow(b"]"), lambda: False, begun)

    assert (first, begun.count) == (b"[", 1)
    assert more is not None
    assert await more == Piece(b"]")


async def test_one_that_can_still_be_refused_is_not_begun() -> None:
    begun = Begun()
    assert await _first(_slow(b"]"), lambda: True, begun) == (b"[]", None)
    assert begun.count == 0


async def test_a_long_answer_is_begun_whether_or_not_it_can_be_refused() -> None:
    begun = Begun()
    first, more = await _first(_slow(b"-" * PIECE_BYTES, b"]"), lambda: True, begun)

    assert (first, begun.count) == (b"[" + b"-" * PIECE_BYTES, 1)
    assert more is not None
    more.cancel()


async def test_of_one_that_is_refused_nothing_is_left() -> None:
    pieces = _slow(b"]")
    with pytest.raises(Overloaded):
        await _first(pieces, lambda: False, Begun(0))
    assert await anext(pieces, None) is None


@pytest.mark.slow
@pytest.mark.parametrize(("deadline_seconds", "status"), [(60, 200), (0.1, 503)])
async def test_without_a_place_a_slow_answer_may_take_as_long_as_a_page(
    open_api: OpenApi, database: str, deadline_seconds: float, status: int
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(
            proxy.url, search_connections=3, search_deadline_seconds=deadline_seconds
        )
        await api.report({"short": 1})
        proxy.delay_seconds = _SLOW_SECONDS

        with api.runtime.search.stream_permit():
            assert (await api.post("/find", b'{"short": 1}')).status == status


@pytest.mark.slow
async def test_of_many_that_are_slow_at_once_none_is_refused(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, search_connections=4)
        await api.report({"short": 1})

        async def ask() -> list[int]:
            asked = (api.post("/find", b'{"short": 1}') for _ in range(6))
            return [each.status for each in await asyncio.gather(*asked)]

        assert await ask() == [200] * 6
        proxy.delay_seconds = _SLOW_SECONDS
        standing_still = asyncio.create_task(_stand_still())
        try:
            assert await ask() == [200] * 6
        finally:
            standing_still.cancel()


async def _stand_still() -> None:
    """A worker without a processor sees all that came meanwhile in one moment."""
    while True:
        time.sleep(_SLOW_SECONDS / 2)  # noqa: ASYNC251 - so it is
        for _ in range(20):
            await asyncio.sleep(0)


async def test_one_long_answer_too_many_is_refused_and_short_ones_are_not(
    open_api: OpenApi,
) -> None:
    api = await open_api(search_connections=3)
    await api.report({"short": 1})
    await api.report({"long": "-" * PIECE_BYTES})

    with api.runtime.search.stream_permit():
        refused = await api.post("/find", b"{}")
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert len(await api.find({"short": 1})) == 1
    assert len(await api.find({})) == 2
