"""GET /incidents/{id}: one incident. GET /incidents/{id}/raw: its original bytes."""

import json
import re

from falcon.asgi import Request, Response

from incidents.core.errors import NotFound
from incidents.core.incident import NOT_KEPT, StoredIncident
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, id_of
from incidents.search.search import Search

# A media type that is safe in a header.
_TYPE = re.compile(r"[\x20-\x7e]+/[\x20-\x7e]+")
_UNKNOWN = "application/octet-stream"
# No browser displays, sniffs or runs it, whatever its sender calls it.
_NEVER_SHOWN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox",
}


class Incidents:
    """Returns one incident."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The incident with that id."""
        incident = await _incident(self._search, req, id)
        resp.content_type = "application/json"
        resp.text = incident.to_json()

    on_head = on_get


class RawReports:
    """Returns the original bytes of a report."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The decompressed bytes of that report, with the type that was sent."""
        incident = await _incident(self._search, req, id)
        if incident.raw == NOT_KEPT:
            raise NotFound(
                f"what came of incident {incident.id} is not kept: {_why_not_kept(incident)}; "
                f"GET /incidents/{incident.id} has what is stored"
            )
        resp.data = incident.body.encode() if incident.raw is None else incident.raw
        resp.content_type = _type_of(incident)
        resp.set_headers(_NEVER_SHOWN)
        resp.set_header("Content-Disposition", f'attachment; filename="incident-{incident.id}"')

    on_head = on_get


async def _incident(search: Search, req: Request, id_: str) -> StoredIncident:
    check_parameters(req, ())
    number = id_of("incident", id_)
    with search.permit(Client.of(req).source):
        return await search.incident(number)


def _why_not_kept(incident: StoredIncident) -> str:
    if "protobuf" in _type_of(incident):
        return "it was one of the log records of a message in protobuf"
    return "fields of its body were redacted"


def _type_of(incident: StoredIncident) -> str:
    sent = json.loads(incident.headers).get("Content-Type")
    return sent if isinstance(sent, str) and _TYPE.fullmatch(sent) else _UNKNOWN
