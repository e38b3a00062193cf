"""GET /incidents/{id}: one incident."""

from falcon.asgi import Request, Response

from incidents.errors import NotFound
from incidents.http.client import Client
from incidents.search.search import Search

_ID_MAX = 2**63 - 1
_ID_DIGITS_MAX = 19


class Incidents:
    """Shows one incident."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The incident of that id."""
        digits = id.lstrip("0")
        if not (id.isascii() and id.isdigit() and len(digits) <= _ID_DIGITS_MAX):
            raise NotFound(f"there is no incident {id[:40]}: an id is a whole number")
        with self._search.place(Client.of(req).source):
            incident = await self._search.incident(min(int(digits or 0), _ID_MAX))
        resp.content_type = "application/json"
        resp.text = incident.to_json()

    on_head = on_get
