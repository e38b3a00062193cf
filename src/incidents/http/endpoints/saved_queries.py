"""GET /queries; GET, PUT, DELETE /queries/{name}: query lines with a name."""

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter, NotFound
from incidents.http.message.client import Client
from incidents.http.message.json_object import ObjectBodies
from incidents.http.message.parameters import check_parameters
from incidents.saved_queries.store import SavedQueries


class AllQueries:
    """Lists the saved queries."""

    def __init__(self, store: SavedQueries) -> None:
        self._store = store

    async def on_get(self, req: Request, resp: Response) -> None:
        """All of them, by name."""
        check_parameters(req, ())
        resp.media = {"queries": [each.to_object() for each in await self._store.all()]}

    on_head = on_get


class OneQuery:
    """Shows, stores and deletes one."""

    def __init__(self, store: SavedQueries, bodies: ObjectBodies) -> None:
        self._store = store
        self._bodies = bodies

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The one of that name."""
        check_parameters(req, ())
        found = await self._store.one(name)
        if found is None:
            raise _not_there(name)
        resp.media = found.to_object()

    on_head = on_get

    async def on_put(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is on disk, with the saved query."""
        check_parameters(req, ())
        client = Client.of(req)
        said = await self._bodies.read(client)
        if unknown := said.keys() - {"query"}:
            raise BadParameter(min(unknown)[:40], "unknown; known is query")
        await self._store.put(name, said.get("query"), client.key_name)
        await self.on_get(req, resp, name)

    async def on_delete(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is gone."""
        check_parameters(req, ())
        if not await self._store.delete(name):
            raise _not_there(name)
        resp.status = 204


def _not_there(name: str) -> NotFound:
    return NotFound(f"there is no saved query {name[:80]}; GET /queries lists those that there are")
