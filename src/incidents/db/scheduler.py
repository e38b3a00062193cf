"""Starts readers one after another."""

import asyncio
from collections.abc import Callable

# With reports in flight, the pause after a turn that others waited for, relative to the duration of
# the turn: docs/decisions/*-search.md.
_BACKOFF = 1.0


class Slot:
    """The time in which no other reader begins: at most `seconds`."""

    def __init__(self, seconds: float, pass_on: Callable[[float], None]) -> None:
        self._pass_on = pass_on
        self._clock = asyncio.get_running_loop().time
        self._begun = self._clock()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.end)
        self._ended = False

    def end(self) -> None:
        """Lets the next reader begin. Further calls do nothing."""
        if not self._ended:
            self._ended = True
            self._timer.cancel()
            self._pass_on(self._clock() - self._begun)


class FairScheduler:
    """Starts a reader when the one before it is done, or has run for `seconds`.

    Short searches run one by one, so that other work waits for one of them, not for all. A long one
    delays the others by `seconds` at most. With 0 seconds all run at once. While `is_busy`, a part
    of the time is left to other work.
    """

    def __init__(self, seconds: float, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._seconds = seconds
        self._is_busy = is_busy
        self._taken = asyncio.Lock()
        self._waiting = 0

    async def begin(self) -> Slot:
        """Returns when it is the caller's turn: first in, first out."""
        self._waiting += 1
        try:
            await self._taken.acquire()
        finally:
            self._waiting -= 1
        return Slot(self._seconds, self._pass_on)

    def _pass_on(self, took_seconds: float) -> None:
        if self._waiting and self._is_busy():
            backoff = took_seconds * _BACKOFF
            asyncio.get_running_loop().call_later(backoff, self._taken.release)
        else:
            self._taken.release()
