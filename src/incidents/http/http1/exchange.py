"""One request and its answer, as an ASGI application sees them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from incidents.http.http1.head import CONTINUE, Headers, answer_head, has_body

Event = dict[str, Any]

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]],
    Awaitable[None],
]

# In the scope that an application gets: a function that says what has come of the body, and waits
# to be received.
ARRIVED = "incidents.arrived"

# Of a body as much waits for the application; then its client waits.
_BODY_BYTES_MAX = 64 * 1024


class CutShort(ConnectionAbortedError):
    """An application's answer ends here, and is not whole: what it sent arrives, but for its end.

    In HTTP/1.0, which has no other end than the connection's, it may not arrive.
    """


class Wire(Protocol):
    """What an exchange needs of the connection that it is on."""

    left: bool
    is_closing: bool

    def write(self, data: bytes) -> None:
        """Sends it, sooner or later. Raises ConnectionResetError when the client is gone."""

    async def drained(self) -> None:
        """Returns when the client has taken enough. Raises ConnectionResetError."""

    def read_on(self) -> None:
        """Reads on, where something waits to be read."""

    def answered(self, exchange: "Exchange") -> None:
        """The answer is written."""


class Exchange:
    """One request: its body as it arrives, its answer as it is made.

    `receive` and `send` are what ASGI (3.0, spec version 2.4) says of them.
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
        """Whether so much of the body waits that no more should come."""
        return self._bytes >= _BODY_BYTES_MAX

    @property
    def lacks_body(self) -> bool:
        """Whether it is not answered yet, and its body not whole."""
        return not self.at_end and self._status == 0

    def abandon(self) -> None:
        """Ends it for the application, which hears that its client has left."""
        self.ended = True
        self.wake()

    def body_arrived(self, chunk: bytes) -> None:
        """Keeps it until the application asks."""
        self._chunks.append(chunk)
        self._bytes += len(chunk)
        self.wake()

    def body_ended(self) -> None:
        """Nothing follows."""
        self.at_end = self._end_untold = True
        self.wake()

    def wake(self) -> None:
        """Lets `receive` look again."""
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def whole_body(self) -> bytes:
        """All of it that came and that nobody has received."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    async def receive(self) -> Event:
        """What came of the body, or that the client has left."""
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
        """Sends a piece; returns when the client has taken enough of it, but for the last one.

        Raises ConnectionResetError when the client is gone.
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
        """Ends the answer where it is, behind what was sent, if its client can tell by that."""
        if self._in_chunks and not self.ended:  # the last chunk is missing (RFC 9112, section 8)
            self.ended, self.keep_alive = True, False
            self._wire.answered(self)

    @property
    def is_plain(self) -> bool:
        """Whether its answer needs to say nothing of the connection, which stays."""
        return (
            self.keep_alive
            and self.at_end
            and self.scope["http_version"] == "1.1"
            and not self._wire.is_closing
        )

    def answer_plainly(self, answer: bytes) -> None:
        """Answers at once with what goes over the wire, its head and all, if it `is_plain`.

        Raises ConnectionResetError as `send` does.
        """
        self._wire.write(answer)
        self._begun = self.ended = True
        self._wire.answered(self)

    def answer(self, status: int, headers: Headers, body: bytes) -> None:
        """Answers at once. Raises ConnectionResetError as `send` does."""
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
    """RFC 9112, section 7.1; an empty one would be the end."""
    return b"%x\r\n%b\r\n" % (len(body), body) if body else b""
