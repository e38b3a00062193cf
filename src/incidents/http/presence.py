"""Whether the client is still there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")

Receive = Callable[[], Awaitable[dict[str, Any]]]

# Where `remember_receive` leaves it, for the resources that need it.
_KEY = "incidents.receive"


class ClientLeft(Exception):
    """Nobody is left to answer."""


def remember_receive(scope: dict[str, Any], receive: Receive) -> None:
    """Lets a resource find out whether its client is still there."""
    scope[_KEY] = receive


class Presence:
    """Watches one client from the moment its request was read; `leave` ends the watch."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self._left = asyncio.create_task(_wait_until_left(scope[_KEY]))

    async def while_there(self, work: Awaitable[T]) -> T:
        """What `work` returns. Cancels it and raises ClientLeft when the client leaves first."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise ClientLeft
        return task.result()

    def leave(self) -> None:
        """Ends the watch."""
        self._left.cancel()


async def _wait_until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
