"""Prometheus' Alertmanager, as Prometheus itself sends to it (API v2).

https://prometheus.io/docs/alerting/latest/alerts_api/
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from incidents.core.duration import parse_duration
from incidents.core.incident import rfc3339
from incidents.notifications.joined import TYPE as JOINED
from incidents.notifications.message import Message
from incidents.notifications.senders.http_post import Poster

_PATH = "/api/v2/alerts"
_ENDS_AFTER = "30d"
_NO_LABEL = re.compile(r"[^a-zA-Z0-9_]")


class Alertmanager:
    """Sends alerts: firing ones with a far end, resolved ones with theirs."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, fields: Mapping[str, Any], message: Message) -> None:
        """Returns when Alertmanager has taken it. Raises DeliveryFailed."""
        ends_after = parse_duration(fields.get("ends_after", _ENDS_AFTER))
        assert ends_after is not None
        alerts = [alert(each, ends_after) for each in _each(message)]
        headers = {}
        if authorization := fields.get("authorization"):
            headers["Authorization"] = authorization
        url = fields["url"].rstrip("/").removesuffix(_PATH) + _PATH
        await self._poster.post(url, json.dumps(alerts).encode(), headers)


def _each(message: Message) -> Iterator[Message]:
    """What was joined comes as one request, in its order."""
    if message.content["type"] != JOINED:
        yield message
        return
    for each in message.data["notifications"]:
        yield Message(message.id, json.dumps(each))


def alert(message: Message, ends_after: timedelta) -> dict[str, Any]:
    """The alert of a message. Its labels are the same when it is resolved."""
    data, said_at = message.data, datetime.fromisoformat(message.content["timestamp"])
    ends_at = said_at if message.is_resolved else said_at + ends_after
    described = {"summary": message.title, "description": str(data.get("text") or "")}
    return {
        "labels": _labels(message),
        "annotations": {name: value for name, value in described.items() if value},
        "startsAt": data.get("since") or message.content["timestamp"],
        "endsAt": rfc3339(ends_at),
        "generatorURL": data.get("url") or "",
    }


def _labels(message: Message) -> dict[str, str]:
    """The rule, or what the server says of itself, and the values that it is about."""
    kind = str(message.content["type"]).partition(".")[0]
    labels = {"alertname": str(message.data.get("rule") or f"incidents {kind}")}
    for path, value in (message.data.get("by") or {}).items():
        name = _NO_LABEL.sub("_", path)
        name = f"_{name}" if not name or name[0].isdigit() else name
        labels.setdefault(name, value if isinstance(value, str) else json.dumps(value))
    return labels
