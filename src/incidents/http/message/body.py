"""A request's body: read as it arrives, unpacked, and bounded at every step."""

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

# So much, at least, a body without a limit must bring while it is waited for as long as for a whole
# one: who sends a byte now and then does not hold one of a few permits.
_PROGRESS_BYTES = 16 * 1024

# What is unpacked with a window before others get their turn: it takes less than a millisecond.
_WINDOW_TURN_BYTES = 256 * 1024


# Names and values of a request's headers together: twice what usual proxies let through. They are
# stored with each incident, so it also bounds a row.
HEADER_BYTES_MAX = 64 * 1024


def check_size(headers: list[tuple[bytes, bytes]]) -> int:
    """The bytes of the names and values. Raises HeadersTooLarge above HEADER_BYTES_MAX."""
    size = sum([len(name) + len(value) for name, value in headers])
    if size > HEADER_BYTES_MAX:
        raise HeadersTooLarge(f"the headers have {size} bytes; the limit is {HEADER_BYTES_MAX}")
    return size


def is_plain_json(headers: Mapping[bytes, bytes], raw: bytes, settings: Settings) -> bool:
    """Whether `raw`, the whole body, is said to be one JSON text as it is, and is not too long."""
    return (
        says_plain_json(headers.get(b"content-type", b""))
        and b"content-encoding" not in headers
        and len(raw) <= settings.body_bytes_max
    )


async def read_json_body(
    client: Client, permit: Permit, settings: Settings, *, bytes_max: int | None = None
) -> bytes:
    """The same as `read_body`, of what must be said to be JSON. Raises UnsupportedType too."""
    _check_type(client)
    return await read_body(client, permit, settings, bytes_max=bytes_max)


async def read_body(
    client: Client,
    permit: Permit,
    settings: Settings,
    *,
    bytes_max: int | None = None,
    takes_brotli: bool = False,
) -> bytes:
    """The body's bytes, unpacked; at most `bytes_max` of them are ever held.

    Without it, as many as the setting `body_bytes_max` says. `takes_brotli` says that the coding
    may be that one, too.

    Raises UnsupportedEncoding, BadEncoding, TooLarge, CutOff, and Overloaded when `permit`
    cannot grow as the body does.
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
    """The same as `read_body`, but its first bytes say whether it is gzip or zlib, or neither.

    For senders that pack with one of them, and say that it is both. Raises what `read_body` does.
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
    """The body's bytes, unpacked, in small pieces as they arrive; together they have no limit.

    Raises UnsupportedEncoding, BadEncoding, and CutOff when it was waited for `seconds_max`
    without so much coming as makes it worth a permit among the bulk requests.
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


def _check_type(client: Client) -> None:
    given = _header(client, b"content-type")
    if given == "application/json" or _JSON.fullmatch(given.strip()):
        return
    said = f"not {given[:80]}" if given else "none was given"
    raise UnsupportedType(f"the Content-Type must be application/json; {said}")


async def _join(chunks: AsyncGenerator[bytes], permit: Permit, limit: int) -> bytes:
    body = bytearray()  # a list of chunks would take many times their size, were they small
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
        # One who sends slowly holds no window: it is there while the whole is unpacked. Nor do many
        # at once: who is interrupted has unpacked so much, which `permit` bounds.
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
