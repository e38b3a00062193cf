"""POST /gelf: where Graylog's senders report over HTTP (GELF); most of them have no other path.

https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
"""

import json
from functools import partial
from http import HTTPStatus

from falcon.asgi import Request, Response

from incidents.http.body import check_size, read_sniffed_body
from incidents.http.bulk import Bulk
from incidents.http.client import Client
from incidents.incident import Body
from incidents.intake.intake import Intake
from incidents.intake.ticket import Ticket
from incidents.report.body import read_bodies
from incidents.report.media_type import MediaType
from incidents.report.own_headers import OwnHeaders
from incidents.report.query import read_query
from incidents.settings import Settings
from incidents.weight import LIGHT_BYTES_MAX, is_heavy

# A message is JSON, whatever its sender says, if it says anything.
_JSON = MediaType("application/json", None)


class Gelf:
    """Takes a message, or several in lines, as Graylog's bulk receiving does."""

    def __init__(self, intake: Intake, settings: Settings, bulk: Bulk) -> None:
        self._intake = intake
        self._settings = settings
        self._bulk = bulk
        self._headers = OwnHeaders(settings)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Answers 202, as Graylog does, once every message is on disk."""
        client, sent = Client.of(req), req.scope["headers"]
        query = read_query(req.scope["query_string"], self._headers.secret)
        size = check_size(sent, self._settings.header_bytes_max)
        headers = self._headers.text(sent, client.key_name, query.sent)
        with self._intake.permit() as permit:
            raw = await read_sniffed_body(client, permit, self._settings)
            permit.grow(size)
            if heavy := len(raw) > LIGHT_BYTES_MAX and is_heavy(raw):
                permit.count_as_heavy()
            read = partial(read_bodies, raw, _JSON, self._settings.nesting_levels_max, split=False)
            found = await self._intake.read_heavy(read) if heavy else read()
            if found.are_several:
                await self._store_all(client, headers, found.bodies)
            else:
                _tell(resp, await self._intake.store(headers, found.bodies[0]))
        resp.status = HTTPStatus.ACCEPTED

    async def _store_all(self, client: Client, headers: str, bodies: list[Body]) -> None:
        """Stores those that can be. Raises what was wrong with the first other."""
        errors = await self._bulk.store(client, headers, bodies)
        if errors:
            raise errors[0]


def _tell(resp: Response, ticket: Ticket) -> None:
    resp.set_header("Location", f"/incidents/{ticket.known_id}")
    resp.content_type = "application/json"
    resp.text = json.dumps({"hash": ticket.incident.hash.hex()})
