"""GET /rejected, GET /rejected/{id}: refused reports. POST …/store: stores one after all."""

import json
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter, NotFound, NothingKept
from incidents.core.hashing import canonical
from incidents.core.incident import Body, rfc3339
from incidents.core.report.media_type import media_type
from incidents.core.report.text import read_text
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, id_of, parameter, whole_number
from incidents.http.message.scope import tell_scope
from incidents.ingest.service import Intake
from incidents.rejected.rejection import STATUSES, StoredRejection
from incidents.rejected.store import Locked, RejectedTable
from incidents.search.search import Search
from incidents.support.settings import Settings

_LIMIT = 50
_LIMIT_MAX = 1000
_PARAMETERS = ("limit", "after", "status")

# A header of an incident that was rejected first: its status and reason then.
_WAS_REJECTED = "Incidents-Rejected"


class RejectedReports:
    """Lists rejected reports, the newest first."""

    def __init__(self, table: RejectedTable, search: Search) -> None:
        self._table = table
        self._search = search

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of them, and their number."""
        check_parameters(req, _PARAMETERS)
        limit = whole_number(req, "limit", default=_LIMIT, at_most=_LIMIT_MAX)
        after, status = _after(req), _status(req)
        with self._search.permit(Client.of(req).source):
            page = await self._table.page(limit, after, status)
        shown = ", ".join([each.to_json() for each in page.rejected])
        next_ = json.dumps(None if page.next_ is None else str(page.next_))
        resp.content_type = "application/json"
        tell_scope(req, resp)
        resp.text = f'{{"rejected": [{shown}], "next": {next_}, "count": {page.total}}}'

    on_head = on_get


class OneRejected:
    """Returns one."""

    def __init__(self, table: RejectedTable, search: Search) -> None:
        self._table = table
        self._search = search

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The one with that id."""
        check_parameters(req, ())
        number = id_of("rejected report", id)
        with self._search.permit(Client.of(req).source):
            found = await self._table.one(number)
        if found is None:
            raise _not_there(number)
        resp.content_type = "application/json"
        resp.text = found.to_json()

    on_head = on_get


class StoreRejected:
    """Stores one after all, as a JSON string."""

    def __init__(self, table: RejectedTable, intake: Intake, settings: Settings) -> None:
        self._table = table
        self._intake = intake
        self._redacts_fields = bool(settings.redacted_fields)

    async def on_post(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """Answers when it is on disk. A repeated request gets the same incident."""
        check_parameters(req, ())
        number = id_of("rejected report", id)
        async with self._table.locked(number) as locked:
            if locked is None:
                raise _not_there(number)
            incident_id, hash_ = await self._stored(locked)
        resp.status = 201
        resp.set_header("Location", f"/incidents/{incident_id}")
        resp.content_type = "application/json"
        resp.text = json.dumps({"hash": hash_.hex()})

    async def _stored(self, locked: Locked) -> tuple[int, bytes]:
        """The id and the hash of its incident, which is stored once.

        The hash covers its id. So if the incident was stored but could not be marked, it is found
        by its hash.
        """
        if locked.incident_id is not None and locked.hash is not None:
            return locked.incident_id, locked.hash
        with self._intake.permit() as permit:
            body = self._body(locked.rejection)
            permit.grow(len(body.text))
            incident = self._intake.incident(_headers(locked.rejection), body)
            incident_id = await locked.stored_as(incident.hash)
            if incident_id is None:
                pending = self._intake.take(incident)
                incident_id = await pending.completed()
        await locked.mark(incident_id, incident.hash)
        return incident_id, incident.hash

    def _body(self, rejection: StoredRejection) -> Body:
        raw = rejection.body
        if not raw or self._redacts_fields:
            why = "it was empty" if raw == b"" else "fields of bodies are redacted here"
            raise NothingKept(f"of rejected report {rejection.id} no body can be stored: {why}")
        sent = json.loads(rejection.headers).get("Content-Type", "")
        read = read_text(raw, media_type(sent.encode(errors="replace")).charset)
        return Body(json.dumps(read.text, ensure_ascii=False), raw)


def _headers(rejection: StoredRejection) -> str:
    """The original headers, and what the report was before it became an incident."""
    was: dict[str, Any] = {
        "id": rejection.id,
        "received_at": rfc3339(rejection.received_at),
        "status": rejection.status,
        "truncated": rejection.is_truncated,
    }
    return canonical({**json.loads(rejection.headers), _WAS_REJECTED: was})


def _after(req: Request) -> int | None:
    text = parameter(req, "after")
    if text is None:
        return None
    try:
        return id_of("rejected report", text)
    except NotFound as error:
        raise BadParameter("after", "it is the `next` of the page before") from error


def _status(req: Request) -> int | None:
    text = parameter(req, "status")
    if text is None:
        return None
    if text not in map(str, STATUSES):
        raise BadParameter("status", f"it is one of {', '.join(map(str, STATUSES))}")
    return int(text)


def _not_there(number: int) -> NotFound:
    return NotFound(
        f"there is no rejected report {number}: it was stored, or had to make room for newer ones"
    )
