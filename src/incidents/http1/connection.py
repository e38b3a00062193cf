"""A connection: its requests one after another, each answered before the next."""

import asyncio
import logging
from collections import deque
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from incidents.http1.exchange import Exchange
from incidents.http1.head import Address, answer_head
from incidents.http1.requests import Requests

if TYPE_CHECKING:
    from incidents.http1.listener import Listener

log = logging.getLogger(__name__)

# What is read and forgotten behind a refusal, so that its client comes to read it.
_FORGOTTEN_BYTES_MAX = 1024 * 1024


class Connection(asyncio.Protocol):
    """Parses requests, has them answered in order, and keeps within the listener's limits."""

    __slots__ = (
        *("_drain", "_exchange", "_forgotten_bytes", "_is_answering", "_is_reading"),
        *("_listener", "_loop"),
        *("_queue", "_refusal", "_requests", "_task", "_transport", "_waiting_since"),
        *("blocked_since", "is_closing", "is_lost", "left"),
    )

    def __init__(self, listener: "Listener", loop: asyncio.AbstractEventLoop) -> None:
        self._listener = listener
        self._loop = loop
        self._transport = cast("asyncio.Transport", None)
        self._requests = cast("Requests", None)
        # The one that is answered, and those behind it.
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue: deque[Exchange] = deque()
        self._is_answering = False
        self._is_reading = True
        self._drain: asyncio.Future[None] | None = None
        self._refusal: tuple[HTTPStatus, str] | None = None
        self._forgotten_bytes: int | None = None
        self.is_closing = False  # after the answer under way
        self.left = False  # the client says nothing more
        self.is_lost = False  # nor hears anything
        self._waiting_since: float | None = None  # for a request, or for the rest of its head
        self.blocked_since: float | None = None  # the client takes nothing of what is sent

    # What the event loop tells (asyncio.Protocol).

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to wait for a request."""
        self._transport = cast("asyncio.Transport", transport)
        self._requests = Requests(
            self,
            self._listener.limits.head_bytes_max,
            _address(transport.get_extra_info("peername")),
            _address(transport.get_extra_info("sockname")),
            "http" if transport.get_extra_info("ssl_object") is None else "https",
        )
        self._waiting_since = self._loop.time()
        if not self._listener.enter(self):
            self.refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections: try again soon")

    def data_received(self, data: bytes) -> None:
        """Reads what came; a request whose head is whole begins to be answered."""
        if self._forgotten_bytes is not None:
            self._forget(len(data))
            return
        is_first = self._exchange is None and not self._queue and self._requests.is_between
        if is_first and self._read_known(data):
            return
        wrong = self._requests.read(data)
        only = self._queue[0] if is_first and len(self._queue) == 1 else None
        self._answer_queued()
        if only is not None and only.at_end and only.memo is not None:
            self._listener.known_heads.remember(data, only)
        if wrong is not None:
            self.refuse(*wrong)
        elif self._queue or ((under_way := self._requests.under_way) and under_way.is_full):
            self._stop_reading()

    def eof_received(self) -> bool:
        """Whether the client is still to be answered: it may have closed its half alone."""
        self._leave()
        return self._exchange is not None

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Tells everybody who waits."""
        self.is_lost = True
        self._leave()
        self.resume_writing()
        self._listener.leave(self)

    def pause_writing(self) -> None:
        """The client is slow."""
        self.blocked_since = self._loop.time()

    def resume_writing(self) -> None:
        """It has caught up."""
        self.blocked_since = None
        if self._drain is not None and not self._drain.done():
            self._drain.set_result(None)

    # What its requests and their exchanges do.

    def asked(self, exchange: Exchange) -> None:
        """A request more: it is answered behind those that came before."""
        self._waiting_since = None
        self._queue.append(exchange)

    def write(self, data: bytes) -> None:
        """Sends it, sooner or later. Raises ConnectionResetError when the client is gone."""
        if self.is_lost:
            raise ConnectionResetError("the client has left")
        if data:
            self._transport.write(data)

    async def drained(self) -> None:
        """Returns when the client has taken enough. Raises ConnectionResetError."""
        if self.blocked_since is not None:
            self._drain = self._loop.create_future()
            await self._drain
        if self.is_lost:
            raise ConnectionResetError("the client has left")

    def read_on(self) -> None:
        """Reads on, unless a request waits to be answered first."""
        if not self._queue:
            self._resume_reading()

    def answered(self, exchange: Exchange) -> None:
        """The answer is written: the next one's turn."""
        self._exchange = self._task = None
        if not exchange.keep_alive:
            self._end()
        elif self.left or self.is_closing:
            self._transport.close()
        elif self._queue:
            self._answer_queued()
        elif self._refusal is not None:
            self.refuse(*self._refusal)
        else:
            self._waiting_since = self._loop.time()
            self.read_on()

    # What the listener does.

    def stop(self) -> None:
        """Ends the connection as soon as what it asked for is answered."""
        self.is_closing = True
        if self._exchange is None:
            self._transport.close()

    @property
    def head_bytes(self) -> int:
        """What it has brought of a head that is not whole."""
        return self._requests.head_bytes if self._waiting_since is not None else 0

    def cut(self) -> None:
        """Ends it at once."""
        self._transport.abort()

    def check_time(self, now: float) -> None:
        """Ends it when its client is slower than the limits."""
        limits = self._listener.limits
        waiting, blocked = self._waiting_since, self.blocked_since
        if blocked is not None and now - blocked > limits.send_seconds_max:
            self._transport.abort()
        elif waiting is not None and now - waiting > limits.head_seconds_max:
            if self._requests.is_between or self._forgotten_bytes is not None:
                self._transport.abort()
            else:
                why = f"the head did not arrive within {limits.head_seconds_max} s, the limit"
                self.refuse(HTTPStatus.REQUEST_TIMEOUT, why)

    def refuse(self, status: HTTPStatus, why: str) -> None:
        """Answers what is no request, once what came before it is answered, and ends."""
        self._stop_reading()
        if self._requests.under_way is not None:
            self._leave()  # its body is what is wrong, and will never be whole
        elif self._exchange is not None:
            self._refusal = status, why
        else:
            self.is_closing = True
            said, headers, body = self._listener.limits.refuse(status, why)
            head = answer_head(said, headers, len(body), "1.1", keep_alive=False)
            self._transport.write(head.text + body)
            self._end_unread()

    def _read_known(self, data: bytes) -> bool:
        """Whether it is one request whose head was parsed before; then it begins to be answered."""
        found = self._listener.known_heads.find(data)
        if found is None:
            return False
        head, body = found
        # Of this connection are only its ends.
        scope = {**head.scope, **self._requests.ends}
        exchange = Exchange(self, scope, keep_alive=True, expects_continue=False)
        exchange.memo = head.memo
        exchange.body_arrived(body)
        exchange.body_ended()
        self.asked(exchange)
        self._answer_queued()
        return True

    def _answer_queued(self) -> None:
        # An exchange may be answered before `at_once` returns. A loop: were each begun by the end
        # of the one before, thousands of them would be a stack too deep.
        if self._is_answering:
            return
        self._is_answering = True
        while self._queue and self._exchange is None and self._forgotten_bytes is None:
            self._exchange = exchange = self._queue.popleft()
            if not (exchange.at_end and self._listener.at_once(exchange)):
                self._task = self._loop.create_task(self._answer(exchange))
        self._is_answering = False

    async def _answer(self, exchange: Exchange) -> None:
        try:
            await self._listener.application(exchange.scope, exchange.receive, exchange.send)
        except OSError as error:
            log.debug("an answer was cut short: %s", error)
        except Exception:
            log.exception("the application met an error that it does not know")
        finally:
            if not exchange.ended:
                # Its client shall not take a part for the whole.
                self._transport.abort()

    def _end(self) -> None:
        if self._requests.is_between:
            self._transport.close()
        else:
            self._end_unread()

    def _end_unread(self) -> None:
        """Ends; a client that still sends is let go on for a while, and so comes to read why.

        Bytes that nobody reads would break the connection, and the answer with it
        (RFC 9112, section 9.6).
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
        if self._forgotten_bytes > _FORGOTTEN_BYTES_MAX:
            self._transport.abort()

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


def _address(name: object) -> Address:
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
