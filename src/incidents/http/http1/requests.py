"""Parses the bytes of a connection into requests."""

from collections import deque
from http import HTTPStatus
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from incidents.http.http1.exchange import Exchange, Wire
from incidents.http.http1.head import Headers, request_scope
from incidents.http.http1.known import KnownHeads
from incidents.http.http1.rules import HEADERS_MAX, Malformed, check_head, split_target

Wrong = tuple[HTTPStatus, str]

# Bytes parsed at a time. Limits are checked between slices, so they are exact to this size.
_SLICE_BYTES = 16 * 1024

# Bytes of a chunked body that are not data: sizes, extensions, trailers. Each byte of data allows
# this many (one byte a chunk is legal), and there may be no more than the limit beyond that.
_FRAMING_A_BYTE = 16
_FRAMING_BYTES_MAX = 16 * 1024

_FRAMING = (b"content-length", b"transfer-encoding")


class Requests:
    """Parses requests; each is in `queue` once its headers are complete.

    `ends` is what each scope says of its connection.
    """

    __slots__ = (
        *("_counted_bytes", "_data_bytes", "_ends", "_framing_bytes", "_has_begun"),
        *("_head_bytes_max", "_headers", "_in_head", "_parser", "_replays", "_target", "_wire"),
        *("head_bytes", "queue", "under_way"),
    )

    def __init__(self, wire: Wire, head_bytes_max: int, ends: dict[str, Any]) -> None:
        self._wire = wire
        self._head_bytes_max = head_bytes_max
        self._ends = ends
        self._parser = HttpRequestParser(self)
        self._target = b""
        self._headers: Headers = []
        self._has_begun = False  # a request that is not complete
        self._in_head = True
        self._replays = False
        self._counted_bytes = 0  # the bytes of this slice that belong to the current part
        self._data_bytes = 0  # of this slice
        self._framing_bytes = 0
        self.head_bytes = 0
        self.queue: deque[Exchange] = deque()
        self.under_way: Exchange | None = None  # its body is not complete yet

    @property
    def is_between(self) -> bool:
        """Whether only complete requests have arrived."""
        return not self._has_begun

    def read_known(self, data: bytes, known_heads: KnownHeads) -> bool:
        """Whether it is one request with cached headers; then it is in the queue."""
        found = known_heads.find(data)
        if found is None:
            return False
        head, body = found
        # Only the addresses are those of this connection.
        scope = {**head.scope, **self._ends}
        exchange = Exchange(self._wire, scope, keep_alive=True, expects_continue=False)
        exchange.memo = head.memo
        exchange.body_arrived(body)
        exchange.body_ended()
        self.queue.append(exchange)
        return True

    def read(self, data: bytes) -> Wrong | None:
        """Parses the data; returns the error, after which nothing more can be read."""
        if len(data) <= _SLICE_BYTES:
            return self._read_slice(data)
        view = memoryview(data)
        for start in range(0, len(data), _SLICE_BYTES):
            if (wrong := self._read_slice(view[start : start + _SLICE_BYTES])) is not None:
                return wrong
        return None

    def _read_slice(self, data: bytes | memoryview) -> Wrong | None:
        self._counted_bytes, self._data_bytes = len(data), 0
        try:
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                self._parse_on()
                self._parser.feed_data(data[upgrade.args[0] :])
        except (HttpParserError, HttpParserUpgrade) as error:
            if isinstance(cause := error.__context__, Malformed):
                return cause.status, cause.why
            return HTTPStatus.BAD_REQUEST, f"this is no HTTP/1.1 request: {error}"
        return self._check_head_bytes() if self._in_head else self._check_framing()

    def _check_head_bytes(self) -> Wrong | None:
        if not self._has_begun:  # line ends before a request are ignored
            return None
        self.head_bytes += self._counted_bytes
        limit = self._head_bytes_max
        if self.head_bytes <= limit:
            return None
        why = f"the head is longer than {limit} bytes, the limit"
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, why

    def _check_framing(self) -> Wrong | None:
        """Limits what the parser skips, or reports only at its end."""
        made_up = _FRAMING_A_BYTE * self._data_bytes
        count = max(0, self._counted_bytes - self._data_bytes)
        self._framing_bytes = max(0, self._framing_bytes - made_up) + count
        if self._framing_bytes <= _FRAMING_BYTES_MAX:
            return None
        why = f"chunk extensions and trailers are longer than {_FRAMING_BYTES_MAX} bytes, the limit"
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, why

    def _parse_on(self) -> None:
        """Reads the body of a request that asks for an upgrade.

        Nothing is upgraded: the request is handled as if it did not ask (RFC 9110, section 7.8).
        Its parser has stopped behind the headers.
        """
        framing = [each for each in self._headers if each[0] in _FRAMING]
        lines = b"".join([b"%b: %b\r\n" % each for each in framing])
        self._parser = HttpRequestParser(self)
        self._replays = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + lines + b"\r\n")
        self._replays = False

    # Called by the parser.

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._replays:
            self._target, self._headers = b"", []
            self._has_begun = self._in_head = True

    def on_url(self, part: bytes) -> None:
        """A part of its target."""
        if not self._replays:
            self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Trailers, behind the body, are ignored."""
        if not self._in_head:
            return
        if len(self._headers) == HEADERS_MAX:
            why = f"there are more than {HEADERS_MAX} headers, the limit"
            raise Malformed(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, why)
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """The headers are complete."""
        if self._replays:
            return
        parser, headers = self._parser, self._headers
        method, version = parser.get_method().decode(), parser.get_http_version()
        expects_continue = check_head(version, headers)
        target, host = split_target(method, self._target)
        if host is not None:  # the target's host wins over the header
            headers = [(name, host if name == b"host" else value) for name, value in headers]
        self._in_head = False
        self._counted_bytes = self._data_bytes = self._framing_bytes = 0
        self.under_way = Exchange(
            self._wire,
            request_scope(method, target, version, headers, self._ends),
            keep_alive=parser.should_keep_alive() and not parser.should_upgrade(),
            expects_continue=expects_continue,
        )
        self.queue.append(self.under_way)

    def on_body(self, chunk: bytes) -> None:
        """A part of the body."""
        assert self.under_way is not None
        self._data_bytes += len(chunk)
        self.under_way.body_arrived(chunk)

    def on_message_complete(self) -> None:
        """The request is complete. If it asks for an upgrade, its body was not read yet."""
        if self.under_way is not None and not self._parser.should_upgrade():
            self.under_way.body_ended()
            self.under_way = None
            self._in_head, self._has_begun = True, False
            self.head_bytes = self._counted_bytes = 0
