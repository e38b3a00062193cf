"""Questions that senders ask before they send anything else."""

import json
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, str]
NOTHING: Fields = {}

# What an answer repeats is no longer than this.
_FIELD_CHARACTERS_MAX = 4096
_SLACK = "url_verification"
_EVENT_GRID = "Microsoft.EventGrid.SubscriptionValidationEvent"
_BYTES_MAX = 16 * 1024


def is_handshake_head(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the head says that it may be one."""
    return b"aeg-event-type" in headers


def is_handshake_body(raw: bytes) -> bool:
    """Whether the body says so where no head does. Costs next to nothing."""
    return b"url_verification" in raw


def handshake_reply(body: str) -> Fields:
    """What the answer to this body has beside the hash; nothing where it is no handshake.

    Slack's URL verification wants its `challenge` back, Azure Event Grid `validationCode` as
    `validationResponse`.
    https://docs.slack.dev/reference/events/url_verification
    https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
    """
    if len(body) > _BYTES_MAX or not (_SLACK in body or _EVENT_GRID in body):
        return NOTHING
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return NOTHING  # what is wrong with it is said when it is taken
    if isinstance(value, dict) and value.get("type") == _SLACK:
        return _field("challenge", value.get("challenge"))
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        event, data = value[0], value[0].get("data")
        if event.get("eventType") == _EVENT_GRID and isinstance(data, dict):
            return _field("validationResponse", data.get("validationCode"))
    return NOTHING


def _field(name: str, value: Any) -> Fields:
    if isinstance(value, str) and len(value) <= _FIELD_CHARACTERS_MAX:
        return {name: value}
    return NOTHING
