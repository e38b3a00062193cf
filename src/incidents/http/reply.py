"""A reply in plain ASGI, for what does not go through Falcon."""

from collections.abc import Mapping

from incidents.http.client import Send


class Reply:
    """Sends one reply, whole or in pieces."""

    __slots__ = ("_send", "begun")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def whole(
        self, status: int, content_type: str, body: bytes, headers: Mapping[str, str]
    ) -> None:
        """All of it at once."""
        await self._start(status, content_type, {**headers, "content-length": str(len(body))})
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, status: int, content_type: str) -> None:
        """Begins one whose length is not known."""
        await self._start(status, content_type, {})

    async def piece(self, body: bytes) -> None:
        """The next piece. Raises ClientLeft when the client does not take it in time."""
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self) -> None:
        """Nothing follows."""
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        self.begun = True
        named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        named.append((b"content-type", content_type.encode()))
        await self._send({"type": "http.response.start", "status": status, "headers": named})
