"""Limits how fast a worker sends to all its listeners together."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from incidents.support.source import SourceQueues

# After a pause, the bytes of this time may be sent at once.
_BURST_SECONDS = 0.1
# One write costs about as much processor time as this many more bytes in another one.
_WRITE_BYTES = 8 * 1024
# While reports are in flight, listeners get this part of the usual rate.
_SHARE_BESIDE_REPORTS = 1 / 16


class Pace:
    """A rate of bytes a second, lower while `is_busy`.

    Sources take turns: a thousand listeners of one key wait for each other, and other keys do not
    wait for them.
    """

    def __init__(self, bytes_per_second: int, is_busy: Callable[[], bool]) -> None:
        self._bytes_per_second = bytes_per_second
        self._is_busy = is_busy
        self._free_at = 0.0
        self._first = asyncio.Lock()
        self._lifted = asyncio.Event()
        self._queues = SourceQueues()

    def of(self, source: bytes | None) -> "SourcePace":
        """The pace of a listener of that source."""
        return SourcePace(self, self._queues.of(source))

    async def turn(self) -> None:
        """Returns when the caller may write; then it reports the bytes to `passed`."""
        async with self._first:
            seconds = self._free_at - asyncio.get_running_loop().time()
            if seconds <= 0:
                return
            try:
                async with asyncio.timeout(seconds):
                    await self._lifted.wait()
            except TimeoutError:
                return

    def passed(self, size: int) -> None:
        """Counts bytes that were written at once."""
        now = asyncio.get_running_loop().time()
        share = _SHARE_BESIDE_REPORTS if self._is_busy() else 1
        seconds = (size + _WRITE_BYTES) / (self._bytes_per_second * share)
        self._free_at = max(self._free_at, now - _BURST_SECONDS) + seconds

    def lift(self) -> None:
        """Removes the limit from now on."""
        self._lifted.set()


class SourcePace:
    """The pace of a listener: one listener of each source waits among those of others."""

    def __init__(self, pace: Pace, queue: AbstractAsyncContextManager[None]) -> None:
        self._pace = pace
        self._queue = queue

    async def turn(self) -> None:
        """Returns when the caller may write; then it reports the bytes to `passed`."""
        async with self._queue:
            await self._pace.turn()

    def passed(self, size: int) -> None:
        """Counts bytes that were written at once."""
        self._pace.passed(size)
