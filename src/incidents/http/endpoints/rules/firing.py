"""GET /firing: what is wrong now, of all rules."""

from typing import Any

from falcon.asgi import Request, Response

from incidents.core.incident import rfc3339
from incidents.http.endpoints.rules.states import paths_of, shown_state
from incidents.http.message.parameters import check_parameters, whole_number
from incidents.http.message.scope import tell_scope
from incidents.rules.store import RulesTable

_LIMIT = 100
_LIMIT_MAX = 1000


class Firing:
    """Lists what fires and what pends. The page asks it again and again, for its title and bell."""

    def __init__(self, table: RulesTable) -> None:
        self._table = table

    async def on_get(self, req: Request, resp: Response) -> None:
        """How many there are, and the newest of them; how far the evaluation has come."""
        check_parameters(req, ("limit",))
        limit = whole_number(req, "limit", default=_LIMIT, at_most=_LIMIT_MAX)
        overview = await self._table.overview()
        tell_scope(req, resp)
        resp.media = {
            "rules": overview["rules"],
            "rules_firing": overview["rules_firing"],
            "firing": overview["firing"],
            "pending": overview["pending"],
            # Without rules nothing is evaluated.
            "evaluated_until": rfc3339(overview["clock"]) if overview["rules"] else None,
            "now": rfc3339(overview["now"]),
            "states": await self._states(limit)
            if overview["firing"] or overview["pending"]
            else [],
        }

    on_head = on_get

    async def _states(self, limit: int) -> list[dict[str, Any]]:
        rows = await self._table.firing_or_pending(limit)
        paths = {row["rule"]: paths_of(row["rule"], row["wanted"]) for row in rows if row["wanted"]}
        told = await self._table.told(paths.keys())
        return [
            {"rule": name, **shown_state(row, name, paths.get(name, ()), told)}
            for row in rows
            if (name := row["rule"])
        ]
