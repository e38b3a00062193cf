"""Whether the client of a request is still there."""

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
    """Nobody is left to answer."""


def sender(send: Send, seconds_max: float, client: "Client") -> Send:
    """Sends to the client as `send` does.

    Raises ClientLeft when the client is gone, or farther behind than so many seconds.
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
    """Who sent a request: what its headers say, its body as it arrives, and whether it is there.

    `headers` are by their lower-case names; of a header that came twice the last. `grant` is what
    the guard found of its key; None where none is needed. `pace` says how fast it takes a long
    answer.
    """

    def __init__(self, scope: dict[str, Any], receive: Receive) -> None:
        self.headers: dict[bytes, bytes] = dict(scope["headers"]) if "headers" in scope else {}
        scope[_KEY] = self
        self._scope = scope
        self._receive = receive
        self._has_begun = False
        self._watch: asyncio.Task[None] | None = None
        self._worker: asyncio.Task[Any] | None = None  # what it goes on in `while_there`
        self._interrupted = False
        self._why: Callable[[], Exception] | None = None  # nothing more is answered
        self.grant: Grant | None = None
        self.pace: Pace | None = None
        self.left = False
        self.signature: str | None = None  # what the server found of it, if it looked
        # The body, once it is whole and unpacked.
        self.body: bytes | None = None
        self._first: list[bytes] = []  # of it, as it came
        self._first_bytes = 0
        self._has_received = False

    @classmethod
    def of(cls, req: Request) -> "Client":
        """The client of that request."""
        return cast("Client", req.scope[_KEY])

    @property
    def source(self) -> bytes | None:
        """Whose share of what is bounded it takes: its key's; None where none is needed."""
        return None if self.grant is None else self.grant.hash

    @property
    def key_name(self) -> str | None:
        """The name of the key that it came with; None where none is needed."""
        return None if self.grant is None else self.grant.name

    @property
    def scope(self) -> Mapping[str, Any]:
        """The scope of its request (ASGI)."""
        return self._scope

    def values(self, name: bytes) -> list[bytes]:
        """The values of that header, in the order they came."""
        return [value for each, value in self._scope.get("headers", ()) if each == name]

    @property
    def content_length(self) -> int | None:
        """How long the body is, where its header says so."""
        length = self.headers.get(b"content-length", b"")
        return int(length) if length.isdigit() else None

    async def receive(self) -> dict[str, Any]:
        """The next event of the request (ASGI)."""
        event = await self._receive()
        self._has_received = True
        if event["type"] == "http.disconnect":
            self.left = True
        return event

    async def begin(self) -> dict[str, Any]:
        """`receive`, for a framework that waits for an event before it looks at the request.

        That one has nothing of the body. So who may not ask, and what is not taken, is answered
        before any of it is read, or asked for (Expect: 100-continue).
        """
        if self._has_begun:
            return await self.receive()
        self._has_begun = True
        return {"type": "http.request", "body": b"", "more_body": True}

    async def chunks(self) -> AsyncGenerator[bytes]:
        """The body as it arrives.

        Raises CutOff when the client leaves before the end. (Falcon's own stream takes that
        for the end.)
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
        """What has come of the body, at least the first KEPT_BYTES; and whether that is all.

        It is unpacked if it is whole.
        """
        if self.body is not None:
            return self.body, True
        arrived: Callable[[], bytes] | None = self._scope.get(ARRIVED)
        found = b"".join(self._first) + (arrived() if arrived and not self.left else b"")
        return found, len(found) == self.content_length or not self.has_body

    async def wait_for_body(self, seconds: float) -> None:
        """Returns when something of the body has come, or cannot: it was not asked for, or is late.

        For a request that is answered by its head, so that it can be seen what it was.
        """
        expects = b"expect" in self.headers
        if self._has_received or expects or not self.has_body or self.body_so_far()[0]:
            return
        with suppress(TimeoutError, CutOff):
            async with asyncio.timeout(seconds), aclosing(self.chunks()) as chunks:
                await anext(chunks, None)

    @property
    def has_body(self) -> bool:
        """Whether the head says that there is a body."""
        return bool(self.content_length) or b"transfer-encoding" in self.headers

    def revoke(self) -> None:
        """Ends what is answered: the key was revoked, or the login has expired.

        A piece that the client does not take ends when this is called once more.
        """
        if self._why is None:
            self._end(partial(KeyNeeded, "the key was revoked, or the login has expired"))
        elif self.pace is not None:
            self.pace.cut()

    def check(self) -> None:
        """Returns while there is somebody to be answered. Raises ClientLeft, or KeyNeeded."""
        if self._why is not None:
            raise self._why() from None

    async def while_there(self, work: Awaitable[T]) -> T:
        """What `work` returns. Cancels it and raises ClientLeft when the client leaves first.

        Raises KeyNeeded likewise when its key is revoked.

        For use once the body was read: it waits for what comes behind. (The work goes on in the
        caller's own task: to wait for another takes several rounds of the loop, which are long
        while reports come in.)
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
