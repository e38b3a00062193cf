"""Many notifications as one message: a channel gets no more messages in a minute than it takes."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents.core.incident import rfc3339

TYPE = "notifications.joined"

# Of one message: what is more waits for the next one.
JOINED_MAX = 100
_BYTES_MAX = 256 * 1024
_TITLES_MAX = 20


def is_joined(payload: str) -> bool:
    """Whether it is such a message already."""
    return bool(json.loads(payload).get("type") == TYPE)


def fitting(payloads: Sequence[str]) -> int:
    """How many of the first ones fit into one message: at least one."""
    size, count = 0, 0
    for each in payloads[:JOINED_MAX]:
        size += len(each)
        if count and (size > _BYTES_MAX or is_joined(each)):
            break
        count += 1
    return count


def joined_payload(notifications: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """The payload of the message: how many, their titles, and each of them whole.

    `notifications` are payloads by message id. Each keeps its id: it may have arrived alone before,
    in a delivery that was not recorded.
    """
    members = [{"id": id_, **json.loads(payload)} for id_, payload in notifications.items()]
    return {
        "type": TYPE,
        "timestamp": rfc3339(now),
        "data": {
            "rule": None,
            "by": None,
            "count": len(members),
            "title": _title(members),
            "text": "\n".join(_titles(members)),
            "incidents": [],
            "url": None,
            "notifications": members,
        },
    }


def _title(members: Sequence[Any]) -> str:
    counts = Counter(each["data"].get("rule") or each["type"] for each in members)
    most = ", ".join(f"{name} {count}" for name, count in counts.most_common(3))
    more = f" and {len(counts) - 3} more" if len(counts) > 3 else ""  # noqa: PLR2004
    return f"{len(members)} notifications: {most}{more}"


def _titles(members: Sequence[Any]) -> list[str]:
    titles = [f"{each['type']}: {each['data'].get('title', '')}" for each in members[:_TITLES_MAX]]
    left = len(members) - len(titles)
    return [*titles, f"and {left} more"] if left else titles
