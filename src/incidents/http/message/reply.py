"""A response in plain ASGI, for requests that bypass Falcon."""

from incidents.http.http1.head import Headers
from incidents.http.message.client import Send

# Status, headers, and body.
Answer = tuple[int, Headers, bytes]


class Reply:
    """Sends one response, whole or in pieces."""

    __slots__ = ("_send", "begun")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends all of it at once."""
        await self._start(status, [*headers, (b"content-length", b"%d" % len(body))])
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, content_type: str) -> None:
        """Begins a response of unknown length."""
        await self._start(status, [(b"content-type", content_type.encode())])

    async def piece(self, body: bytes) -> None:
        """Sends the next piece. Raises ClientLeft if the client does not read it in time."""
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self) -> None:
        """Ends the response."""
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, headers: Headers) -> None:
        self.begun = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
