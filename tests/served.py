"""The server in a thread of the test's process: the same sockets and answers, no start of programs.

For tests that need a socket: a browser, a proxy, a sender of others. What workers, signals, the
command line or the log do, `tests/server.py` shows.
"""

import asyncio
import socket
import ssl
import threading
from types import TracebackType
from typing import Self

import uvloop

from incidents.http.app import create_app
from incidents.http.http1.listener import Listener
from incidents.http.http1.tls import server_context
from incidents.http.server.worker import limits_of
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.command import SECONDS_MAX
from tests.server import Client


class Served(Client):
    """Serves on a free port for as long as the block lasts."""

    def __init__(self, settings: Settings, database_url: str, *, with_jobs: bool = True) -> None:
        self.settings = settings
        self._with_jobs = with_jobs
        self._database_url = database_url
        self._loop = uvloop.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(SECONDS_MAX)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SECONDS_MAX)
        self._loop.close()

    def _tls(self) -> ssl.SSLContext | None:
        certificate, key = self.settings.tls_certificate, self.settings.tls_private_key
        return server_context(certificate, key) if certificate and key else None

    async def _serve(self) -> None:
        runtime = Runtime(self.settings, self._database_url)
        app = create_app(runtime)
        listener = Listener(app, app.at_once, limits_of(self.settings))
        await runtime.open(with_jobs=self._with_jobs)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            await listener.open(listening, self._tls())
            self.port = listening.getsockname()[1]
            self._ready.set()
            await self._stop.wait()
            runtime.tail.end()
            await listener.close(1)
        await runtime.close()
