"""A connection: its requests are answered one after another."""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol, cast

from incidents.http.http1.exchange import ARRIVED, Application, CutShort, Exchange
from incidents.http.http1.head import answer_head, ends_of
from incidents.http.http1.known import KnownHeads
from incidents.http.http1.limits import Limits
from incidents.http.http1.requests import Requests

log = logging.getLogger(__name__)


class Owner(Protocol):
    """What a connection needs of its listener."""

    application: Application
    at_once: Callable[[Exchange], bool]
    limits: Limits
    known_heads: KnownHeads

    def enter(self, connection: "Connection") -> bool:
        """Counts the connection. Whether it may send requests."""

    def leave(self, connection: "Connection") -> None:
        """Removes the connection."""


class Connection(asyncio.Protocol):
    """Parses requests, has them answered in order, and enforces the listener's limits."""

    __slots__ = (
        *("_body_since", "_drain", "_exchange", "_forgotten_bytes", "_is_answering"),
        *("_is_reading", "_loop", "_owner", "_queue", "_refusal", "_requests", "_task"),
        *("_transport", "_waiting_since", "blocked_since", "is_closing", "is_lost", "left"),
    )

    def __init__(self, owner: Owner, loop: asyncio.AbstractEventLoop) -> None:
        self._owner = owner
        self._loop = loop
        self._transport = cast("asyncio.Transport", None)
        self._requests = cast("Requests", None)
        # The exchange being answered; the next ones are in the queue of `_requests`.
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_answering = False
        self._is_reading = True
        self._drain: asyncio.Future[None] | None = None
        self._refusal: tuple[HTTPStatus, str] | None = None
        self._forgotten_bytes: int | None = None
        self.is_closing = False  # after the current response
        self.left = False  # the client has closed its side
        self.is_lost = False  # and cannot receive anything
        self._waiting_since: float | None = None  # for a request, or for the rest of its headers
        self._body_since = 0.0  # since when the rest of a body is awaited
        self.blocked_since: float | None = None  # since when the client has not read

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts to wait for a request."""
        self._transport = cast("asyncio.Transport", transport)
        ends = ends_of(transport)
        self._requests = Requests(self, self._owner.limits.head_bytes_max, ends)
        self._queue = self._requests.queue
        self._waiting_since = self._loop.time()
        if not self._owner.enter(self):
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: try again soon")

    def data_received(self, data: bytes) -> None:
        """Parses the data; a request with complete headers begins to be answered."""
        if self._forgotten_bytes is not None:
            self._forget(len(data))
            return
        is_first = self._exchange is None and self._requests.is_between
        if is_first and self._requests.read_known(data, self._owner.known_heads):
            self._answer_queued()
            return
        wrong = self._requests.read(data)
        only = self._queue[0] if is_first and len(self._queue) == 1 else None
        self._answer_queued()
        if only is not None and only.at_end and only.memo is not None:
            self._owner.known_heads.remember(data, only)
        if wrong is not None:
            self.refuse(*wrong)
        elif not self._may_read:
            self._stop_reading()

    def eof_received(self) -> bool:
        """Whether to keep the connection: the client may have closed only its side."""
        self._leave()
        return self._exchange is not None

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Tells everything that waits."""
        self.is_lost = True
        self._leave()
        self.resume_writing()
        self._owner.leave(self)

    def pause_writing(self) -> None:
        """The client reads slowly."""
        self.blocked_since = self._loop.time()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.blocked_since = None
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    # Called by its requests and exchanges.

    def write(self, data: bytes) -> None:
        """Sends it, buffered. Raises ConnectionResetError if the client has left."""
        if self.is_lost:
            raise ConnectionResetError("the client has left")
        if data:
            self._transport.write(data)

    async def drained(self) -> None:
        """Returns when the client has read enough. Raises ConnectionResetError."""
        if self.blocked_since is not None:
            self._drain = self._loop.create_future()
            await self._drain
        if self.is_lost:
            raise ConnectionResetError("the client has left")

    def read_on(self) -> None:
        """Continues to read, unless earlier data still waits."""
        if self._may_read:
            self._resume_reading()

    def answered(self, exchange: Exchange) -> None:
        """The response is complete: the next request is answered."""
        self._exchange = self._task = None
        if not exchange.keep_alive:
            self._end()
        elif self._queue and not self.is_closing:
            self._answer_queued()
            self.read_on()
        elif self.left or self.is_closing:
            self._transport.close()
        elif self._refusal is not None:
            self.refuse(*self._refusal)
        else:
            self._waiting_since = self._loop.time()
            self.read_on()

    # Called by the listener.

    def stop(self) -> None:
        """Ends the connection as soon as its current requests are answered."""
        self.is_closing = True
        if self._exchange is None:
            self._transport.close()

    @property
    def head_bytes(self) -> int:
        """The bytes of incomplete headers."""
        return self._requests.head_bytes if self._waiting_since is not None else 0

    def cut(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def check_time(self, now: float) -> None:
        """Ends the connection if its client is slower than the limits."""
        limits = self._owner.limits
        waiting, blocked = self._waiting_since, self.blocked_since
        if blocked is not None and now - blocked > limits.send_seconds_max:
            self._transport.abort()
        elif waiting is not None:
            self._check_waiting(now - waiting, limits)
        elif self._lacks_body and now - self._body_since > limits.body_seconds_max:
            why = f"the body did not arrive within {limits.body_seconds_max} s, the limit"
            self.refuse(HTTPStatus.REQUEST_TIMEOUT, why)

    @property
    def _lacks_body(self) -> bool:
        exchange = self._exchange
        return exchange is not None and exchange.lacks_body and self._is_reading

    def _check_waiting(self, seconds: float, limits: Limits) -> None:
        if self._forgotten_bytes is not None:
            if seconds > limits.refused_seconds_max:
                self._transport.abort()
        elif seconds > limits.head_seconds_max:
            if self._requests.is_between:
                self._transport.abort()
            else:
                why = f"the head did not arrive within {limits.head_seconds_max} s, the limit"
                self.refuse(HTTPStatus.REQUEST_TIMEOUT, why)

    def refuse(self, status: HTTPStatus, why: str) -> None:
        """Answers a malformed request, once those before it are answered, and ends the connection.

        The same for a request with a wrong or late body that is not answered yet.
        """
        self._stop_reading()
        broken = self._requests.under_way
        if broken is not None and broken is self._exchange:
            if not broken.lacks_body:
                self._leave()  # a part was sent: the application ends it, or cuts it
                return
            broken.abandon()
            self._exchange = self._task = None
        elif broken is not None:
            self._queue.remove(broken)
        self._requests.under_way = None
        if self._exchange is not None:
            self._refusal = status, why
            return
        self.is_closing = True
        said, headers, body = self._owner.limits.refuse(status, why)
        head = answer_head(said, headers, len(body), "1.1", keep_alive=False)
        self._transport.write(head.text + body)
        self._end_unread()

    def _answer_queued(self) -> None:
        # An exchange may be answered before `at_once` returns. A loop, because starting each
        # request at the end of the one before would overflow the stack after thousands.
        if self._is_answering:
            return
        self._is_answering = True
        while self._queue and self._exchange is None and self._forgotten_bytes is None:
            self._exchange = exchange = self._queue.popleft()
            self._waiting_since = None
            if not (exchange.at_end and self._owner.at_once(exchange)):
                self._body_since = self._loop.time()
                self._task = self._loop.create_task(self._answer(exchange))
        self._is_answering = False

    async def _answer(self, exchange: Exchange) -> None:
        try:
            exchange.scope[ARRIVED] = exchange.whole_body
            await self._owner.application(exchange.scope, exchange.receive, exchange.send)
        except CutShort:
            exchange.cut_short()
        except OSError as error:
            log.debug("an answer was cut short: %s", error)
        except Exception:
            log.exception("the application met an unknown error")
        finally:
            del exchange.scope[ARRIVED]  # no reference cycle is left
            if not exchange.ended:
                # The client must not take a part for the whole.
                self._transport.abort()

    def _end(self) -> None:
        if self._requests.is_between:
            self._transport.close()
        else:
            self._end_unread()

    def _end_unread(self) -> None:
        """Ends the connection, but first lets a client that still sends read the response.

        Unread data would reset the connection, and the response would be lost (RFC 9112, section
        9.6).
        """
        if self.left or self._transport.is_closing():
            self._transport.close()
            return
        self._transport.write_eof()
        self._forgotten_bytes = 0
        self._waiting_since = self._loop.time()
        self._resume_reading()

    def _forget(self, count: int) -> None:
        assert self._forgotten_bytes is not None
        self._forgotten_bytes += count
        if self._forgotten_bytes > self._owner.limits.refused_bytes_max:
            self._transport.abort()

    @property
    def _may_read(self) -> bool:
        """Whether nothing waits that was read: a request to answer, or much of a body."""
        under_way = self._requests.under_way
        return not self._queue and (under_way is None or not under_way.is_full)

    def _leave(self) -> None:
        self.left = True
        for each in (self._exchange, *self._queue):
            if each is not None:
                each.wake()

    def _resume_reading(self) -> None:
        if not self._is_reading and not self._transport.is_closing():
            self._is_reading = True
            self._transport.resume_reading()

    def _stop_reading(self) -> None:
        if self._is_reading and not self._transport.is_closing():
            self._is_reading = False
            self._transport.pause_reading()
