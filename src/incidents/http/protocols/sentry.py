"""POST /api/{project}/envelope/ and /store/: reports of Sentry's SDKs.

A program that reports to Sentry reports here when its DSN is `https://KEY@HOST/1`, where KEY is an
API key of this server and the project is any number.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs

from falcon.asgi import Request, Response

from incidents.core.errors import NotJSON, OverLimit, Refused
from incidents.core.report.body import read_line
from incidents.http.message.body import check_size, read_body
from incidents.http.message.client import Client
from incidents.http.middleware.rejections import Rejections
from incidents.http.protocols.sentry_envelope import RATE_LIMITS, event_id_of, key_of, read_envelope
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.service import Intake
from incidents.support.metrics.metrics import SENTRY_ITEMS, SENTRY_TYPES
from incidents.support.own_headers import OwnHeaders
from incidents.support.settings import Settings

ENVELOPE = "/api/{project}/envelope/"
STORE = "/api/{project}/store/"

_EVENT = "event"


def sentry_key(scope: Mapping[str, Any]) -> bytes | None:
    """The key of an SDK: in a header of its own, or in the URL if it runs in a browser."""
    headers = dict(scope["headers"])
    for name in (b"x-sentry-auth", b"authorization"):
        if found := key_of(headers.get(name)):
            return found
    values = parse_qs(scope["query_string"]).get(b"sentry_key")
    return values[0] if values else None


class _Events:
    def __init__(self, intake: Intake, settings: Settings, rejections: Rejections) -> None:
        self._intake = intake
        self._rejections = rejections
        self._settings = settings
        self._headers = OwnHeaders(settings)

    @asynccontextmanager
    async def body(self, req: Request) -> AsyncGenerator[tuple[str, bytes]]:
        """The stored headers, and the body; admitted during the block."""
        sent, client = req.scope["headers"], Client.of(req)
        size = check_size(sent)
        headers = self._headers.text(sent, client.key_name)
        async with self._rejections.keeping(client):
            with self._intake.sized_permit() as permit:
                # An SDK uses brotli, without being asked, if its program has the library.
                raw = await read_body(client, permit, self._settings, takes_brotli=True)
                permit.grow(size)
                yield headers, raw


class SentryEnvelopes(_Events):
    """Accepts the events of envelopes; each is an incident, with the event as its body."""

    async def on_post(self, req: Request, resp: Response, project: str) -> None:  # noqa: ARG002
        """Answers as Sentry does, once every event is on disk."""
        async with self.body(req) as (headers, raw):
            envelope = read_envelope(raw)
            for kind, count in envelope.others.items():
                SENTRY_ITEMS.add(count, kind if kind in SENTRY_TYPES else "other")
            pending_writes = await self._store(headers, envelope.events)
        if envelope.others:
            resp.set_header("X-Sentry-Rate-Limits", RATE_LIMITS)
        _answer(resp, envelope.event_id or (_id_of(pending_writes[0]) if pending_writes else None))

    async def _store(self, headers: str, events: list[bytes]) -> list[PendingWrite]:
        """Stores every event that can be stored. Raises the first error of the others."""
        pending_writes, errors = [], []
        for event in events:
            try:
                pending_writes.append(await self._intake.store(headers, read_line(event)))
            except (NotJSON, OverLimit, Refused) as error:
                errors.append(error)
        SENTRY_ITEMS.add(len(pending_writes), _EVENT)
        if errors:
            raise errors[0]
        return pending_writes


class SentryEvents(_Events):
    """The same for SDKs older than envelopes: the body is the event."""

    async def on_post(self, req: Request, resp: Response, project: str) -> None:  # noqa: ARG002
        """Answers as Sentry does, once the event is on disk."""
        async with self.body(req) as (headers, raw):
            pending = await self._intake.store(headers, read_line(raw))
        SENTRY_ITEMS.add(1, _EVENT)
        _answer(resp, _id_of(pending))


def _id_of(pending: PendingWrite) -> str | None:
    return event_id_of(json.loads(pending.incident.body))


def _answer(resp: Response, event_id: str | None) -> None:
    resp.content_type = "application/json"
    resp.text = json.dumps({} if event_id is None else {"id": event_id})
