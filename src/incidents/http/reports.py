"""POST /problems: a report comes in, or many in one request.

This path speaks plain ASGI: a framework's share of a report would be larger than any other.
"""

from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, NamedTuple

from incidents.errors import HeadersTooLarge, MethodNotAllowed
from incidents.http.body import is_in_lines, is_one_json_text, read_json_body
from incidents.http.bulk import Bulk
from incidents.http.client import Client, ClientLeft, Send
from incidents.http.errors import Problems
from incidents.http.guard import Guard
from incidents.http.reply import Answer, Reply
from incidents.http1.exchange import Exchange
from incidents.http1.head import date_line
from incidents.incident import headers_text, make_incident, stored_headers
from incidents.intake.intake import Intake
from incidents.intake.ticket import Ticket
from incidents.metrics.metrics import REQUESTS
from incidents.report.secret_headers import SecretHeaders
from incidents.request_id import begin_request
from incidents.room import Place
from incidents.settings import Settings
from incidents.weight import LIGHT_BYTES_MAX, is_heavy

PATH = "/problems"

METHODS = ("POST", "OPTIONS")

# As `answer_head` writes it, but for what is the same each time.
_RECORDED = (
    b"HTTP/1.1 201 Created\r\n%bcontent-type: application/json\r\n"
    b"location: /incidents/%d\r\ncontent-length: 76\r\n\r\n"
    b'{"hash": "%b"}'
)


class _Head(NamedTuple):
    """What a report needs to know of its request's head: the same for the same bytes.

    `text` is the canonical text of what is stored, `size` the bytes of names and values.
    """

    text: str
    size: int
    request_id: bytes | None


class Reports:
    """Takes reports."""

    def __init__(
        self, intake: Intake, settings: Settings, problems: Problems, guard: Guard
    ) -> None:
        self._guard = guard
        self._intake = intake
        self._settings = settings
        self._problems = problems
        self._bulk = Bulk(intake, settings, problems, guard)
        self._secret = SecretHeaders(settings.redacted_headers, settings.kept_headers)

    def at_once(self, exchange: Exchange) -> bool:
        """Whether the exchange, whose request is whole, is one report: then it will be answered.

        Nothing waits here but for the disk. Heavy reports, and all other requests, are `answer`'s.
        """
        scope = exchange.scope
        if scope["path"] != PATH or scope["method"] != "POST" or self._guard.must_wait(scope):
            return False
        begun = perf_counter()
        raw = exchange.whole_body()
        if len(raw) > LIGHT_BYTES_MAX and is_heavy(raw):
            return False
        try:
            head = self._head_of(exchange, raw)
            if head is None:
                return False
            with self._intake.place() as place:
                place.grow(len(raw) + head.size)
                ticket = self._take_in(head.text, raw)
                place.keep()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            _send(exchange, begun, self._problems.of(error).to_answer())
        else:
            ticket.when_settled(partial(self._settled, exchange, begun, place))
        return True

    def _head_of(self, exchange: Exchange, raw: bytes) -> "_Head | None":
        """What is to be known of the head; None when the request is none to be answered at once.

        Whoever sent the same head before is asked for a key again, and for nothing else.
        """
        scope = exchange.scope
        known = exchange.memo
        if isinstance(known, _Head):
            begin_request(known.request_id)
            self._guard.check(scope)
            return known
        client = Client(scope, exchange.receive)
        request_id = client.headers.get(b"x-request-id")
        begin_request(request_id)
        self._guard.check(scope)
        # A page of another origin is told more (allow_origins).
        if b"origin" in client.headers or not is_one_json_text(client, raw, self._settings):
            return None
        size = _check_size(scope["headers"], self._settings.header_bytes_max)
        head = _Head(self._headers(scope), size, request_id)
        exchange.memo = head
        return head

    def _settled(self, exchange: Exchange, begun: float, place: Place, ticket: Ticket) -> None:
        place.leave()
        if ticket.error is not None:
            _send(exchange, begun, self._problems.of(ticket.error).to_answer())
        elif exchange.is_plain:
            _send_recorded(exchange, begun, ticket)
        else:
            _send(exchange, begun, _recorded(ticket))

    async def answer(self, scope: dict[str, Any], client: Client, send: Send) -> None:
        """Answers the request of that scope (ASGI), whatever its method and its fault."""
        reply = Reply(send)
        try:
            await self._take(scope, client, reply)
        except ClientLeft:
            raise
        except Exception as error:
            if reply.begun:
                raise  # the connection is cut, so that its client can tell
            await reply.whole(*self._problems.of(error).to_answer())

    async def _take(self, scope: dict[str, Any], client: Client, reply: Reply) -> None:
        if self._guard.must_wait(scope):
            await self._guard.wait()
        client.grant = self._guard.check(scope)
        if scope["method"] == "OPTIONS":
            allowed = ", ".join(METHODS).encode()
            await reply.whole(200, [(b"content-type", b"text/plain"), (b"allow", allowed)], b"")
        elif scope["method"] != "POST":
            raise MethodNotAllowed(METHODS)
        elif is_in_lines(client):
            _check_size(scope["headers"], self._settings.header_bytes_max)
            await self._bulk.take(client, reply, self._headers(scope))
        else:
            await self._take_one(scope, client, reply)

    async def _take_one(self, scope: dict[str, Any], client: Client, reply: Reply) -> None:
        """Answers when the incident is on disk."""
        with self._intake.permit() as permit:
            raw = await read_json_body(client, permit, self._settings)
            permit.grow(_check_size(scope["headers"], self._settings.header_bytes_max))
            headers = self._headers(scope)
            if len(raw) > LIGHT_BYTES_MAX and is_heavy(raw):
                permit.count_as_heavy()
                ticket = await self._intake.take_heavy(headers, raw)
            else:
                ticket = self._take_in(headers, raw)
            await ticket.settled()
        await reply.whole(*_recorded(ticket))

    def _take_in(self, headers: str, raw: bytes) -> Ticket:
        levels = self._settings.nesting_levels_max
        return self._intake.take(make_incident(headers, raw, datetime.now(UTC), levels))

    def _headers(self, scope: dict[str, Any]) -> str:
        return headers_text(stored_headers(scope["headers"], self._secret))


def _send(exchange: Exchange, begun: float, answer: Answer) -> None:
    try:
        exchange.answer(*answer)
    except ConnectionResetError:  # the client has left
        REQUESTS.left(PATH, "POST")
    else:
        REQUESTS.answered(PATH, "POST", answer[0], perf_counter() - begun)


def _send_recorded(exchange: Exchange, begun: float, ticket: Ticket) -> None:
    hash_ = ticket.incident.hash.hex().encode()
    try:
        exchange.answer_plainly(_RECORDED % (date_line(), ticket.known_id, hash_))
    except ConnectionResetError:  # the client has left
        REQUESTS.left(PATH, "POST")
    else:
        REQUESTS.answered(PATH, "POST", HTTPStatus.CREATED, perf_counter() - begun)


def _recorded(ticket: Ticket) -> Answer:
    return (
        HTTPStatus.CREATED,
        [
            (b"content-type", b"application/json"),
            (b"location", b"/incidents/%d" % ticket.known_id),
        ],
        b'{"hash": "%b"}' % ticket.incident.hash.hex().encode(),
    )


def _check_size(headers: list[tuple[bytes, bytes]], limit: int) -> int:
    size = sum([len(name) + len(value) for name, value in headers])
    if size > limit:
        raise HeadersTooLarge(f"the headers have {size} bytes; at most {limit} are taken")
    return size
