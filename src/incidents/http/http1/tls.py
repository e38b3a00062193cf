"""TLS between a socket and its connection."""

import asyncio
import logging
import ssl
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from incidents.http.http1.connection import Connection

log = logging.getLogger(__name__)

# A client's handshake takes about 2,000 bytes. OpenSSL would buffer far more of an endless one.
_HANDSHAKE_BYTES_MAX = 16 * 1024

# A TLS record has at most 16 KiB (RFC 8446, section 5.1).
_RECORD_BYTES_MAX = 16 * 1024


def server_context(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """TLS 1.2 and newer, for HTTP/1.1. Raises OSError if a file is invalid."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    # Nobody could type a password.
    context.load_cert_chain(certificate, private_key, password="")
    return context


class TLS(asyncio.Transport, asyncio.Protocol):
    """The protocol of a socket, and the transport of its connection, which sees clear text.

    The connection exists before the handshake, so its time limits and the listener's limits also
    apply to handshakes, as to headers. In asyncio's TLS the connection begins after the handshake,
    and neither side can close only its own direction.
    """

    def __init__(self, context: ssl.SSLContext, connection: "Connection") -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._socket = cast("asyncio.Transport", None)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        # Data written before the end of the handshake; None afterwards.
        self._early: list[bytes] | None = []
        self._handshake_bytes = 0
        self._is_reading = True
        self._is_at_eof = False  # the client has closed its side
        self._is_ended = False  # and so did this side

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Starts to wait for a handshake."""
        self._socket = cast("asyncio.Transport", transport)
        self._connection.connection_made(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Tells the connection."""
        self._connection.connection_lost(error)

    def pause_writing(self) -> None:
        """Tells the connection."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Tells the connection."""
        self._connection.resume_writing()

    def eof_received(self) -> bool:
        """The client closed its side, with or without close_notify: requests have lengths."""
        self._at_eof()
        return True

    def data_received(self, data: bytes) -> None:
        """Decrypts the data for the connection."""
        if self._is_at_eof or self._socket.is_closing():
            return
        if self._is_ended and self._early is None:
            self._connection.data_received(data)  # it is forgotten, and need not be read for that
            return
        self._incoming.write(data)
        try:
            if self._early is not None:
                self._shake_hands(len(data))
            self._read()
        except ssl.SSLWantReadError:
            if self._handshake_bytes > _HANDSHAKE_BYTES_MAX:
                self._socket.abort()
        except ssl.SSLError as error:
            log.debug("TLS was broken off: %s", error)
            self._flush()  # sends the alert with the reason
            self._socket.close()
        if self._outgoing.pending and self._connection.blocked_since is not None:
            # It requests key updates (RFC 8446, section 4.6.3) without reading the responses.
            self._socket.abort()
        self._flush()

    # Called by the connection

    def write(self, data: Any) -> None:
        """Encrypts and sends it; before the end of the handshake it is buffered."""
        if self._is_ended or self._socket.is_closing():
            return
        if self._early is not None:
            self._early.append(data)
            return
        self._tls.write(data)
        self._flush()

    def write_eof(self) -> None:
        """Closes this side; what the client sends is still read."""
        self._is_ended = True
        if self._early is None:
            self._say_goodbye()
            self._socket.write_eof()

    def can_write_eof(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Sends what was written, then close_notify, and closes the socket."""
        if self._early is None and not self._is_ended:
            self._is_ended = True
            self._say_goodbye()
        self._socket.close()

    def abort(self) -> None:
        """Closes the socket at once."""
        self._socket.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._socket.is_closing()

    def pause_reading(self) -> None:
        """Stops decrypting."""
        self._is_reading = False
        self._socket.pause_reading()

    def resume_reading(self) -> None:
        """Decrypts soon what arrived meanwhile."""
        self._is_reading = True
        self._socket.resume_reading()
        self._loop.call_soon(self.data_received, b"")

    def get_write_buffer_size(self) -> int:
        """Encrypted bytes that wait to be sent."""
        return self._socket.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """That of the socket, and `ssl_object`."""
        return self._tls if name == "ssl_object" else self._socket.get_extra_info(name, default)

    def _shake_hands(self, count: int) -> None:
        assert self._early is not None
        self._handshake_bytes += count
        self._tls.do_handshake()
        self._handshake_bytes = 0
        early, self._early = self._early, None
        for data in early:
            self._tls.write(data)
        if self._is_ended:
            self.write_eof()

    def _read(self) -> None:
        """Passes all decrypted data to the connection in one piece, as a socket does."""
        if not self._is_reading:
            return
        records: list[bytes] = []
        said_goodbye = False
        try:
            while self._incoming.pending or self._tls.pending():
                if not (record := self._tls.read(_RECORD_BYTES_MAX)):
                    said_goodbye = True
                    break
                records.append(record)
        finally:
            if records:
                self._connection.data_received(b"".join(records))
        if said_goodbye:
            self._at_eof()

    def _at_eof(self) -> None:
        if not self._is_at_eof:
            self._is_at_eof = True
            if not self._connection.eof_received():
                self.close()

    def _say_goodbye(self) -> None:
        with suppress(ssl.SSLError):  # it would wait for the client's close_notify
            self._tls.unwrap()
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending and not self._socket.is_closing():
            self._socket.write(self._outgoing.read())
