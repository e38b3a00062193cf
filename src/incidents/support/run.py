"""Runs the asynchronous work of a command to its end."""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_may_be_broken_off = ContextVar("_may_be_broken_off", default=False)


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns. SIGINT and SIGTERM cancel it first, then have their usual effect.

    A signal handler that raises would do so anywhere, in the middle of the database driver too,
    which then crashes or waits for ever.
    """
    if threading.current_thread() is not threading.main_thread():
        return asyncio.run(work)
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    received: list[int] = []

    def restore() -> None:
        for number, handler in handlers.items():
            signal.signal(number, handler)

    async def until_told() -> T:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None

        def told(number: int, _: object) -> None:
            # A second signal takes effect at once.
            if received or _may_be_broken_off.get():
                restore()
                signal.raise_signal(number)
            else:
                received.append(number)
                loop.call_soon_threadsafe(task.cancel)

        for number in _SIGNALS:
            signal.signal(number, told)
        try:
            return await work
        finally:
            restore()

    try:
        return asyncio.run(until_told())
    finally:
        if received:
            signal.raise_signal(received[0])


@contextmanager
def broken_off_at_once() -> Iterator[None]:
    """In this block the event loop is blocked, by reading a pipe: a signal interrupts at once."""
    token = _may_be_broken_off.set(True)
    try:
        yield
    finally:
        _may_be_broken_off.reset(token)
