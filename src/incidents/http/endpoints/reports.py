"""POST /problems: one report, or many in one request.

This path is plain ASGI: a framework's share of a report would be larger than any other part.
"""

import json
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any, NamedTuple

from incidents.core import json_text
from incidents.core.errors import Forbidden, IncidentsError, MethodNotAllowed, NotJSON
from incidents.core.incident import Body
from incidents.core.report.body import check_type, read_bodies, utf8_body
from incidents.core.report.handshake import (
    NOTHING,
    Fields,
    handshake_reply,
    is_handshake_body,
    is_handshake_head,
)
from incidents.core.report.media_type import MediaType, media_type
from incidents.core.report.query import Query, read_query
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.http.endpoints.signed_reports import Signed, SignedPlaces
from incidents.http.endpoints.usage import METHODS, echo_token, how_to
from incidents.http.http1.exchange import Exchange
from incidents.http.http1.head import date_line
from incidents.http.message.body import check_size, is_plain_json, read_body
from incidents.http.message.client import Client, ClientLeft, Send
from incidents.http.message.problem_details import Problems, status_of
from incidents.http.message.reply import Answer, Reply
from incidents.http.middleware.authorizer import Authorizer
from incidents.http.middleware.browser import Headers, is_preflight
from incidents.http.middleware.rejections import Rejections
from incidents.http.protocols.ndjson import Bulk
from incidents.ingest.idempotency_key import RequestKey, has_key
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.service import Intake
from incidents.rejected.rejection import STATUSES
from incidents.support.admission import Permit
from incidents.support.metrics.metrics import REQUESTS
from incidents.support.own_headers import OwnHeaders
from incidents.support.request_id import begin_request
from incidents.support.settings import Settings

PATH = "/problems"
# Spellings that senders use.
PATHS = (PATH, "/problems/", "//problems")

# As `answer_head` writes it, except for what is always the same.
_RECORDED = (
    b"HTTP/1.1 201 Created\r\n%bcontent-type: application/json\r\n"
    b"location: /incidents/%d\r\ncontent-length: 76\r\n\r\n"
    b'{"hash": "%b"}'
)


class _Head(NamedTuple):
    """What a report needs of its request's headers; the same for the same bytes.

    `text` is the canonical text that is stored, with the name of the key; `size` the bytes of names
    and values; `headers` are the original ones, by name.
    """

    text: str
    size: int
    headers: Headers
    key_name: str | None


