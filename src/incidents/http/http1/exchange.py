"""One request and its response, as an ASGI application sees them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from incidents.http.http1.head import CONTINUE, Headers, answer_head, has_body

Event = dict[str, Any]

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]],
    Awaitable[None],
]

# A key of the application's scope: a function that returns what arrived of the body and was not
# received yet.
ARRIVED = "incidents.arrived"

# This much of a body is buffered for the application; then the client has to wait.
_BODY_BYTES_MAX = 64 * 1024


class CutShort(ConnectionAbortedError):
    """The application ends its response incomplete: what it sent arrives, without an end.

    In HTTP/1.0, where only the closed connection marks the end, some of it may be lost.
    """


class Wire(Protocol):
    """What an exchange needs of its connection."""

    left: bool
    is_closing: bool

    def write(self, data: bytes) -> None:
        """Sends it, buffered. Raises ConnectionResetError if the client has left."""

    async def drained(self) -> None:
        """Returns when the client has read enough. Raises ConnectionResetError."""

    def read_on(self) -> None:
        """Continues to read if something waits."""

    def answered(self, exchange: "Exchange") -> None:
        """The response is complete."""


class Exchange:
    """One request: its body as it arrives, its response as it is produced.

    `receive` and `send` follow ASGI (3.0, spec version 2.4).
    """

    __slots__ = (
        *("_arrived", "_begun", "_bytes", "_chunks", "_end_untold"),
        *("_expects_continue", "_headers", "_in_chunks", "_status", "_wire"),
        *("at_end", "ended", "keep_alive", "memo", "scope"),
    )

    def __init__(
        self,
        wire: Wire,
        scope: dict[str, Any],
        *,
        keep_alive: bool,
        expects_continue: bool,
    ) -> None:
        self._wire = wire
        self._expects_continue = expects_continue
        self._chunks: list[bytes] = []
        self._bytes = 0
        self._end_untold = False
        self._arrived: asyncio.Future[None] | None = None
        self._status = 0
        self._headers: Headers = []
        self._in_chunks = False
        self.scope = scope
        self.keep_alive = keep_alive
        self.at_end = False  # of the request's body
        # What the application made of the head, and wants to have again with the next that is
        # the same; it says so before it answers.
        self.memo: object = None
        self._begun = False  # the answer
        self.ended = False

    @property
    def is_full(self) -> bool:
        """Whether so much of the body waits that the client has to wait."""
        return self._bytes >= _BODY_BYTES_MAX

    @property
    def lacks_body(self) -> bool:
        """Whether it is not answered yet, and its body is incomplete."""
        return not self.at_end and self._status == 0

    def abandon(self) -> None:
        """Ends it: the application is told that its client has left."""
        self.ended = True
        self.wake()

    def body_arrived(self, chunk: bytes) -> None:
        """Buffers it for the application."""
        self._chunks.append(chunk)
        self._bytes += len(chunk)
        self.wake()

    def body_ended(self) -> None:
        """The body is complete."""
        self.at_end = self._end_untold = True
        self.wake()

    def wake(self) -> None:
        """Makes `receive` check again."""
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def whole_body(self) -> bytes:
        """All of the body that arrived and was not received yet."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    async def receive(self) -> Event:
        """A piece of the body, or that the client has left."""
        if self._expects_continue:
            self._ask_for_body()
        while not (self.ended or self._chunks or self._end_untold):
            if self._wire.left:
                return {"type": "http.disconnect"}
            self._arrived = asyncio.get_running_loop().create_future()
            await self._arrived
        if self.ended:
            return {"type": "http.disconnect"}
        body = self.whole_body()
        self._chunks.clear()
        self._bytes = 0
        self._end_untold = False
        self._wire.read_on()
        return {"type": "http.request", "body": body, "more_body": not self.at_end}

    def _ask_for_body(self) -> None:
        self._expects_continue = False
        if not (self.ended or self._begun or self._chunks or self.at_end):
            self._wire.write(CONTINUE)

    async def send(self, event: Event) -> None:
        """Sends a piece; returns when the client has read enough, unless it is the last.

        Raises ConnectionResetError if the client has left.
        """
        if event["type"] == "http.response.start":
            self._status = event["status"]
            self._headers = event["headers"]
            return
        more = event.get("more_body", False)
        self._write(event.get("body", b""), more=more)
        if more:
            await self._wire.drained()

    def cut_short(self) -> None:
        """Ends the response incomplete, if its client can notice that."""
        if self._in_chunks and not self.ended:  # without its last chunk
            self.ended, self.keep_alive = True, False
            self._wire.answered(self)

    @property
    def is_plain(self) -> bool:
        """Whether its response needs no headers about the connection, which stays open."""
        return (
            self.keep_alive
            and self.at_end
            and self.scope["http_version"] == "1.1"
            and not self._wire.is_closing
        )

    def answer_plainly(self, answer: bytes) -> None:
        """Sends these bytes, headers included, as the whole response, if it `is_plain`.

        Raises ConnectionResetError as `send` does.
        """
        self._wire.write(answer)
        self._begun = self.ended = True
        self._wire.answered(self)

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends a whole response. Raises ConnectionResetError as `send` does."""
        self._status, self._headers = status, headers
        self._write(body, more=False)

    def _write(self, body: bytes, *, more: bool) -> None:
        if self.ended:
            raise ConnectionResetError("it was ended before")
        head = b"" if self._begun else self._begin(None if more else len(body))
        if not has_body(self.scope["method"], self._status):
            body = b""
        elif self._in_chunks:
            body = _chunk(body) + (b"" if more else b"0\r\n\r\n")
        self._wire.write(head + body)
        if not more:
            self.ended = True
            self._wire.answered(self)

    def _begin(self, length: int | None) -> bytes:
        self._begun = True
        stays = self.keep_alive and self.at_end and not self._wire.is_closing
        version = self.scope["http_version"]
        head = answer_head(self._status, self._headers, length, version, keep_alive=stays)
        self._in_chunks, self.keep_alive = head.in_chunks, head.keep_alive
        return head.text


def _chunk(body: bytes) -> bytes:
    """RFC 9112, section 7.1. An empty chunk would mean the end."""
    return b"%x\r\n%b\r\n" % (len(body), body) if body else b""
