"""/rules, /rules/{name}, /rules/{name}/history: reads and changes rules."""

import json
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.errors import NotFound
from incidents.core.incident import rfc3339
from incidents.http.endpoints.rules.history import page_of_history
from incidents.http.endpoints.rules.states import paths_of, shown_state
from incidents.http.message.client import Client
from incidents.http.message.json_object import ObjectBodies
from incidents.http.message.parameters import check_parameters
from incidents.rules.rule import check_name, parse_rule
from incidents.rules.store import Row, RulesTable

_NOTIFICATIONS_SHOWN = 100


class Rules:
    """Lists the rules, those that fire first."""

    def __init__(self, table: RulesTable) -> None:
        self._table = table

    async def on_get(self, req: Request, resp: Response) -> None:
        """Each with the numbers of its states."""
        check_parameters(req, ())
        shown = [_shown(row) for row in await self._table.rules()]
        resp.media = {"rules": shown, "firing": sum(each["firing"] for each in shown)}

    on_head = on_get


class OneRule:
    """Returns, makes, changes and deletes one."""

    def __init__(self, table: RulesTable, bodies: ObjectBodies) -> None:
        self._table = table
        self._bodies = bodies

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The rule and its states."""
        check_parameters(req, ())
        row = await _one(self._table, name)
        paths, told = paths_of(name, row["wanted"]), await self._table.told([name])
        rows = await self._table.states(name)
        states = [shown_state(each, name, paths, told) for each in rows]
        resp.media = {**_shown(row), "states": states}

    on_head = on_get

    async def on_put(self, req: Request, resp: Response, name: str) -> None:
        """Answers when the rule holds for everything that is reported from now on."""
        check_parameters(req, ())
        check_name("rules", name)
        rule = parse_rule(name, await self._bodies.read(Client.of(req)))
        is_new = await self._table.put(rule)
        resp.status = 201 if is_new else 200
        resp.media = _shown(await _one(self._table, name))

    async def on_delete(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is deleted. What it has firing is resolved."""
        check_parameters(req, ())
        if not await self._table.delete(name):
            raise _no_rule(name)
        resp.status = 204


class RuleHistory:
    """Returns what a rule did."""

    def __init__(self, table: RulesTable) -> None:
        self._table = table

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """A page, the newest first; also of a rule that was deleted, for as long as it is kept."""
        page = await page_of_history(self._table, req, rule=name)
        if not req.has_param("after"):
            told = await self._table.notifications(name, _NOTIFICATIONS_SHOWN)
            page["notifications"] = [_notification(row) for row in told]
        resp.media = page

    on_head = on_get


def _notification(row: Row) -> dict[str, Any]:
    times = {name: row[name] and rfc3339(row[name]) for name in ("created_at", "sent_at")}
    names = ("id", "message_id", "channel", "state", "attempts", "last_error", "type", "title")
    return {**{name: row[name] for name in names}, **times}


async def _one(table: RulesTable, name: str) -> Row:
    rows = await table.rules(name)
    if not rows:
        raise _no_rule(name)
    return rows[0]


def _no_rule(name: str) -> NotFound:
    return NotFound(f"there is no rule {name[:80]}; GET /rules lists those that there are")


def _shown(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "rule": json.loads(row["wanted"]),
        "firing": row["firing"],
        "since": row["since"] and rfc3339(row["since"]),
        "muted": row["muted"],
        "pending": row["pending"],
        "members": row["members"],
        "applied": row["is_applied"],
        "not_followed": row["not_followed"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
    }
