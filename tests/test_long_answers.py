"""What is sent as a long answer, and what happens to one for which there is no place."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from incidents.http.find import _first
from incidents.search.stream import PIECE_BYTES
from tests.test_tail import OpenApi

_SLOW_SECONDS = 0.5


async def _slow(*last: bytes) -> AsyncGenerator[bytes]:
    yield b"["
    await asyncio.sleep(_SLOW_SECONDS)
    for piece in last:
        yield piece
    if not last:
        await asyncio.Future()


async def test_a_slow_answer_is_begun() -> None:
    pieces = _slow(b"]")

    first, more = await _first(pieces, lambda: False, lambda: True)

    assert first == b"["
    assert more is not None
    assert await more == b"]"


async def test_without_a_place_a_slow_answer_may_still_be_short() -> None:
    assert await _first(_slow(b"]"), lambda: False, lambda: False) == (b"[]", None)


@pytest.mark.parametrize("last", [(), (b"-" * PIECE_BYTES, b"]")])
async def test_without_a_place_nothing_is_waited_for_without_end(last: tuple[bytes, ...]) -> None:
    first, more = await _first(_slow(*last), lambda: False, lambda: False)

    assert first == b"[" + b"".join(last[:1])
    assert more is not None
    more.cancel()


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
