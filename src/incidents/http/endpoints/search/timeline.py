"""GET and POST /timeline: matches counted by time."""

import json
from datetime import UTC, datetime

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter
from incidents.db.condition import Condition
from incidents.http.endpoints.search.asked import ASKING, Asked
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, parameter
from incidents.http.middleware.authorizer import Authorizer
from incidents.search.search import Search
from incidents.search.timeline import Timeline
from incidents.support.settings import Settings

_PARAMETERS = ("bins", "seconds", *ASKING)
_BINS = 60
# A chart has at most a thousand bars.
BINS_MAX = 1000
# Time to count matches before an estimate is returned: the page feels immediate.
COUNT_SECONDS = 0.2
_DIGITS_MAX = 9


class TimelineResource:
    """Counts matches by time."""

    def __init__(
        self, search: Search, authorizer: Authorizer, settings: Settings, asked: Asked
    ) -> None:
        self._search = search
        self._authorizer = authorizer
        self._settings = settings
        self._asked = asked

    async def on_get(self, req: Request, resp: Response) -> None:
        """Of what the URL asks for."""
        check_parameters(req, _PARAMETERS)
        with self._search.permit(Client.of(req).source):
            await self._reply(req, resp, self._asked.by_url(req))

    async def on_post(self, req: Request, resp: Response) -> None:
        """Of what matches the example in the body, too."""
        check_parameters(req, _PARAMETERS)
        with self._search.permit(Client.of(req).source) as permit:
            async with self._asked.by_body(req, permit) as condition:
                await self._reply(req, resp, condition)

    async def _reply(self, req: Request, resp: Response, condition: Condition) -> None:
        settings = self._settings
        bins = _number(req, "bins", BINS_MAX) or _BINS
        patience = _number(req, "seconds", settings.search_deadline_seconds)
        client = Client.of(req)
        try:
            with self._authorizer.watch(client):
                seconds = patience or COUNT_SECONDS
                timeline = await client.while_there(
                    self._search.timeline(condition, round(bins), seconds)
                )
        finally:
            client.stop_watching()
        resp.content_type = "application/json"
        resp.text = _written(timeline)


def _number(req: Request, name: str, largest: float) -> float | None:
    text = parameter(req, name)
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else 0
    if not 1 <= number <= largest:
        raise BadParameter(
            name, f"a whole number from 1 to {largest:g} is needed, not {text[:80]!r}"
        )
    return number


def _written(timeline: Timeline) -> str:
    bins = [
        {"since": _time(start), "count": count}
        for start, count in zip(timeline.starts, timeline.counts, strict=True)
    ]
    return json.dumps(
        {
            "since": _time(timeline.starts[0]),
            "until": _time(timeline.until),
            "estimate": timeline.estimated,
            "count": sum(timeline.counts),
            "bins": bins,
        }
    )


def _time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
