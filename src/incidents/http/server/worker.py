"""One worker: a process with an event loop that answers requests."""

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import socket
import ssl
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from incidents.http.http1.limits import SEND_SECONDS_MAX, Limits
from incidents.http.http1.listener import Listener
from incidents.http.http1.tls import server_context
from incidents.support.logs import log_to_stderr
from incidents.support.metrics.cells import CELLS
from incidents.support.settings import Settings

if TYPE_CHECKING:
    from incidents.http.app import Application
    from incidents.runtime import Runtime

# Objects between collections: those of some hundred requests. Python's default is 700 to 2000.
_GARBAGE_THRESHOLD = 20_000

# For method and target, besides the headers.
_REQUEST_LINE_BYTES = 16 * 1024

# Bytes of all requests whose headers are not complete: a flood of slow clients cannot fill the
# memory of a worker; those that sent most are disconnected.
_UNFINISHED_HEADERS_BYTES_MAX = 16 * 1024 * 1024

# How much of a body is read and discarded after an early response, so that its client gets the
# response. After either limit the connection is closed.
_DISCARDED_BYTES_MAX = 8 * 1024 * 1024
_DISCARDED_SECONDS_MAX = 5


def work(
    settings: Settings,
    database_url: str,
    metrics: Path | None,
    listening: socket.socket,
    ready: Connection,
) -> None:
    """Serves; returns when the process was told to stop and everything is completed.

    Sends a byte to `ready` when requests are answered.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # for the supervisor
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    with listening:
        loop.run_until_complete(_serve(settings, database_url, metrics, listening, ready))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def _serve(
    settings: Settings,
    database_url: str,
    metrics: Path | None,
    listening: socket.socket,
    ready: Connection,
) -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    runtime, app = _load(settings, database_url, metrics)
    listener = Listener(app, app.at_once, limits_of(settings))
    await runtime.open()
    await listener.open(listening, _tls(settings))
    _collect_less_garbage()
    ready.send_bytes(b"1")
    await told.wait()
    runtime.tail.end()
    await listener.close(settings.drain_seconds_max)
    await runtime.close()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None or settings.tls_private_key is None:
        return None
    return server_context(settings.tls_certificate, settings.tls_private_key)


def limits_of(settings: Settings) -> Limits:
    """The limits of a worker's connections: those of the settings, and those that are constants."""
    # See _load.
    from incidents.http.message.body import HEADER_BYTES_MAX  # noqa: PLC0415
    from incidents.http.message.problem_details import refusal  # noqa: PLC0415

    return Limits(
        connections_max=settings.connections_max,
        head_bytes_max=HEADER_BYTES_MAX + _REQUEST_LINE_BYTES,
        heads_bytes_max=_UNFINISHED_HEADERS_BYTES_MAX,
        head_seconds_max=settings.header_seconds_max,
        body_seconds_max=settings.body_seconds_max,
        send_seconds_max=SEND_SECONDS_MAX,
        refused_bytes_max=_DISCARDED_BYTES_MAX,
        refused_seconds_max=_DISCARDED_SECONDS_MAX,
        refuse=refusal,
    )


def _load(
    settings: Settings, database_url: str, metrics: Path | None
) -> "tuple[Runtime, Application]":
    # Imported here: the supervising process does not need it.
    from incidents.http.app import create_app  # noqa: PLC0415
    from incidents.runtime import Runtime  # noqa: PLC0415

    log_to_stderr(logging.INFO, settings.log_format)
    if metrics is not None:
        CELLS.share(metrics)
    _stop_with_parent()
    runtime = Runtime(settings, database_url)
    return runtime, create_app(runtime)


def _collect_less_garbage() -> None:
    """Collects less often, and not what exists since the start."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)


def _stop_with_parent() -> None:
    """Stops this worker when its parent is gone: nobody else would, and it holds the port."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    loop = asyncio.get_event_loop()

    def stop() -> None:
        loop.remove_reader(parent.sentinel)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(parent.sentinel, stop)
