"""Content codings: which are supported, and how each is decompressed in pieces.

However far a body expands, a piece is small and a window is limited: a body beyond a limit is never
in memory as a whole.
"""

import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import brotli

from incidents.core.errors import BadEncoding, UnsupportedEncoding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The supported ones, as named in a 415 (RFC 9110, section 12.5.3).
TAKEN = "gzip, deflate, zstd"
# Values that senders use although they mean no coding.
_NONE = frozenset({"", "identity", "utf-8", "utf8", "none"})

_GZIP = zlib.MAX_WBITS | 16  # expect gzip's header and check its checksum
_GZIP_MAGIC = b"\x1f\x8b"
_ZLIB_MAGIC = b"\x78"  # deflate, with a window of 32 KiB, as all write it (RFC 1950)
# 8 MiB: no decoder needs more of a body (RFC 9659, section 3).
_WINDOW_LOG_MAX = 23

# Members of gzip, or frames of zstd, for each so many decompressed bytes: a body without a length
# limit may have this number again and again. Each member takes time, even an empty one.
_MEMBERS_MAX = 1000
_MEMBERS_BYTES = 1024 * 1024

# Bytes decompressed at once; others get their turn between two pieces.
PIECE_BYTES = 16 * 1024


class _Member(Protocol):
    """One gzip member, zlib stream or frame, with the interface of zlib's decompressors."""

    @property
    def eof(self) -> bool:
        """Whether its end was reached."""

    @property
    def unused_data(self) -> bytes:
        """Data behind its end."""

    @property
    def unconsumed_tail(self) -> bytes:
        """Data that must be passed again."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most so many bytes more."""


class Coding(NamedTuple):
    """A content coding. `holds_window`: decompressing takes much more memory than its pieces.

    `is_padded`: zeros may follow its end.
    """

    name: str
    begin: Callable[[], _Member]
    has_members: bool = True
    holds_window: bool = False
    is_padded: bool = False


def coding_of(values: Sequence[bytes], *, takes_brotli: bool = False) -> Coding | None:
    """The coding of `Content-Encoding`, in one header or several; None if there is none.

    Brotli only counts for callers that support it. Raises UnsupportedEncoding for an unsupported
    coding, and for several codings applied one after another.
    """
    given = b",".join(values).decode("latin-1").lower()
    names = [name for each in given.split(",") if (name := each.strip()) not in _NONE]
    if not names:
        return None
    coding = _brotli if takes_brotli and names[0] == _brotli.name else _CODINGS.get(names[0])
    if coding is None or len(names) > 1:
        taken = f"{TAKEN}, {_brotli.name}" if takes_brotli else TAKEN
        raise UnsupportedEncoding(
            f"the Content-Encoding must be one of {taken}, once, or none at all, "
            f"not {', '.join(names)[:80]}"
        )
    return coding


def sniffed_coding(packed: bytes) -> Coding | None:
    """The coding by the first bytes: gzip or zlib; no JSON text begins with them."""
    if packed.startswith(_GZIP_MAGIC):
        return _gzip
    if packed.startswith(_ZLIB_MAGIC) and _bits_of(packed) == zlib.MAX_WBITS:
        return _deflate
    return None


