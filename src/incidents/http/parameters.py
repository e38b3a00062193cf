"""Parameters of a request's query."""

from datetime import UTC, datetime
from typing import Any

from falcon.asgi import Request

from incidents.errors import BadParameter
from incidents.search.question import parse_time


def parameter(req: Request, name: str) -> str | None:
    """The value of that parameter, or None. Raises BadParameter when it is given twice."""
    values = req.get_param_as_list(name)
    if not values:
        return None
    if len(values) > 1:
        raise BadParameter(name, "it is given more than once; once is right")
    return values[0]


def times(req: Request) -> dict[str, Any]:
    """`since` and `until`, those that are given. Raises BadParameter."""
    now = datetime.now(UTC)
    texts = {name: parameter(req, name) for name in ("since", "until")}
    return {name: parse_time(name, text, now) for name, text in texts.items() if text is not None}
