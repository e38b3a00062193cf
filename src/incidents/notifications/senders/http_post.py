"""One POST over HTTP/1.1, on a connection of its own to a checked address.

Redirects are not followed. Of the answer a bounded part is read.
"""

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import httptools

from incidents import __version__
from incidents.notifications.failure import DeliveryFailed
from incidents.notifications.senders.addresses import Addresses
from incidents.notifications.senders.tls import Trust

_ANSWER_BYTES_MAX = 64 * 1024
_PIECE_BYTES = 8 * 1024
# Of an error's body: enough for a message such as `invalid_payload`.
_SHOWN_BYTES_MAX = 120
_PORTS = {"http": 80, "https": 443}
_AFTER_SECONDS_MAX = 3600


class Poster:
    """Sends requests. An answer other than 2xx raises DeliveryFailed."""

    def __init__(self, addresses: Addresses, trust: Trust) -> None:
        self._addresses = addresses
        self._trust = trust

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Returns when the receiver has answered 2xx. Raises DeliveryFailed."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        try:
            answer = await self._exchange(parts, _request(parts, body, headers))
        except ssl.SSLError as error:
            raise DeliveryFailed(f"{parts.hostname}: TLS failed: {_of_tls(error)}") from error
        except (OSError, httptools.HttpParserError, EOFError) as error:
            said = str(error) or type(error).__name__
            raise DeliveryFailed(f"{parts.hostname} did not answer as HTTP: {said}") from error
        answer.check(parts.hostname)

    async def _exchange(self, parts: SplitResult, request: bytes) -> "_Answer":
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        is_tls = parts.scheme == "https"
        # The socket is its own from here on: it closes it, whatever goes wrong.
        reader, writer = await asyncio.open_connection(
            sock=await self._addresses.connect(host, port),
            ssl=self._trust.context if is_tls else None,
            server_hostname=host if is_tls else None,
        )
        try:
            writer.write(request)
            await writer.drain()
            return await _Answer().read(reader)
        finally:
            writer.transport.abort()


class _Answer:
    """The status, the headers that matter, and the beginning of the body."""

    def __init__(self) -> None:
        self.status = 0
        self._headers: dict[bytes, bytes] = {}
        self._body = b""
        self._is_complete = False
        self._parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers[name.lower()] = value

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        self._body += piece[: _SHOWN_BYTES_MAX - len(self._body)]

    def on_message_complete(self) -> None:
        """The end."""
        self._is_complete = True

    async def read(self, reader: asyncio.StreamReader) -> "_Answer":
        """Itself, once it is complete or long enough. Raises EOFError without a status."""
        left = _ANSWER_BYTES_MAX
        while left > 0 and not self._is_complete:
            piece = await reader.read(_PIECE_BYTES)
            if not piece:
                break
            left -= len(piece)
            self._parser.feed_data(piece)
        self.status = self._parser.get_status_code()
        if not self.status:
            raise EOFError("the connection was closed without an answer")
        return self

    def check(self, host: str) -> None:
        """Returns if it is 2xx. Raises DeliveryFailed."""
        if self.status // 100 == 2:  # noqa: PLR2004 - the class of success
            return
        if self.status // 100 == 3:  # noqa: PLR2004 - redirects
            target = self._headers.get(b"location", b"?").decode("latin-1")
            raise DeliveryFailed(
                f"{host} answered {self.status}, a redirect to {target}: redirects are not "
                "followed, give the final address"
            )
        said = self._body[:_SHOWN_BYTES_MAX].decode(errors="replace").strip()
        raise DeliveryFailed(
            f"{host} answered {self.status}{': ' if said else ''}{said}", self._after_seconds()
        )

    def _after_seconds(self) -> int:
        text = self._headers.get(b"retry-after", b"")
        return min(int(text), _AFTER_SECONDS_MAX) if text.isdigit() and len(text) < 9 else 0  # noqa: PLR2004


def _request(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    all_headers = {
        "Host": parts.netloc,
        "User-Agent": f"incidents/{__version__}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return (error.reason or str(error)).replace("_", " ").lower()
