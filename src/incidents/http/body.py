"""A request's body: read as it arrives, unpacked, and bounded at every step."""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator

from falcon.asgi import Request

from incidents.errors import BadEncoding, CutOff, TooLarge, UnsupportedEncoding, UnsupportedType
from incidents.http.client import Client
from incidents.room import Place
from incidents.settings import Settings

_JSON = re.compile(r"application/(?:json|[^;,\s]+\+json)\s*(?:;.*)?", re.IGNORECASE)
_GZIP = zlib.MAX_WBITS | 16  # expect gzip's header and check its sum (RFC 1952)


async def read_json_body(req: Request, place: Place, settings: Settings) -> bytes:
    """The body's bytes, unpacked; at most `body_bytes_max` of them are ever held.

    Raises UnsupportedType, UnsupportedEncoding, BadEncoding, TooLarge, CutOff, and
    Overloaded when `place` cannot grow as the body does.
    """
    _check_type(req.content_type)
    gzipped = _is_gzipped(req.get_header("Content-Encoding"))
    limit = settings.body_bytes_max
    if req.content_length is not None and req.content_length > limit:
        raise _too_large(limit)
    client = Client.of(req)
    take = _unpack if gzipped else _join
    if client.has_sent(req.content_length):
        return await take(client.chunks(req.content_length), place, limit)
    try:
        async with asyncio.timeout(settings.body_seconds_max):
            return await take(client.chunks(req.content_length), place, limit)
    except TimeoutError as error:
        raise CutOff(
            f"the body did not arrive within {settings.body_seconds_max} s, the limit"
        ) from error


def _check_type(content_type: str | None) -> None:
    if content_type == "application/json":
        return
    if content_type is None or _JSON.fullmatch(content_type.strip()) is None:
        given = "none was given" if content_type is None else f"not {content_type[:80]}"
        raise UnsupportedType(f"the Content-Type must be application/json; {given}")


def _is_gzipped(encoding: str | None) -> bool:
    match (encoding or "identity").strip().lower():
        case "gzip" | "x-gzip":
            return True
        case "identity":
            return False
    raise UnsupportedEncoding(
        f"the Content-Encoding must be gzip or none at all, not {(encoding or '')[:80]}"
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
    unpacker = zlib.decompressobj(_GZIP)
    received = 0
    async for chunk in chunks:
        packed = chunk
        received += len(chunk)
        if received > limit:
            raise _too_large(limit)
        while packed:
            if unpacker.eof:  # another member follows (RFC 1952, section 2.2)
                unpacker = zlib.decompressobj(_GZIP)
            try:
                # One byte past the limit is enough to know, however much is packed in there.
                piece = unpacker.decompress(packed, limit + 1 - len(body))
            except zlib.error as error:
                raise BadEncoding(f"the body is not gzip, as its encoding says: {error}") from error
            place.grow(len(piece))
            body += piece
            if len(body) > limit:
                raise _too_large(limit)
            packed = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if not unpacker.eof:
        raise BadEncoding("the gzip body is cut off")
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes, the limit (after decompression too)")
