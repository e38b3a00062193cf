"""A webhook with the signature of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from time import time
from typing import Any

from incidents.notifications.message import Message
from incidents.notifications.senders.http_post import Poster


class Webhook:
    """Sends the payload as it is in the outbox."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster

    async def send(self, fields: Mapping[str, Any], message: Message) -> None:
        """Returns when the receiver has answered 2xx. Raises DeliveryFailed."""
        body = message.payload.encode()
        headers = signed(fields["secret"], message.id, int(time()), body)
        if authorization := fields.get("authorization"):
            headers["Authorization"] = authorization
        await self._poster.post(fields["url"], body, headers)


def signed(secret: str, id_: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove who sent it, and when. `timestamp` is Unix time."""
    key = b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{id_}.{timestamp}.".encode() + body, sha256)
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{b64encode(mac).decode()}",
    }
