"""POST /rules/try: when a rule would have fired."""

from datetime import UTC, datetime
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter
from incidents.core.incident import rfc3339
from incidents.http.message.client import Client
from incidents.http.message.json_object import ObjectBodies
from incidents.http.message.parameters import check_parameters
from incidents.rules.rule import check_keys, parse_rule
from incidents.rules.store import RulesTable
from incidents.rules.telling import Entry
from incidents.rules.trial import Trials
from incidents.search.question import parse_time
from incidents.support.admission import ConcurrencyLimit

_SINCE = "7d"
_NAME = "tried"
# Trials in flight in a worker; more are answered 503. Each reads for seconds.
_TRIALS_MAX = 2


class TryRule:
    """Evaluates a rule over what is stored, and changes nothing."""

    def __init__(self, table: RulesTable, trials: Trials, bodies: ObjectBodies) -> None:
        self._table = table
        self._trials = trials
        self._bodies = bodies
        self._limit = ConcurrencyLimit("trials", _TRIALS_MAX, 0)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Takes `{"rule": …, "name": …, "since": "7d"}`."""
        check_parameters(req, ())
        given = await self._bodies.read(Client.of(req))
        check_keys(given, "body", ("rule", "name", "since"), needs=("rule",))
        rule = parse_rule(str(given.get("name", _NAME)), given["rule"])
        if rule.when.kind == "group back":
            raise BadParameter("rule.when", "when groups were resolved in the past is not known")
        now = datetime.now(UTC)
        since = parse_time("since", str(given.get("since", _SINCE)), now)
        with self._limit.permit():
            ids = await self._table.ids_since(since)
            trial = await self._trials.run(rule, ids, since, now, self._table.standing)
        resp.media = {
            "since": rfc3339(since),
            "until": rfc3339(trial.until),
            "complete": trial.is_complete,
            "matches": trial.matches,
            "not_followed": trial.not_followed,
            "history": [_line(each) for each in trial.lines],
        }


def _line(entry: Entry) -> dict[str, Any]:
    return {
        "at": rfc3339(entry.at),
        "event": entry.kind,
        "by": entry.by,
        "count": entry.count,
        "incidents": list(entry.ids),
        "title": entry.title,
    }
