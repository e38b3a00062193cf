"""A command that is told to end, whatever it just does."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest

from incidents.support.run import broken_off_at_once, run

Work = Callable[[], Coroutine[Any, Any, None]]


class Told(Exception):
    """What the handler raises."""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def tell(number: int, _: object) -> None:
        raise Told(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, tell)
    yield
    for number, each in before.items():
        signal.signal(number, each)


async def _in_a_callback() -> None:
    asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGTERM)
    await asyncio.Future()


async def _while_nothing_happens() -> None:
    asyncio.get_running_loop().call_later(0.1, signal.raise_signal, signal.SIGTERM)
    await asyncio.sleep(60)


async def _in_what_holds_up_the_loop() -> None:
    with broken_off_at_once():
        signal.raise_signal(signal.SIGTERM)
        time.sleep(60)  # noqa: ASYNC251 - that is what it is about


async def _again_and_again() -> None:
    while True:
        with suppress(asyncio.CancelledError):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "work",
    [_in_a_callback, _while_nothing_happens, _in_what_holds_up_the_loop, _again_and_again],
)
def test_it_ends_on_its_way_out_of_each_block(work: Work) -> None:
    left = []

    async def in_a_block() -> None:
        try:
            await work()
        finally:
            await asyncio.sleep(0)
            left.append(True)

    with pytest.raises(Told) as told:
        run(in_a_block())

    assert left == [True]
    assert told.value.args == (signal.SIGTERM,)
    with pytest.raises(Told):
        signal.raise_signal(signal.SIGTERM)


def test_it_ends_where_it_waits_and_nowhere_else() -> None:
    finished = []

    def step(name: str) -> None:
        signal.raise_signal(signal.SIGINT)
        finished.append(name)

    async def in_a_callback() -> None:
        asyncio.get_running_loop().call_soon(step, "a callback")
        await asyncio.Future()

    async def in_the_work_itself() -> None:
        step("the work itself")
        await asyncio.Future()

    for work in (in_a_callback, in_the_work_itself):
        with pytest.raises(Told):
            run(work())

    assert finished == ["a callback", "the work itself"]


def test_what_it_returns_is_returned_from_a_thread_too() -> None:
    async def work() -> int:
        return 1

    assert run(work()) == 1
    assert asyncio.run(asyncio.to_thread(run, work())) == 1
