"""Readers that begin one after another."""

import asyncio
from collections.abc import Callable

# Beside reports, the pause after a turn that others waited for, as a part of what the turn took:
# docs/decisions/*-search.md.
_BACKOFF = 1.0


class Slot:
    """The time in which nobody else begins: `seconds`, or until its end."""

    def __init__(self, seconds: float, pass_on: Callable[[float], None]) -> None:
        self._pass_on = pass_on
        self._clock = asyncio.get_running_loop().time
        self._begun = self._clock()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.end)
        self._ended = False

    def end(self) -> None:
        """The next one begins. To say it once more does nothing."""
        if not self._ended:
            self._ended = True
            self._timer.cancel()
            self._pass_on(self._clock() - self._begun)


class FairScheduler:
    """Lets one begin when the one before it is done, or has gone on for `seconds`.

    What is short is done one by one, so that whoever else wants a processor waits for one of
    them, not for all; what is long keeps the others for no longer than that. With 0 seconds all
    go on at once. While it `is_busy` with others' work, a part of the time is left to them.
    """

    def __init__(self, seconds: float, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._seconds = seconds
        self._is_busy = is_busy
        self._taken = asyncio.Lock()
        self._waiting = 0

    async def begin(self) -> Slot:
        """Returns when it is the caller's turn: first come, first served."""
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
