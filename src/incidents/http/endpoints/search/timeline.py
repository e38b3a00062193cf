"""GET and POST /timeline: matches counted by time."""

import json
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

from falcon.asgi import Request

from incidents.core.duration import parse_duration
from incidents.core.errors import BadParameter
from incidents.core.query.normal_form import path_text
from incidents.db.condition import Condition
from incidents.db.query.values import MISSING, OTHER
from incidents.http.endpoints.search.counts import CountResource, error_of, path_of, written
from incidents.http.message.parameters import parameter, whole_number
from incidents.search.counts.axis import BINS_MAX
from incidents.search.counts.timeline import Series, Timeline, Wanted

_BINS = 60
# Nobody tells more colours apart.
SERIES_MAX = 50
_SERIES = 10
_NUMBER = re.compile(r"(\d{1,9})(ms|)", re.ASCII)
_UNITS = {"": "seconds", "ms": "milliseconds"}


class TimelineResource(CountResource):
    """Counts matches by time."""

    parameters = ("bins", "step", "by", "limit")

    async def count(self, req: Request, condition: Condition, seconds: float) -> str:
        """By bin, and by the top values of a field."""
        wanted = _wanted(req)
        timeline = await self._search.timeline(condition, wanted, seconds)
        return _reply(timeline, wanted)


def _wanted(req: Request) -> Wanted:
    step, by = _step(req), path_of(req, "by")
    if step is not None and parameter(req, "bins") is not None:
        raise BadParameter("bins", "either bins or step is needed, not both")
    if by is None and parameter(req, "limit") is not None:
        raise BadParameter("limit", "it is the number of values of by=FIELD, which is missing")
    bins = whole_number(req, "bins", default=_BINS, at_most=BINS_MAX)
    return Wanted(bins, step, by, whole_number(req, "limit", default=_SERIES, at_most=SERIES_MAX))


def _step(req: Request) -> timedelta | None:
    text = parameter(req, "step")
    if text is None:
        return None
    step = None
    with suppress(OverflowError):
        step = _of_number(text) or parse_duration(text)
    if not step:
        raise BadParameter(
            "step", f"a duration such as 30s, 5m or 1h, or seconds, is needed, not {text[:80]!r}"
        )
    return step


def _of_number(text: str) -> timedelta | None:
    """What has no unit is in seconds; Grafana writes 500ms."""
    found = _NUMBER.fullmatch(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def _reply(timeline: Timeline, wanted: Wanted) -> str:
    reply: dict[str, Any] = {
        "since": written(timeline.starts[0]),
        "until": written(timeline.until),
        **error_of(is_estimate=timeline.is_estimate, error=timeline.error),
        "count": sum(timeline.counts),
        "bins": _bins(timeline, timeline),
    }
    if wanted.by is not None:
        reply["by"] = path_text(wanted.by)
        reply["series"] = [_series(timeline, each) for each in timeline.series]
    return json.dumps(reply)


def _series(timeline: Timeline, series: Series) -> dict[str, Any]:
    count = {"count": sum(series.counts), "bins": _bins(timeline, series)}
    if series.kind in (MISSING, OTHER):
        return {"name": f"({series.kind})", "kind": series.kind, **count}
    value = json.loads(series.kind)
    name = value if isinstance(value, str) else series.kind
    return {"name": name, "kind": "value", "value": value, **count}


def _bins(timeline: Timeline, counted: Timeline | Series) -> list[dict[str, Any]]:
    return [
        {"since": written(start), "count": count}
        for start, count in zip(timeline.starts, counted.counts, strict=True)
    ]
