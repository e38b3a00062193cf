"""/mutes, /mutes/{name}, /mutes/{name}/history: reads and changes mutes."""

import json
from datetime import UTC, datetime
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.errors import NotFound
from incidents.core.incident import rfc3339
from incidents.http.endpoints.rules.history import page_of_history
from incidents.http.message.client import Client
from incidents.http.message.json_object import ObjectBodies
from incidents.http.message.parameters import check_parameters
from incidents.rules.mute import parse_mute
from incidents.rules.rule import check_name
from incidents.rules.store import Row, RulesTable


class Mutes:
    """Lists the mutes, those that last first. One that is over is listed for 30 days."""

    def __init__(self, table: RulesTable) -> None:
        self._table = table

    async def on_get(self, req: Request, resp: Response) -> None:
        """Each with what it held back."""
        check_parameters(req, ())
        resp.media = {"mutes": [_shown(row) for row in await self._table.mutes()]}

    on_head = on_get


class OneMute:
    """Returns, makes, changes and ends one."""

    def __init__(self, table: RulesTable, bodies: ObjectBodies) -> None:
        self._table = table
        self._bodies = bodies

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The mute."""
        check_parameters(req, ())
        resp.media = _shown(await _one(self._table, name))

    on_head = on_get

    async def on_put(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is made. Without `until` it lasts a day from now on."""
        check_parameters(req, ())
        check_name("mutes", name)
        given = await self._bodies.read(Client.of(req))
        is_new = await self._table.put_mute(parse_mute(name, given, datetime.now(UTC)))
        resp.status = 201 if is_new else 200
        resp.media = _shown(await _one(self._table, name))

    async def on_delete(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is over. What it held back and still fires is told once."""
        check_parameters(req, ())
        if not await self._table.delete_mute(name):
            raise _no_mute(name)
        resp.status = 204


class MuteHistory:
    """Returns what a mute held back."""

    def __init__(self, table: RulesTable) -> None:
        self._table = table

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """A page, the newest first."""
        resp.media = await page_of_history(self._table, req, mute=name)

    on_head = on_get


async def _one(table: RulesTable, name: str) -> Row:
    rows = await table.mutes(name)
    if not rows:
        raise _no_mute(name)
    return rows[0]


def _no_mute(name: str) -> NotFound:
    return NotFound(f"there is no mute {name[:80]}; GET /mutes lists those that there are")


def _shown(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "mute": json.loads(row["object"]),
        "until": row["until"] and rfc3339(row["until"]),
        "lasts": row["lasts"],
        "held_back": row["held_back"],
        "holding_back": row["holding_back"],
        "created_at": rfc3339(row["created_at"]),
    }
