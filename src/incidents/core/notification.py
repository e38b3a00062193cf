"""A notification: what one channel is told, as the rules make it and the outbox stores it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Of one payload as JSON: a bound for the outbox, and for what receivers get.
PAYLOAD_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class NewNotification:
    """For one channel. `payload` is exactly what a webhook gets: `type`, `timestamp`, `data`.

    `rule` is None for what the server says about itself.
    """

    channel: str
    rule: str | None
    payload: Mapping[str, Any]

    @property
    def topic(self) -> str:
        """What it is about: those of one topic are delivered to a channel in their order."""
        data = self.payload["data"]
        return topic_of(data.get("rule"), data.get("by"))

    def to_json(self) -> str:
        """The payload as JSON. Raises ValueError above PAYLOAD_BYTES_MAX, and without its keys."""
        if missing := {"type", "timestamp", "data"} - self.payload.keys():
            raise ValueError(f"a payload has no {', '.join(sorted(missing))}")
        text = json.dumps(self.payload)
        if len(text) > PAYLOAD_BYTES_MAX:
            raise ValueError(f"a payload has {len(text)} bytes; the limit is {PAYLOAD_BYTES_MAX}")
        return text


def topic_of(rule: str | None, by: Mapping[str, str | None] | None) -> str:
    """The topic of notifications about a member of a rule."""
    return json.dumps([rule, by], sort_keys=True)
