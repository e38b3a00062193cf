"""Whether the client of a request is still there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from falcon.asgi import Request

T = TypeVar("T")

Receive = Callable[[], Awaitable[dict[str, Any]]]

_KEY = "incidents.client"


class ClientLeft(Exception):
    """Nobody is left to answer."""


class Client:
    """Stands between the server and Falcon, and notices when the client leaves."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None
        self.left = False

    @classmethod
    def of(cls, req: Request) -> "Client":
        """The client of that request."""
        return cast("Client", req.scope[_KEY])

    def enter(self, scope: dict[str, Any]) -> None:
        """Lets `of` find it."""
        scope[_KEY] = self

    async def receive(self) -> dict[str, Any]:
        """The next event of the request (ASGI)."""
        event = await self._receive()
        if event["type"] == "http.disconnect":
            self.left = True
        return event

    async def while_there(self, work: Awaitable[T]) -> T:
        """What `work` returns. Cancels it and raises ClientLeft when the client leaves first.

        For use once the body was read: it waits for what comes behind.
        """
        if self._watch is None:
            self._watch = asyncio.create_task(self._wait_until_left())
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise ClientLeft
        return task.result()

    def stop_watching(self) -> None:
        """Ends what `while_there` began."""
        if self._watch is not None:
            self._watch.cancel()

    async def _wait_until_left(self) -> None:
        while not self.left:
            await self.receive()
