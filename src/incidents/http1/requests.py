"""Requests out of the bytes that a connection brings."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser

from incidents.http1.exchange import Exchange
from incidents.http1.head import Address, Headers, request_scope

if TYPE_CHECKING:
    from incidents.http1.connection import Connection

Wrong = tuple[HTTPStatus, str]

_FRAMING = (b"content-length", b"transfer-encoding")


class Requests:
    """Reads requests, and gives each to the connection once its head is whole."""

    __slots__ = (
        *("_client", "_connection", "_expects_continue", "_head_bytes_max"),
        *(
            "_headers",
            "_in_head",
            "_parser",
            "_replays",
            "_server",
            "ends",
            "_target",
            "head_bytes",
            "under_way",
        ),
    )

    def __init__(
        self,
        connection: "Connection",
        head_bytes_max: int,
        client: Address,
        server: Address,
        scheme: str,
    ) -> None:
        self._connection = connection
        self._head_bytes_max = head_bytes_max
        self._client = client
        self._server = server
        self.ends = {"client": client, "server": server, "scheme": scheme}
        self._parser = HttpRequestParser(self)
        self._target = b""
        self._headers: Headers = []
        self._expects_continue = False
        self._in_head = True
        self.head_bytes = 0
        self._replays = False
        self.under_way: Exchange | None = None  # its body is not whole yet

    @property
    def is_between(self) -> bool:
        """Whether nothing of a request has come, but whole ones."""
        return self.under_way is None and self.head_bytes == 0

    def read(self, data: bytes) -> Wrong | None:
        """Parses what came; says what is wrong with it."""
        self.head_bytes += len(data)
        try:
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                self._parse_on()
                self._parser.feed_data(data[upgrade.args[0] :])
        except (HttpParserError, HttpParserUpgrade) as error:
            return HTTPStatus.BAD_REQUEST, f"this is no HTTP/1.1 request: {error}"
        limit = self._head_bytes_max
        if self._in_head and self.head_bytes > limit:
            why = f"the head is longer than {limit} bytes, the limit"
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, why
        return None

    def _parse_on(self) -> None:
        """Has the body of a request read that would upgrade.

        Nothing is upgraded: the request is what it is without (RFC 9110, section 7.8). Its parser
        has stopped behind the head.
        """
        framing = [each for each in self._headers if each[0] in _FRAMING]
        lines = b"".join([b"%b: %b\r\n" % each for each in framing])
        self._parser = HttpRequestParser(self)
        self._replays = True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + lines + b"\r\n")
        self._replays = False

    # What the parser found.

    def on_message_begin(self) -> None:
        """A request begins."""
        if not self._replays:
            self._target, self._headers = b"", []
            self._expects_continue = False
            self._in_head = True

    def on_url(self, part: bytes) -> None:
        """A part of its target."""
        if not self._replays:
            self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what comes behind the body, a trailer, is passed over."""
        if not self._in_head:
            return
        name = name.lower()
        self._headers.append((name, value))
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self._replays:
            return
        parser = self._parser
        self._in_head = False
        scope = request_scope(
            parser.get_method().decode(),
            self._target,
            parser.get_http_version(),
            self._headers,
            self._client,
            self._server,
        )
        scope["scheme"] = self.ends["scheme"]
        upgrades = parser.should_upgrade()
        self.under_way = Exchange(
            self._connection,
            scope,
            keep_alive=parser.should_keep_alive() and not upgrades,
            expects_continue=self._expects_continue,
        )
        self._connection.asked(self.under_way)

    def on_body(self, chunk: bytes) -> None:
        """A part of the body."""
        assert self.under_way is not None
        self.under_way.body_arrived(chunk)

    def on_message_complete(self) -> None:
        """The request is whole; but of one that would upgrade the parser reads no body."""
        if self.under_way is not None and not self._parser.should_upgrade():
            self.under_way.body_ended()
            self.under_way = None
            self._in_head = True
            self.head_bytes = 0
