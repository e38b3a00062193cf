"""A request's body: read as it arrives, unpacked, and bounded at every step."""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from incidents.errors import BadEncoding, CutOff, TooLarge, UnsupportedEncoding, UnsupportedType
from incidents.http.client import Client
from incidents.room import Place
from incidents.settings import Settings

_JSON = re.compile(r"application/(?:json|[^;,\s]+\+json)\s*(?:;.*)?", re.IGNORECASE)
_NDJSON = re.compile(r"application/x-ndjson\s*(?:;.*)?", re.IGNORECASE)
_GZIP = zlib.MAX_WBITS | 16  # expect gzip's header and check its sum (RFC 1952)

# Of a body that is read in pieces; others get their turn between two.
_PIECE_BYTES = 16 * 1024


def is_in_lines(client: Client) -> bool:
    """Whether the body is said to be NDJSON."""
    return _NDJSON.fullmatch(_header(client, b"content-type").strip()) is not None


def is_one_json_text(client: Client, raw: bytes, settings: Settings) -> bool:
    """Whether `raw`, the whole body, is one JSON text as it is: neither packed nor in lines.

    Raises UnsupportedType, UnsupportedEncoding and TooLarge.
    """
    if client.headers.get(b"content-type") != b"application/json":
        if is_in_lines(client):
            return False
        _check_type(client)
    if b"content-encoding" in client.headers and _is_gzipped(client):
        return False
    if len(raw) > settings.body_bytes_max:
        raise _too_large(settings.body_bytes_max)
    return True


async def read_json_body(
    client: Client, place: Place, settings: Settings, *, bytes_max: int | None = None
) -> bytes:
    """The body's bytes, unpacked; at most `bytes_max` of them are ever held.

    Without it, as many as the setting `body_bytes_max` says.

    Raises UnsupportedType, UnsupportedEncoding, BadEncoding, TooLarge, CutOff, and
    Overloaded when `place` cannot grow as the body does.
    """
    _check_type(client)
    gzipped = _is_gzipped(client)
    limit = settings.body_bytes_max if bytes_max is None else bytes_max
    if (client.content_length or 0) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(settings.body_seconds_max):
            return await (_unpack if gzipped else _join)(client.chunks(), place, limit)
    except TimeoutError as error:
        raise CutOff(
            f"the body did not arrive within {settings.body_seconds_max} s, the limit"
        ) from error


async def read_pieces(client: Client, seconds_max: float) -> AsyncGenerator[bytes]:
    """The body's bytes, unpacked, in small pieces as they arrive; together they have no limit.

    Raises UnsupportedEncoding, BadEncoding, and CutOff when nothing came for `seconds_max`.
    """
    unpacker = _Unpacker() if _is_gzipped(client) else None
    async with aclosing(client.chunks()) as chunks:
        while True:
            try:
                async with asyncio.timeout(seconds_max):
                    chunk = await anext(chunks, None)
            except TimeoutError as error:
                raise CutOff(f"nothing came for {seconds_max} s, the limit") from error
            if chunk is None:
                break
            for piece in unpacker.unpack(chunk) if unpacker else _cut(chunk):
                yield piece
    if unpacker:
        unpacker.check_end()


def _header(client: Client, name: bytes) -> str:
    return client.headers.get(name, b"").decode("latin-1")


def _check_type(client: Client) -> None:
    given = _header(client, b"content-type")
    if given == "application/json" or _JSON.fullmatch(given.strip()):
        return
    said = f"not {given[:80]}" if given else "none was given"
    raise UnsupportedType(f"the Content-Type must be application/json; {said}")


def _is_gzipped(client: Client) -> bool:
    encoding = _header(client, b"content-encoding").strip().lower()
    match encoding:
        case "gzip" | "x-gzip":
            return True
        case "identity" | "":
            return False
    raise UnsupportedEncoding(
        f"the Content-Encoding must be gzip or none at all, not {encoding[:80]}"
    )


async def _join(chunks: AsyncGenerator[bytes], place: Place, limit: int) -> bytes:
    body: list[bytes] = []
    async for chunk in chunks:
        if place.bytes + len(chunk) > limit:
            raise _too_large(limit)
        place.grow(len(chunk))
        body.append(chunk)
    return b"".join(body)


async def _unpack(chunks: AsyncGenerator[bytes], place: Place, limit: int) -> bytes:
    body = bytearray()
    unpacker = _Unpacker()
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > limit:
            raise _too_large(limit)
        for piece in unpacker.unpack(chunk):
            place.grow(len(piece))
            body += piece
            if len(body) > limit:
                raise _too_large(limit)
            if len(piece) == _PIECE_BYTES:
                await asyncio.sleep(0)  # others get their turn
    unpacker.check_end()
    return bytes(body)


class _Unpacker:
    """Unpacks gzip, piece by piece, however much is packed into how little."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """What is in there, in pieces of at most _PIECE_BYTES. Raises BadEncoding."""
        full = False
        while packed or full:  # when it is full, the unpacker may hold more though it took all
            if self._member.eof and packed:  # another member follows (RFC 1952, section 2.2)
                self._member = zlib.decompressobj(_GZIP)
            try:
                piece = self._member.decompress(packed, _PIECE_BYTES)
            except zlib.error as error:
                raise BadEncoding(f"the body is not gzip, as its encoding says: {error}") from error
            yield piece
            full = len(piece) == _PIECE_BYTES
            packed = self._member.unused_data or self._member.unconsumed_tail

    def check_end(self) -> None:
        """Raises BadEncoding when something is missing."""
        if not self._member.eof:
            raise BadEncoding("the gzip body is cut off")


def _cut(chunk: bytes) -> Iterator[bytes]:
    for start in range(0, len(chunk), _PIECE_BYTES):
        yield chunk[start : start + _PIECE_BYTES]


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes, the limit (after decompression too)")
