"""GET /channels; GET, PUT, DELETE /channels/{name}; POST /channels/{name}/test."""

import json
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.errors import NotFound
from incidents.core.incident import rfc3339
from incidents.http.message.client import Client
from incidents.http.message.json_object import ObjectBodies
from incidents.http.message.parameters import check_parameters
from incidents.notifications.channel_store import ChannelStore
from incidents.notifications.message import Message
from incidents.notifications.outbox import new_message_id
from incidents.notifications.senders.senders import Senders
from incidents.support.admission import ConcurrencyLimit

# Tests in flight in a worker; more are answered 503.
_TESTS_MAX = 4


class AllChannels:
    """Lists the channels."""

    def __init__(self, store: ChannelStore) -> None:
        self._store = store

    async def on_get(self, req: Request, resp: Response) -> None:
        """All of them, without secrets, and how each fares."""
        check_parameters(req, ())
        resp.media = {"channels": [each.to_object() for each in await self._store.all()]}

    on_head = on_get


class OneChannel:
    """Shows, stores and deletes a channel."""

    def __init__(self, store: ChannelStore, bodies: ObjectBodies) -> None:
        self._store = store
        self._bodies = bodies

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """The channel without its secrets, and how it fares."""
        check_parameters(req, ())
        found = await self._store.one(name)
        if found is None:
            raise _not_there(name)
        resp.media = found.to_object()

    on_head = on_get

    async def on_put(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is on disk, with the channel. A secret `[redacted]` stays as it is."""
        check_parameters(req, ())
        await self._store.put(name, await self._bodies.read(Client.of(req)))
        await self.on_get(req, resp, name)

    async def on_delete(self, req: Request, resp: Response, name: str) -> None:
        """Answers when it is gone. What waits for it becomes dead letters."""
        check_parameters(req, ())
        if not await self._store.delete(name):
            raise _not_there(name)
        resp.status = 204


class ChannelTests:
    """Sends a message through a channel at once."""

    def __init__(self, store: ChannelStore, senders: Senders) -> None:
        self._store = store
        self._senders = senders
        self._limit = ConcurrencyLimit("changes", _TESTS_MAX, 1)

    async def on_post(self, req: Request, resp: Response, name: str) -> None:
        """Answers when the receiver has taken it. Raises ReceiverFailed, which says why not."""
        check_parameters(req, ())
        with self._limit.permit():
            channel = await self._store.get(name)
            if channel is None:
                raise _not_there(name)
            began = monotonic()
            message = _test_message(name)
            await self._senders.send(channel, message)
        resp.media = {"message_id": message.id, "seconds": round(monotonic() - began, 3)}


def _test_message(name: str) -> Message:
    now = rfc3339(datetime.now(UTC))
    data: dict[str, Any] = {
        "rule": None,
        "by": {"channel": name},
        "since": now,
        "count": None,
        "title": f"A test of the channel {name}",
        "text": "Somebody tried whether this channel works. It does.",
        "incidents": [],
        "url": None,
    }
    payload = {"type": "channel.test", "timestamp": now, "data": data}
    return Message(new_message_id(), json.dumps(payload))


def _not_there(name: str) -> NotFound:
    return NotFound(f"there is no channel {name[:80]}; GET /channels lists those that there are")
