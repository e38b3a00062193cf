"""POST /gelf: messages of Graylog's senders (GELF over HTTP), most of which use this path only.

https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
"""

import json
from functools import partial
from http import HTTPStatus

from falcon.asgi import Request, Response

from incidents.core.errors import IncidentsError
from incidents.core.report.body import read_bodies
from incidents.core.report.media_type import MediaType
from incidents.core.report.query import read_query
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.http.message.body import check_size, read_sniffed_body
from incidents.http.message.client import Client
from incidents.http.middleware.rejections import Rejections
from incidents.http.protocols.ndjson import Bulk
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.service import Intake
from incidents.support.own_headers import OwnHeaders
from incidents.support.settings import Settings

# A message is JSON, whatever its Content-Type.
_JSON = MediaType("application/json", None)


class Gelf:
    """Accepts a message, or several in lines, as Graylog's bulk receiving does."""

    def __init__(
        self, intake: Intake, settings: Settings, bulk: Bulk, rejections: Rejections
    ) -> None:
        self._intake = intake
        self._rejections = rejections
        self._settings = settings
        self._bulk = bulk
        self._headers = OwnHeaders(settings)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Answers 202, as Graylog does, once every message is on disk."""
        client = Client.of(req)
        async with self._rejections.keeping(client):
            errors = await self._take(client, req, resp)
        if errors:
            raise errors[0]  # which is stored as rejected already
        resp.status = HTTPStatus.ACCEPTED

    async def _take(self, client: Client, req: Request, resp: Response) -> list[IncidentsError]:
        """The errors of those messages that could not be stored."""
        sent = req.scope["headers"]
        query = read_query(req.scope["query_string"], self._headers.secret)
        size = check_size(sent)
        headers = self._headers.text(sent, client.key_name, query.sent)
        with self._intake.sized_permit() as permit:
            raw = await read_sniffed_body(client, permit, self._settings)
            permit.grow(size)
            if heavy := len(raw) > LIGHT_BYTES_MAX and is_heavy(raw):
                permit.count_as_heavy()
            read = partial(read_bodies, raw, _JSON, self._settings.nesting_levels_max, split=False)
            found = await self._intake.read_heavy(read) if heavy else read()
            if found.are_several:
                return await self._bulk.store(client, headers, found.bodies)
            _tell(resp, await self._intake.store(headers, found.bodies[0]))
        return []


def _tell(resp: Response, pending: PendingWrite) -> None:
    resp.set_header("Location", f"/incidents/{pending.known_id}")
    resp.content_type = "application/json"
    resp.text = json.dumps({"hash": pending.incident.hash.hex()})
