"""Questions that senders ask before they send anything else."""

from typing import Any

# What an answer repeats is no larger than this.
_FIELD_CHARACTERS_MAX = 4096


def handshake_reply(body: Any) -> dict[str, str]:
    """What the answer to this body has beside the hash; nothing where it is no handshake.

    Slack's URL verification wants its `challenge` back, Azure Event Grid `validationCode` as
    `validationResponse`.
    https://docs.slack.dev/reference/events/url_verification
    https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema
    """
    if isinstance(body, dict) and body.get("type") == "url_verification":
        return _field("challenge", body.get("challenge"))
    if isinstance(body, list) and len(body) == 1 and isinstance(body[0], dict):
        event = body[0]
        data = event.get("data")
        if event.get("eventType") == _EVENT_GRID and isinstance(data, dict):
            return _field("validationResponse", data.get("validationCode"))
    return {}


_EVENT_GRID = "Microsoft.EventGrid.SubscriptionValidationEvent"


def _field(name: str, value: Any) -> dict[str, str]:
    if isinstance(value, str) and len(value) <= _FIELD_CHARACTERS_MAX:
        return {name: value}
    return {}
