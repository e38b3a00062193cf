"""All connections of a worker."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable

from incidents.http.http1.connection import Connection
from incidents.http.http1.exchange import Application, Exchange
from incidents.http.http1.known import KnownHeads
from incidents.http.http1.limits import Limits
from incidents.http.http1.tls import TLS

log = logging.getLogger(__name__)

_BACKLOG = 1024

# How often slow clients are looked for.
_CHECK_SECONDS_MAX = 1.0


class Listener:
    """Accepts connections from a socket, and passes their requests to an ASGI application.

    Before that, `at_once` is called for each complete request; it returns True if it answers that
    exchange by itself.
    """

    def __init__(
        self, application: Application, at_once: Callable[[Exchange], bool], limits: Limits
    ) -> None:
        self.application = application
        self.at_once = at_once
        self.limits = limits
        self.known_heads = KnownHeads()
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._empty.set()
        self._is_closing = False
        self._server: asyncio.Server | None = None
        self._check: asyncio.TimerHandle | None = None

    async def open(self, bound: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        """Listens on a bound socket; with `tls`, every client must use TLS."""
        loop = asyncio.get_running_loop()

        def connection() -> asyncio.Protocol:
            made = Connection(self, loop)
            return TLS(tls, made) if tls is not None else made

        self._server = await loop.create_server(connection, sock=bound, backlog=_BACKLOG)
        self._check_time(loop)

    async def close(self, seconds_max: float) -> None:
        """Accepts no more connections; returns when all requests in flight are answered.

        After the time limit the rest is cut.
        """
        self._is_closing = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.stop()
        try:
            async with asyncio.timeout(seconds_max):
                await self._empty.wait()
        except TimeoutError:
            log.warning("%d answers were cut short: the server stops", len(self._connections))
            for connection in list(self._connections):
                connection.cut()
            await self._empty.wait()
        if self._check is not None:
            self._check.cancel()

    def enter(self, connection: Connection) -> bool:
        """Counts the connection. Whether it may send requests."""
        self._connections.add(connection)
        self._empty.clear()
        if self._is_closing:  # it was accepted just before, and has sent nothing
            connection.stop()
            return True
        return len(self._connections) <= self.limits.connections_max

    def leave(self, connection: Connection) -> None:
        """Removes the connection."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def _check_heads(self) -> None:
        """Closes the connections with the longest incomplete headers if the total is too much."""
        waiting = sum([connection.head_bytes for connection in self._connections])
        if waiting <= self.limits.heads_bytes_max:
            return
        by_size = sorted(self._connections, key=lambda each: each.head_bytes, reverse=True)
        count = 0
        while waiting > self.limits.heads_bytes_max:
            waiting -= by_size[count].head_bytes
            by_size[count].cut()
            count += 1
        log.warning("%d connections were closed: too many bytes of incomplete headers", count)

    def _check_time(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in list(self._connections):
            connection.check_time(now)
        self._check_heads()
        seconds = min(_CHECK_SECONDS_MAX, self.limits.shortest_seconds / 4)
        self._check = loop.call_later(seconds, self._check_time, loop)
