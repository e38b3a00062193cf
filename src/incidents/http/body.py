"""A request's body: read as it arrives, unpacked, and bounded at every step."""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from incidents.errors import (
    BadEncoding,
    CutOff,
    HeadersTooLarge,
    TooLarge,
    UnsupportedEncoding,
    UnsupportedType,
)
from incidents.http.client import Client
from incidents.report.media_type import media_type
from incidents.room import Place
from incidents.settings import Settings

_JSON = re.compile(r"application/(?:json|[^;,\s]+\+json)\s*(?:;.*)?", re.IGNORECASE)
_GZIP = zlib.MAX_WBITS | 16  # expect gzip's header and check its sum (RFC 1952)

# gzip bodies one behind the other, for so many bytes that are unpacked: a body of no limit may have
# that many again and again.
_MEMBERS_MAX = 1000
_MEMBERS_BYTES = 1024 * 1024

# So much, at least, a body without a limit must bring while it is waited for as long as for a whole
# one: who sends a byte now and then does not hold one of a few places.
_PROGRESS_BYTES = 16 * 1024

# Of a body that is read in pieces; others get their turn between two.
_PIECE_BYTES = 16 * 1024


def check_size(headers: list[tuple[bytes, bytes]], limit: int) -> int:
    """The bytes of the names and values. Raises HeadersTooLarge when they are more than `limit`."""
    size = sum([len(name) + len(value) for name, value in headers])
    if size > limit:
        raise HeadersTooLarge(f"the headers have {size} bytes; at most {limit} are taken")
    return size


def is_plain_json(client: Client, raw: bytes, settings: Settings) -> bool:
    """Whether `raw`, the whole body, is said to be one JSON text as it is, and is not too long."""
    kind = media_type(client.headers.get(b"content-type", b""))
    return (
        kind.is_json
        and kind.charset in (None, "utf-8")
        and b"content-encoding" not in client.headers
        and len(raw) <= settings.body_bytes_max
    )


async def read_json_body(
    client: Client, place: Place, settings: Settings, *, bytes_max: int | None = None
) -> bytes:
    """The same as `read_body`, of what must be said to be JSON. Raises UnsupportedType too."""
    _check_type(client)
    return await read_body(client, place, settings, bytes_max=bytes_max)


async def read_body(
    client: Client, place: Place, settings: Settings, *, bytes_max: int | None = None
) -> bytes:
    """The body's bytes, unpacked; at most `bytes_max` of them are ever held.

    Without it, as many as the setting `body_bytes_max` says.

    Raises UnsupportedEncoding, BadEncoding, TooLarge, CutOff, and Overloaded when `place`
    cannot grow as the body does.
    """
    gzipped = _is_gzipped(client)
    limit = settings.body_bytes_max if bytes_max is None else bytes_max
    if (client.content_length or 0) > limit:
        raise _too_large(limit)
    return await (_unpack if gzipped else _join)(client.chunks(), place, limit)


async def read_pieces(client: Client, seconds_max: float) -> AsyncGenerator[bytes]:
    """The body's bytes, unpacked, in small pieces as they arrive; together they have no limit.

    Raises UnsupportedEncoding, BadEncoding, and CutOff when it was waited for `seconds_max`
    without so much coming as makes it worth its place among the bulk requests.
    """
    unpacker = _Unpacker() if _is_gzipped(client) else None
    async with aclosing(client.chunks()) as chunks:
        progress = _Progress(seconds_max)
        while (chunk := await progress.next(chunks)) is not None:
            for piece in unpacker.unpack(chunk) if unpacker else _cut(chunk):
                yield piece
    if unpacker:
        unpacker.check_end()


class _Progress:
    """Waits for chunks no longer than `seconds_max` for each _PROGRESS_BYTES of them.

    The time between, in which nobody waits for the client, does not count.
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
                f"the body did not bring {_PROGRESS_BYTES} bytes within {self._seconds_max} s, "
                "the limit of waiting for it"
            ) from error
        self._seconds_left -= clock() - begun
        self._bytes += len(chunk or b"")
        if self._bytes >= _PROGRESS_BYTES:
            self._seconds_left, self._bytes = self._seconds_max, 0
        return chunk


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
        # Nonsense that means: none. https://www.rfc-editor.org/rfc/rfc9110#section-8.4
        case "identity" | "" | "utf-8" | "utf8" | "none":
            return False
    raise UnsupportedEncoding(
        f"the Content-Encoding must be gzip or none at all, not {encoding[:80]}"
    )


async def _join(chunks: AsyncGenerator[bytes], place: Place, limit: int) -> bytes:
    body = bytearray()  # a list of chunks would take many times their size, were they small
    async for chunk in chunks:
        if len(body) + len(chunk) > limit:
            raise _too_large(limit)
        place.grow(len(chunk))
        body += chunk
    return bytes(body)


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
        self._members = 1
        self._bytes = 0

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """What is in there, in pieces of at most _PIECE_BYTES. Raises BadEncoding."""
        # Behind a member its rest is copied: what is given at once is small.
        for start in range(0, len(packed), _PIECE_BYTES):
            yield from self._unpack(packed[start : start + _PIECE_BYTES])

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        full = False
        while packed or full:  # when it is full, the unpacker may hold more though it took all
            if self._member.eof and packed:  # another member follows (RFC 1952, section 2.2)
                self._begin_member()
            try:
                piece = self._member.decompress(packed, _PIECE_BYTES)
            except zlib.error as error:
                raise BadEncoding(f"the body is not gzip, as its encoding says: {error}") from error
            self._bytes += len(piece)
            if piece:
                yield piece
            full = len(piece) == _PIECE_BYTES
            packed = self._member.unused_data or self._member.unconsumed_tail

    def _begin_member(self) -> None:
        """Raises BadEncoding for one too many: each takes time, however little is in it."""
        self._members += 1
        if self._bytes >= _MEMBERS_BYTES:
            self._members, self._bytes = 1, 0
        if self._members > _MEMBERS_MAX:
            raise BadEncoding(f"the gzip body has more than {_MEMBERS_MAX} members: pack it as one")
        self._member = zlib.decompressobj(_GZIP)

    def check_end(self) -> None:
        """Raises BadEncoding when something is missing."""
        if not self._member.eof:
            raise BadEncoding("the gzip body is cut off")


def _cut(chunk: bytes) -> Iterator[bytes]:
    for start in range(0, len(chunk), _PIECE_BYTES):
        yield chunk[start : start + _PIECE_BYTES]


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is longer than {limit} bytes, the limit (after decompression too)")
