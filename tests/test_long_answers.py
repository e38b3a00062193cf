"""What is sent as a long answer, and what happens to one for which there is no place."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from incidents.http.find import _first
from incidents.search.stream import PIECE_BYTES
from tests.proxy import Proxy
from tests.test_tail import OpenApi

_SLOW_SECONDS = 0.5


async def _slow(*last: bytes) -> AsyncGenerator[bytes]:
    yield b"["
    await asyncio.sleep(_SLOW_SECONDS)
    for piece in last:
        yield piece


async def test_a_slow_answer_is_begun() -> None:
    first, more = await _first(_slow(b"]"), lambda: False)

    assert first == b"["
    assert more is not None
    assert await more == b"]"


async def test_one_that_can_still_be_refused_is_not_begun() -> None:
    assert await _first(_slow(b"]"), lambda: True) == (b"[]", None)


async def test_a_long_answer_is_begun_whether_or_not_it_can_be_refused() -> None:
    first, more = await _first(_slow(b"-" * PIECE_BYTES, b"]"), lambda: True)

    assert first == b"[" + b"-" * PIECE_BYTES
    assert more is not None
    more.cancel()


@pytest.mark.parametrize(("deadline_seconds", "status"), [(60, 200), (0.1, 503)])
async def test_without_a_place_a_slow_answer_may_take_as_long_as_a_page(
    open_api: OpenApi, database: str, deadline_seconds: float, status: int
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, streams_max=1, search_deadline_seconds=deadline_seconds)
        await api.report({"short": 1})
        proxy.delay_seconds = _SLOW_SECONDS

        with api.runtime.search.stream_place():
            assert (await api.post("/find", b'{"short": 1}')).status == status


async def test_one_long_answer_too_many_is_refused_and_short_ones_are_not(
    open_api: OpenApi,
) -> None:
    api = await open_api(streams_max=1)
    await api.report({"short": 1})
    await api.report({"long": "-" * PIECE_BYTES})

    with api.runtime.search.stream_place():
        refused = await api.post("/find", b"{}")
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert len(await api.find({"short": 1})) == 1
    assert len(await api.find({})) == 2
