"""The body of a request: read as it arrives, decompressed, and limited at every step."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing

from incidents.core.errors import CutOff, HeadersTooLarge, TooLarge, UnsupportedType
from incidents.core.report.media_type import says_plain_json
from incidents.http.message.client import Client
from incidents.http.message.coding import PIECE_BYTES, Coding, Unpacker, coding_of, sniffed_coding
from incidents.support.admission import Permit
from incidents.support.settings import Settings

_JSON = re.compile(r"application/(?:json|[^;,\s]+\+json)\s*(?:;.*)?", re.IGNORECASE)

# A body without a length limit must bring this much in each period: a client that sends a byte now
# and then cannot keep one of few permits.
_PROGRESS_BYTES = 16 * 1024

# Bytes decompressed with a window before others get their turn: less than a millisecond.
_WINDOW_TURN_BYTES = 256 * 1024


# Names and values of all headers of a request: twice what usual proxies accept. They are stored
# with each incident, so this also limits a row.
HEADER_BYTES_MAX = 64 * 1024


def check_size(headers: list[tuple[bytes, bytes]]) -> int:
    """The bytes of names and values. Raises HeadersTooLarge above HEADER_BYTES_MAX."""
    size = sum([len(name) + len(value) for name, value in headers])
    if size > HEADER_BYTES_MAX:
        raise HeadersTooLarge(f"the headers have {size} bytes; the limit is {HEADER_BYTES_MAX}")
    return size


def is_plain_json(headers: Mapping[bytes, bytes], raw: bytes, settings: Settings) -> bool:
    """Whether `raw`, the whole body, is declared as uncompressed JSON, and not too long."""
    return (
        says_plain_json(headers.get(b"content-type", b""))
        and b"content-encoding" not in headers
        and len(raw) <= settings.body_bytes_max
    )


async def read_json_body(
    client: Client, permit: Permit, settings: Settings, *, bytes_max: int | None = None
) -> bytes:
    """As `read_body`, for a body that must be declared as JSON. Raises UnsupportedType too."""
    check_json_type(client)
    return await read_body(client, permit, settings, bytes_max=bytes_max)


async def read_body(
    client: Client,
    permit: Permit,
    settings: Settings,
    *,
    bytes_max: int | None = None,
    takes_brotli: bool = False,
) -> bytes:
    """The decompressed body; at most `bytes_max` bytes of it are ever in memory.

    The default is the setting `body_bytes_max`. `takes_brotli` also allows that coding. Raises
    UnsupportedEncoding, BadEncoding, TooLarge, CutOff, and Overloaded if `permit` cannot grow with
    the body.
    """
    coding = coding_of(client.values(b"content-encoding"), takes_brotli=takes_brotli)
    limit = settings.body_bytes_max if bytes_max is None else bytes_max
    if (client.content_length or 0) > limit:
        raise _too_large(limit)
    if coding is None:
        client.body = await _join(client.chunks(), permit, limit)
    else:
        client.body = await _unpack(coding, client.chunks(), permit, limit)
    return client.body


async def read_sniffed_body(client: Client, permit: Permit, settings: Settings) -> bytes:
    """As `read_body`, but the first bytes decide whether it is gzip, zlib or neither.

    For senders that compress with one of them, and declare both. Raises as `read_body` does.
    """
    limit = settings.body_bytes_max
    if (client.content_length or 0) > limit:
        raise _too_large(limit)
    packed = await _join(client.chunks(), permit, limit)
    coding = sniffed_coding(packed)
    client.body = packed
    if coding is not None:
        client.body = await _unpack(coding, _whole(packed), permit, limit)
    return client.body


async def read_pieces(client: Client, seconds_max: float) -> AsyncGenerator[bytes]:
    """The decompressed body in small pieces as they arrive, without a limit on their total.

    Raises UnsupportedEncoding, BadEncoding, and CutOff if too little arrives within `seconds_max`
    to justify a permit among the bulk requests.
    """
    coding = coding_of(client.values(b"content-encoding"))
    unpacker = Unpacker(coding) if coding else None
    async with aclosing(client.chunks()) as chunks:
        progress = _Progress(seconds_max)
        while (chunk := await progress.next(chunks)) is not None:
            for piece in unpacker.unpack(chunk) if unpacker else _cut(chunk):
                yield piece
    if unpacker:
        unpacker.check_end()


class _Progress:
    """Waits for chunks, at most `seconds_max` for each _PROGRESS_BYTES of them.

    Time in which nobody waits for the client does not count.
    """

    def __init__(self, seconds_max: float) -> None:
        self._seconds_max = seconds_max
        self._seconds_left = seconds_max
        self._bytes = 0

    async def next(self, chunks: AsyncGenerator[bytes]) -> bytes | None:
        """The next chunk; None at the end. Raises CutOff."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            async with asyncio.timeout(self._seconds_left):
                chunk = await anext(chunks, None)
        except TimeoutError as error:
            raise CutOff(
                f"fewer than {_PROGRESS_BYTES} bytes of the body arrived within the time limit, "
                f"{self._seconds_max} s"
            ) from error
        self._seconds_left -= clock() - begun
        self._bytes += len(chunk or b"")
        if self._bytes >= _PROGRESS_BYTES:
            self._seconds_left, self._bytes = self._seconds_max, 0
        return chunk


def _header(client: Client, name: bytes) -> str:
    return client.headers.get(name, b"").decode("latin-1")


def check_json_type(client: Client) -> None:
    """Returns if the body is declared as JSON. Raises UnsupportedType."""
    given = _header(client, b"content-type")
    if given == "application/json" or _JSON.fullmatch(given.strip()):
        return
    said = f"not {given[:80]}" if given else "none was given"
    raise UnsupportedType(f"the Content-Type must be application/json; {said}")


async def _join(chunks: AsyncGenerator[bytes], permit: Permit, limit: int) -> bytes:
    body = bytearray()  # a list of small chunks would take many times their size
    async for chunk in chunks:
        if len(body) + len(chunk) > limit:
            raise _too_large(limit)
        permit.grow(len(chunk))
        body += chunk
    return bytes(body)


async def _unpack(
    coding: Coding, chunks: AsyncGenerator[bytes], permit: Permit, limit: int
) -> bytes:
    turn = PIECE_BYTES
    if coding.holds_window:
        # A slow client has no decompression window: that exists only while the complete body is
        # decompressed. Nor do many at once: what interrupted ones have decompressed is limited by
        # `permit`.
        chunks = _whole(await _join(chunks, permit, limit))
        turn = _WINDOW_TURN_BYTES
    body = bytearray()
    unpacker = Unpacker(coding)
    received = in_turn = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise _too_large(limit)
        for piece in unpacker.unpack(chunk):
            permit.grow(len(piece))
            body += piece
            if len(body) > limit:
                raise _too_large(limit)
            in_turn += len(piece)
            if in_turn >= turn:
                in_turn = 0
                await asyncio.sleep(0)  # others get their turn
    unpacker.check_end()
    return bytes(body)


async def _whole(body: bytes) -> AsyncGenerator[bytes]:
    yield body


def _cut(chunk: bytes) -> Iterator[bytes]:
    for start in range(0, len(chunk), PIECE_BYTES):
        yield chunk[start : start + PIECE_BYTES]


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes, the limit (after decompression too)")
