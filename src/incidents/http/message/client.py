"""The client of a request, and whether it is still connected."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from falcon.asgi import Request

from incidents.core.errors import CutOff, KeyNeeded
from incidents.http.http1.exchange import ARRIVED
from incidents.http.message.client_pace import Pace
from incidents.rejected.rejection import BODY_BYTES_MAX as KEPT_BYTES

if TYPE_CHECKING:
    from incidents.auth.keyring import Grant

T = TypeVar("T")

Receive = Callable[[], Awaitable[dict[str, Any]]]

Send = Callable[[dict[str, Any]], Awaitable[None]]

ASGI = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

_KEY = "incidents.client"


class ClientLeft(Exception):
    """The client has left; there is nobody to answer."""


def sender(send: Send, seconds_max: float, client: "Client") -> Send:
    """Sends to the client as `send` does.

    Raises ClientLeft if the client has left, or is further behind than so many seconds.
    """

    async def send_in_time(event: dict[str, Any]) -> None:
        try:
            if not event.get("more_body"):
                await send(event)
                return
            if client.pace is None:
                client.pace = Pace(asyncio.get_running_loop().time)
            await client.pace.send(send(event), len(event["body"]), seconds_max)
        except OSError as error:  # TimeoutError is one
            raise ClientLeft from error

    return send_in_time


class Client:
    """The client of a request: its headers, its body as it arrives, and whether it is connected.

    `headers` are by lower-case name; of a repeated header the last. `grant` is what its key
    permits; None if none is needed. `pace` measures how fast it reads a long response.
    """

    def __init__(self, scope: dict[str, Any], receive: Receive) -> None:
        self.headers: dict[bytes, bytes] = dict(scope["headers"]) if "headers" in scope else {}
        scope[_KEY] = self
        self._scope = scope
        self._receive = receive
        self._has_begun = False
        self._watch: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[Any] | None = None  # the task that `while_there` cancels
        self._interrupted = False
        self._why: Callable[[], Exception] | None = None  # why nothing more is sent
        self.grant: Grant | None = None
        self.pace: Pace | None = None
        self.left = False
        self.signature: str | None = None  # the result of the signature check, if there was one
        # The body, once it is complete and decompressed.
        self.body: bytes | None = None
        self._first: list[bytes] = []  # its first bytes, as they came
        self._first_bytes = 0
        self._has_received = False

    @classmethod
    def of(cls, req: Request) -> "Client":
        """The client of that request."""
        return cast("Client", req.scope[_KEY])

    @property
    def source(self) -> bytes | None:
        """The source for shared limits: its key. None if no key is needed."""
        return None if self.grant is None else self.grant.hash

    @property
    def key_name(self) -> str | None:
        """The name of its key; None if no key is needed."""
        return None if self.grant is None else self.grant.name

    @property
    def scope(self) -> Mapping[str, Any]:
        """The ASGI scope of its request."""
        return self._scope

    def values(self, name: bytes) -> list[bytes]:
        """The values of that header, in their order."""
        return [value for each, value in self._scope.get("headers", ()) if each == name]

    @property
    def content_length(self) -> int | None:
        """The length of the body, if the header has it."""
        length = self.headers.get(b"content-length", b"")
        return int(length) if length.isdigit() else None

    async def receive(self) -> dict[str, Any]:
        """The next ASGI event of the request."""
        event = await self._receive()
        self._has_received = True
        if event["type"] == "http.disconnect":
            self.left = True
        return event

    async def begin(self) -> dict[str, Any]:
        """`receive`, for a framework that waits for an event before it looks at the request.

        Its first event has nothing of the body. So a request that is not authorized or not
        supported is answered before its body is read, or asked for (Expect: 100-continue).
        """
        if self._has_begun:
            return await self.receive()
        self._has_begun = True
        return {"type": "http.request", "body": b"", "more_body": True}

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it arrives.

        Raises CutOff if the client leaves before the end. (Falcon's own stream takes that for the
        end.)
        """
        while True:
            event = await self.receive()
            if self.left:
                raise CutOff("the body was cut off")
            if chunk := event.get("body"):
                if self._first_bytes < KEPT_BYTES:
                    self._first.append(chunk)
                    self._first_bytes += len(chunk)
                yield chunk
            if not event.get("more_body"):
                return

    def body_so_far(self) -> tuple[bytes, bool]:
        """What arrived of the body, at least the first KEPT_BYTES, and whether that is all.

        It is decompressed if it is complete.
        """
        if self.body is not None:
            return self.body, True
        arrived: Callable[[], bytes] | None = self._scope.get(ARRIVED)
        found = b"".join(self._first) + (arrived() if arrived and not self.left else b"")
        return found, len(found) == self.content_length or not self.has_body

    async def wait_for_body(self, seconds: float) -> None:
        """Returns when some of the body has arrived, or will not arrive soon.

        For a request that is refused by its headers, so that its first bytes can be stored.
        """
        expects = b"expect" in self.headers
        if self._has_received or expects or not self.has_body or self.body_so_far()[0]:
            return
        with suppress(TimeoutError, CutOff):
            async with asyncio.timeout(seconds), aclosing(self.chunks()) as chunks:
                await anext(chunks, None)

    @property
    def has_body(self) -> bool:
        """Whether the headers announce a body."""
        return bool(self.content_length) or b"transfer-encoding" in self.headers

    def revoke(self) -> None:
        """Ends the response: the key was revoked, or the login has expired.

        A second call also ends a piece that the client does not read.
        """
        if self._why is None:
            self._end(partial(KeyNeeded, "the key was revoked, or the login has expired"))
        elif self.pace is not None:
            self.pace.cut()

    def check(self) -> None:
        """Returns while the client can be answered. Raises ClientLeft, or KeyNeeded."""
        if self._why is not None:
            raise self._why() from None

    async def while_there(self, work: Awaitable[T]) -> T:
        """The result of `work`. If the client leaves first, cancels it and raises ClientLeft.

        Raises KeyNeeded likewise if its key is revoked. Only for use after the body was read,
        because it waits for what follows. (The work stays in the caller's task: waiting for another
        one takes several turns of the event loop, which are long while reports arrive.)
        """
        if self.left:
            self._end(ClientLeft)
        if self._why is not None:
            task = asyncio.ensure_future(work)
            task.cancel()
            await asyncio.wait({task})
            self.check()
        if self._watch is None:
            self._watch = asyncio.create_task(self._wait_until_left())
        worker = self._worker = asyncio.current_task()
        assert worker is not None
        cancelling = worker.cancelling()
        try:
            return await work
        except asyncio.CancelledError:
            if self._interrupted and worker.uncancel() <= cancelling:
                self.check()
            raise
        finally:
            self._worker = None

    def stop_watching(self) -> None:
        """Ends what `while_there` began."""
        if self._watch is not None:
            self._watch.cancel()

    async def _wait_until_left(self) -> None:
        while not self.left:
            await self.receive()
        self._end(ClientLeft)

    def _end(self, why: Callable[[], Exception]) -> None:
        if self._why is None:
            self._why = why
            if self._worker is not None:
                self._interrupted = True
                self._worker.cancel()