class Reports:
    """Accepts reports."""

    def __init__(
        self,
        intake: Intake,
        settings: Settings,
        problems: Problems,
        authorizer: Authorizer,
        signed: SignedPlaces,
        rejections: Rejections,
    ) -> None:
        self._authorizer = authorizer
        self._rejections = rejections
        self._signed = signed
        self._intake = intake
        self._settings = settings
        self._problems = problems
        self._bulk = Bulk(intake, settings, problems, authorizer, rejections)
        self._headers = OwnHeaders(settings)

    def at_once(self, exchange: Exchange) -> bool:
        """Whether the exchange, whose request is complete, is a plain report; then it is answered.

        It only waits for the disk. `answer` handles heavy reports and all other requests.
        """
        scope = exchange.scope
        if scope["path"] != PATH or scope["method"] != "POST" or self._authorizer.must_wait(scope):
            return False
        begun = perf_counter()
        raw = exchange.whole_body()
        if (len(raw) > LIGHT_BYTES_MAX and is_heavy(raw)) or is_handshake_body(raw):
            return False
        try:
            head = self._head_of(exchange, raw)
            if head is None:
                return False
            with self._intake.permit() as permit:
                permit.grow(len(raw) + head.size)
                pending = self._take_in(head.text, raw)
                permit.keep()
        except NotJSON:
            return False  # it may be valid as something else
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            self._refuse(exchange, begun, error)
        else:
            pending.when_completed(partial(self._completed, exchange, begun, permit))
        return True

    def _refuse(self, exchange: Exchange, begun: float, error: Exception) -> None:
        """Answers with the error, and stores the rejected report if its status is one of those."""
        if isinstance(error, IncidentsError) and status_of(error) in STATUSES:
            client = Client(exchange.scope, exchange.receive)
            with suppress(Forbidden):  # its key was revoked meanwhile
                client.grant = self._authorizer.check(exchange.scope, client.headers)
                self._rejections.keep(client, error, exchange.whole_body())
        _send(exchange, begun, self._problems.of(error).to_answer())

    def _head_of(self, exchange: Exchange, raw: bytes) -> "_Head | None":
        """What is needed of the headers; None if the request cannot be answered at once.

        A client that sent the same headers before is only authorized again.
        """
        scope = exchange.scope
        known = exchange.memo if isinstance(exchange.memo, _Head) else None
        headers = dict(scope["headers"]) if known is None else known.headers
        begin_request(headers.get(b"x-request-id"))
        grant = self._authorizer.check(scope, headers)
        key_name = None if grant is None else grant.name
        # The first key may have been created since.
        if known is not None and known.key_name == key_name:
            return known
        # A page of another origin gets CORS headers
        if b"origin" in headers or not is_plain_json(headers, raw, self._settings):
            return None
        if is_handshake_head(headers) or has_key(headers):
            return None
        query = read_query(scope["query_string"], self._headers.secret)
        if query.split or query.status != HTTPStatus.CREATED:
            return None
        size = check_size(scope["headers"])
        text = self._headers.text(scope["headers"], key_name, query.sent)
        exchange.memo = head = _Head(text, size, headers, key_name)
        return head

    def _completed(
        self, exchange: Exchange, begun: float, permit: Permit, pending: PendingWrite
    ) -> None:
        permit.leave()
        if pending.error is not None:
            self._refuse(exchange, begun, pending.error)
        elif exchange.is_plain:
            _send_recorded(exchange, begun, pending)
        else:
            _send(exchange, begun, _recorded(pending))

    async def answer(self, scope: dict[str, Any], client: Client, send: Send) -> None:
        """Answers the request of that ASGI scope, whatever its method or error."""
        reply = Reply(send)
        try:
            await self._take(scope, client, reply)
        except ClientLeft:
            raise
        except Exception as error:
            if reply.begun:
                raise  # the connection is cut, so that the client notices
            await reply.whole(*self._problems.of(error).to_answer())

    async def _take(self, scope: dict[str, Any], client: Client, reply: Reply) -> None:
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            if is_preflight(client.headers):
                # So that the log says why no report arrives.
                self._authorizer.check_page(scope, client.headers)
            await reply.whole(*how_to(scope["method"], client))
            return
        signed = await self._authorize(scope, client)
        if signed is not None:
            client.signature = signed.outcome
        async with self._rejections.keeping(client):
            await self._take_authorized(scope, client, reply, signed)

    async def _take_authorized(
        self, scope: dict[str, Any], client: Client, reply: Reply, signed: Signed | None
    ) -> None:
        query = read_query(scope["query_string"], self._headers.secret)
        if await echo_token(query, reply):
            return
        kind = media_type(client.headers.get(b"content-type", b""))
        check_type(kind)
        size = check_size(scope["headers"])
        sent = scope["headers"]
        headers = self._headers.text(sent, client.key_name, query.sent, client.signature)
        if kind.is_lines and signed is None:
            await self._bulk.take(client, reply, headers, split=query.split, atomic=query.atomic)
            return
        query = query._replace(split=query.split or kind.is_batch)
        taken = await self._take_one(client, headers, size, kind, signed, query)
        if isinstance(taken, list):
            await self._bulk.take_bodies(client, reply, headers, taken, atomic=query.atomic)
        else:
            await reply.whole(*taken)

    async def _authorize(self, scope: dict[str, Any], client: Client) -> Signed | None:
        """Returns if the client may report; the body, if it had to be read for that."""
        is_signed = scope["path"] != PATH
        if self._authorizer.must_wait(scope):
            await self._authorizer.wait()
        if not is_signed:
            client.grant = self._authorizer.check(scope, client.headers)
        if scope["method"] != "POST":
            raise MethodNotAllowed(METHODS)
        return await self._signed.admit(scope, client) if is_signed else None

    async def _take_one(
        self,
        client: Client,
        headers: str,
        size: int,
        kind: MediaType,
        signed: Signed | None,
        query: Query,
    ) -> list[Body] | Answer:
        """The reply to a single report, once it is on disk; the bodies of any other request."""
        with self._intake.sized_permit() as permit:
            if signed is None:
                raw = await read_body(client, permit, self._settings)
            else:
                raw = signed.raw
                permit.grow(len(raw))
            permit.grow(size)
            heavy = len(raw) > LIGHT_BYTES_MAX and is_heavy(raw)
            if heavy:
                permit.count_as_heavy()
            # The usual case: JSON in UTF-8, parsed only once.
            if not query.split and (body := utf8_body(raw, kind)) is not None:
                with suppress(NotJSON):
                    return await self._store(client, headers, body, query.status)
            levels = self._settings.nesting_levels_max
            read = partial(read_bodies, raw, kind, levels, split=query.split)
            found = await self._intake.read_heavy(read) if heavy else read()
            if found.are_several:
                return found.bodies
            return await self._store(client, headers, found.bodies[0], query.status)

    async def _store(self, client: Client, headers: str, body: Body, status: int) -> Answer:
        more = handshake_reply(body.text)
        if more:
            status = HTTPStatus.OK
        key = RequestKey.of(client.headers, client.source)
        if key is None:
            return _recorded(await self._intake.store(headers, body), status, more)
        return _recorded(*await self._intake.store_once(key, headers, body, status), more)

    def _take_in(self, headers: str, raw: bytes) -> PendingWrite:
        return self._intake.take(self._intake.incident(headers, Body(json_text.decode(raw))))


def _send(exchange: Exchange, begun: float, answer: Answer) -> None:
    try:
        exchange.answer(*answer)
    except ConnectionResetError:  # the client has left
        REQUESTS.left(PATH, "POST")
    else:
        REQUESTS.answered(PATH, "POST", answer[0], perf_counter() - begun)


def _send_recorded(exchange: Exchange, begun: float, pending: PendingWrite) -> None:
    hash_ = pending.incident.hash.hex().encode()
    try:
        exchange.answer_plainly(_RECORDED % (date_line(), pending.known_id, hash_))
    except ConnectionResetError:  # the client has left
        REQUESTS.left(PATH, "POST")
    else:
        REQUESTS.answered(PATH, "POST", HTTPStatus.CREATED, perf_counter() - begun)


def _recorded(
    pending: PendingWrite, status: int = HTTPStatus.CREATED, more: Fields = NOTHING
) -> Answer:
    location = b"/incidents/%d" % pending.known_id
    told = json.dumps({"hash": pending.incident.hash.hex(), **more}).encode()
    return status, [(b"content-type", b"application/json"), (b"location", location)], told
