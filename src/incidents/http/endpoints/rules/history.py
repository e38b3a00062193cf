"""The history of a rule or mute, page by page."""

import json
from typing import Any

from falcon.asgi import Request

from incidents.core.errors import BadParameter, NotFound
from incidents.core.incident import rfc3339
from incidents.http.message.parameters import check_parameters, id_of, parameter, whole_number
from incidents.rules.store import Row, RulesTable

_LIMIT = 100
_LIMIT_MAX = 1000


async def page_of_history(
    table: RulesTable, req: Request, *, rule: str | None = None, mute: str | None = None
) -> dict[str, Any]:
    """The page that the parameters `limit` and `after` ask for. Raises BadParameter."""
    check_parameters(req, ("limit", "after"))
    limit = whole_number(req, "limit", default=_LIMIT, at_most=_LIMIT_MAX)
    page = await table.history(rule=rule, mute=mute, after=_after(req), limit=limit)
    next_ = None if page.next_ is None else str(page.next_)
    return {"history": [_line(row) for row in page.lines], "next": next_}


def _after(req: Request) -> int | None:
    text = parameter(req, "after")
    if text is None:
        return None
    try:
        return id_of("line of history", text)
    except NotFound as error:
        raise BadParameter("after", "it is the `next` of the page before") from error


def _line(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "rule": row["rule"],
        "at": rfc3339(row["at"]),
        "event": row["kind"],
        "by": json.loads(row["by"]) if row["by"] else {},
        "count": row["count"],
        "incidents": row["ids"],
        "title": row["title"],
        "detail": row["detail"],
        "muted_by": row["muted_by"],
    }
