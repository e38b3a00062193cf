"""One client's connection, which says of each request what became of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from tests.server import Reply

HOST = "127.0.0.1"

# No answer at all: a client waits this long, which is longer than any bound of the server.
SECONDS_MAX = 45.0

_LINE_BYTES_MAX = 64 * 1024 * 1024


class Unanswered(Exception):
    """There was no connection, or it was lost before the answer was whole."""


class Hung(Exception):
    """No answer came, and the connection did not end either."""


class Wire:
    """A connection to one port, opened when it is needed, and again after it was lost."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self,
        request: bytes,
        seconds_max: float = SECONDS_MAX,
        take: Callable[[bytes], None] | None = None,
    ) -> Reply:
        """The reply, read whole; `take` gets what comes in chunks at once, even if it never is.

        Raises Unanswered and Hung.
        """
        try:
            async with asyncio.timeout(seconds_max):
                return await self._ask(request, take)
        except TimeoutError as error:
            self.close()
            raise Hung from error
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            self.close()
            raise Unanswered from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, request: bytes, take: Callable[[bytes], None] | None) -> Reply:
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection(HOST, self._port, limit=_LINE_BYTES_MAX)
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        reply = await read_reply(reader, take)
        if reply.headers.get("connection") == "close":
            self.close()
        return reply


async def read_reply(
    reader: asyncio.StreamReader, take: Callable[[bytes], None] | None = None
) -> Reply:
    """The next reply on a connection (RFC 9112); `take` gets each of its chunks as it comes.

    Raises EOFError when the connection ends before the reply does.
    """
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        async for chunk in _chunks(reader):
            body += chunk
            if take is not None:
                take(chunk)
    else:
        body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Reply(int(head[0].split()[1]), headers, body)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)


def request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request, with just those headers."""
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def json_headers(body: bytes) -> dict[str, str]:
    """What a plain client sends with a JSON body."""
    return {
        "Host": HOST,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    }
