"""Incoming webhooks of Slack, and of those that take the same (Mattermost, Discord, Rocket.Chat).

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json
from collections.abc import Mapping
from typing import Any

from incidents.notifications.message import Message
from incidents.notifications.senders.http_post import Poster

# Discord takes no more than 2,000 characters.
_CHARACTERS_MAX = 1900
# https://docs.slack.dev/messaging/formatting-message-text#escaping
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Behind an @: what an incident contains calls nobody (@everyone, @channel).
_ZERO_WIDTH_SPACE = "\u200b"


class Slack:
    """Sends title, text and link as one text."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, fields: Mapping[str, Any], message: Message) -> None:
        """Returns when the receiver has answered 2xx. Raises DeliveryFailed."""
        text = "\n".join(each for each in (f"*{message.title}*", message.text) if each)
        body = json.dumps({"text": harmless(text[:_CHARACTERS_MAX])}).encode()
        await self._poster.post(fields["url"], body, {})


def harmless(text: str) -> str:
    """The text, in which nothing is a command, a mention or a hidden link."""
    escaped = "".join(_ESCAPES.get(each, each) for each in text)
    return escaped.replace("@", f"@{_ZERO_WIDTH_SPACE}")
