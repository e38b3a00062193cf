"""Counts and times each response, and adds the request id to it."""

from collections.abc import Awaitable
from time import perf_counter
from typing import Any

from incidents.http.message.client import Client, Send
from incidents.support.metrics.metrics import REQUESTS
from incidents.support.metrics.requests import route_of
from incidents.support.request_id import request_id

# The Location identifies a stored report, and problems have the id already.
_WITHOUT_ID = frozenset((201, *range(400, 600)))


class CountedSend:
    """Sends a response, and updates the metrics when it begins, or if it never does."""

    __slots__ = ("_begun", "_client", "_method", "_path", "_send", "_told")

    def __init__(self, scope: dict[str, Any], client: Client, send: Send) -> None:
        self._begun = perf_counter()
        self._client = client
        self._path: str = scope["path"]
        self._method: str = scope["method"]
        self._send = send
        self._told = False

    def send(self, event: dict[str, Any]) -> Awaitable[None]:
        """Sends an ASGI event."""
        if not self._told and event["type"] == "http.response.start" and not self._client.left:
            self._told = True
            status = int(event["status"])
            seconds = perf_counter() - self._begun
            REQUESTS.answered(route_of(self._path), self._method, status, seconds)
            if status not in _WITHOUT_ID:
                id_ = (request_id() or "").encode()
                event["headers"] = [*event["headers"], (b"x-request-id", id_)]
        return self._send(event)

    def end(self) -> None:
        """The response is complete."""
        if not self._told:
            REQUESTS.left(route_of(self._path), self._method)
