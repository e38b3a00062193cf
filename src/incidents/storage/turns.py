"""Readers that begin one after another."""

import asyncio
from collections.abc import Callable


class Turn:
    """The time in which nobody else begins: `seconds`, or until its end."""

    def __init__(self, seconds: float, pass_on: Callable[[], None]) -> None:
        self._pass_on = pass_on
        self._timer = asyncio.get_running_loop().call_later(seconds, self.end)
        self._ended = False

    def end(self) -> None:
        """The next one begins. To say it once more does nothing."""
        if not self._ended:
            self._ended = True
            self._timer.cancel()
            self._pass_on()


class Turns:
    """Lets one begin when the one before it is done, or has gone on for `seconds`.

    What is short is done one by one, so that whoever else wants a processor waits for one of
    them, not for all; what is long keeps the others for no longer than that. With 0 seconds all
    go on at once.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._taken = asyncio.Lock()

    async def begin(self) -> Turn:
        """Returns when it is the caller's turn: first come, first served."""
        await self._taken.acquire()
        return Turn(self._seconds, self._taken.release)