class Unpacker:
    """Decompresses a body in pieces."""

    def __init__(self, coding: Coding) -> None:
        self._coding = coding
        self._member = coding.begin()
        self._members = 1
        self._bytes = 0
        self._in_padding = False

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """The decompressed data, in pieces of at most PIECE_BYTES. Raises BadEncoding."""
        # The data behind a member is copied each time, so the input is small.
        for start in range(0, len(packed), PIECE_BYTES):
            yield from self._unpack(packed[start : start + PIECE_BYTES])

    def check_end(self) -> None:
        """Raises BadEncoding if the body is incomplete."""
        if not self._member.eof:
            raise BadEncoding(f"the {self._coding.name} body is cut off")

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        full = False
        # a full piece: the member may have more although it consumed all input
        while packed or full:
            if self._member.eof and packed:
                packed = self._without_padding(packed)
                if not packed:
                    return
                self._begin_member()  # another member follows
            try:
                piece = self._member.decompress(packed, PIECE_BYTES)
            except (zlib.error, zstd.ZstdError, brotli.error) as error:
                name = self._coding.name
                raise BadEncoding(
                    f"the body is not {name}, as its encoding says: {error}"
                ) from error
            self._bytes += len(piece)
            if piece:
                yield piece
            full = len(piece) == PIECE_BYTES and not self._member.eof
            packed = self._member.unused_data or self._member.unconsumed_tail

    def _without_padding(self, packed: bytes) -> bytes:
        """The data behind a member without zeros, which gzip(1) ignores there too."""
        if not self._coding.is_padded:
            return packed
        left = packed.lstrip(b"\0")
        self._in_padding = self._in_padding or len(left) < len(packed)
        return left

    def _begin_member(self) -> None:
        name = self._coding.name
        if self._in_padding or not self._coding.has_members:
            raise BadEncoding(f"there is data after the end of the {name} body")
        self._members += 1
        if self._bytes >= _MEMBERS_BYTES:
            self._members, self._bytes = 1, 0
        if self._members > _MEMBERS_MAX:
            raise BadEncoding(
                f"the {name} body has more than {_MEMBERS_MAX} members: compress it as one"
            )
        self._member = self._coding.begin()


class _Deflate:
    """A zlib stream (RFC 1950), or a raw one (RFC 1951), which some send under the same name."""

    unconsumed_tail = b""

    def __init__(self) -> None:
        self._stream: _Member | None = None
        self._begun = b""

    @property
    def eof(self) -> bool:
        return self._stream is not None and self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return b"" if self._stream is None else self._stream.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        if self._stream is None:
            self._begun += data
            if len(self._begun) < len(b"\x78\x9c"):
                return b""
            data = self._begun
            self._stream = zlib.decompressobj(_bits_of(data))
        piece = self._stream.decompress(data, max_length)
        self.unconsumed_tail = self._stream.unconsumed_tail
        return piece


def _bits_of(head: bytes) -> int:
    """A zlib header has method 8 and is a multiple of 31; no encoder begins a raw stream so."""
    is_zlib = head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


class _Frame:
    """A frame of zstd (RFC 8878)."""

    unconsumed_tail = b""  # it buffers unused input itself

    def __init__(self) -> None:
        limit = {int(zstd.DecompressionParameter.window_log_max): _WINDOW_LOG_MAX}
        self._frame = zstd.ZstdDecompressor(options=limit)

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data if self._frame.eof else b""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._frame.decompress(data, max_length)


class _Brotli:
    """A brotli stream (RFC 7932)."""

    unconsumed_tail = unused_data = b""  # data behind its end is an error

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._packed = b""  # input that the stream does not accept yet
        self._unpacked = b""  # output beyond the limit

    @property
    def eof(self) -> bool:
        return self._stream.is_finished() and not (self._packed or self._unpacked)

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        self._packed += data
        while len(self._unpacked) < max_length:
            packed = b""
            if self._packed and self._stream.can_accept_more_data():
                packed, self._packed = self._packed, b""
            more = self._stream.process(packed, output_buffer_limit=max_length)
            if not (more or packed):
                break
            self._unpacked += more
        piece, self._unpacked = self._unpacked[:max_length], self._unpacked[max_length:]
        return piece


_gzip = Coding("gzip", lambda: zlib.decompressobj(_GZIP), is_padded=True)
_deflate = Coding("deflate", _Deflate, has_members=False)
# Its window has up to 16 MiB, but not more than the body.
_brotli = Coding("br", _Brotli, has_members=False, holds_window=True)
_CODINGS = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": Coding("zstd", _Frame, holds_window=True),
}
