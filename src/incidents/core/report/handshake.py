"""Handshakes: requests by which senders verify an endpoint before they use it."""

import json
from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, str]
NOTHING: Fields = {}

# The longest value that a reply repeats.
_FIELD_CHARACTERS_MAX = 4096
_SLACK = "url_verification"
_EVENT_GRID = "Microsoft.EventGrid.SubscriptionValidationEvent"
_BYTES_MAX = 16 * 1024


def is_handshake_head(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the headers allow that the request is a handshake."""
    return b"aeg-event-type" in headers


def is_handshake_body(raw: bytes) -> bool:
    """Whether the body is a handshake that has no header of its own. Costs next to nothing."""
    return b"url_verification" in raw


def handshake_reply(body: str) -> Fields:
    """The fields that the reply to this body has beside the hash; none if it is not a handshake.

    Slack's URL verification expects its `challenge` back, Azure Event Grid its `validationCode` as
    `validationResponse`.

    https://docs.slack.dev/reference/events/url_verification
    https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
    """
    if len(body) > _BYTES_MAX or not (_SLACK in body or _EVENT_GRID in body):
        return NOTHING
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return NOTHING  # reported later, when the incident is made
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
