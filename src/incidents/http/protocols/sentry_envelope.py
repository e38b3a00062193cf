"""Sentry's envelopes, and the responses to SDKs.

https://develop.sentry.dev/sdk/foundations/transport/envelopes/
"""

import json
import re
from typing import Any, NamedTuple

from incidents.core.errors import NotJSON

# SDKs send a handful; more can be sent in several envelopes.
_ITEMS_MAX = 1000
_EVENT = "event"

# Categories that are not stored here. When told, an SDK does not send them for a day.
# https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/
_NOT_TAKEN = (
    *("transaction", "session", "attachment", "monitor", "profile", "profile_chunk", "replay"),
    *("span", "log_item", "log_byte", "trace_metric", "metric", "metric_bucket", "feedback"),
    "internal",  # an SDK's reports of what it dropped
)
RATE_LIMITS = f"86400:{';'.join(_NOT_TAKEN)}:organization:not_taken"

_KEY = re.compile(rb"(?:^|[\s,])sentry_key\s*=\s*([^\s,]+)")


class Envelope(NamedTuple):
    """The id in the envelope's header, its events, and the number of other items by type.

    An event is the text of its payload.
    """

    event_id: str | None
    events: list[bytes]
    others: dict[str, int]


def read_envelope(data: bytes) -> Envelope:
    """The envelope. Raises NotJSON, which says what part of it is invalid."""
    line, at = _line(data, 0)
    event_id = _object(line, "the envelope's header").get("event_id")
    events: list[bytes] = []
    others: dict[str, int] = {}
    count = 0
    while at < len(data):
        line, at = _line(data, at)
        if not line.strip():
            continue
        count += 1
        if count > _ITEMS_MAX:
            raise NotJSON(f"the envelope has more than {_ITEMS_MAX} items, the limit")
        where = f"the header of item {count}"
        header = _object(line, where)
        kind = header.get("type")
        if not isinstance(kind, str):
            raise NotJSON(f"{where} has no type")
        payload, at = _payload(data, at, header.get("length"), where)
        if kind == _EVENT:
            events.append(payload)
        else:
            others[kind] = others.get(kind, 0) + 1
    return Envelope(event_id if isinstance(event_id, str) else None, events, others)


def event_id_of(event: Any) -> str | None:
    """The id in the event itself."""
    id_ = event.get("event_id") if isinstance(event, dict) else None
    return id_ if isinstance(id_, str) else None


def key_of(auth: bytes | None) -> bytes | None:
    """The key in X-Sentry-Auth, or in an Authorization header of that form."""
    if auth is None or auth[:7].lower() != b"sentry ":
        return None
    found = _KEY.search(auth[7:])
    return found[1] if found else None


def _line(data: bytes, at: int) -> tuple[bytes, int]:
    """The line that begins there, and the index of the next one."""
    end = data.find(b"\n", at)
    return (data[at:], len(data)) if end < 0 else (data[at:end], end + 1)


def _payload(data: bytes, at: int, length: Any, where: str) -> tuple[bytes, int]:
    if length is None:
        return _line(data, at)
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise NotJSON(f"{where} has a length that is no number of bytes")
    end = at + length
    if end > len(data):
        raise NotJSON(f"{where} has a length of {length}, but only {len(data) - at} bytes follow")
    if data[end : end + 1] not in (b"", b"\n"):
        raise NotJSON(f"{where} has a length of {length}, and no line ends there")
    return data[at:end], end + 1


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotJSON(f"{where} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotJSON(f"{where} is not a JSON object")
    return value
