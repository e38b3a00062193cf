"""One worker: a process with an event loop, and all that answers a request in it."""

import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvloop

from incidents.http1.listener import Limits, Listener
from incidents.logs import log_to_stderr
from incidents.metrics.cells import CELLS
from incidents.settings import Settings

if TYPE_CHECKING:
    from incidents.http.app import Application
    from incidents.runtime import Runtime

# Objects, some hundred requests' worth; Python's own is 700 to 2000.
_GARBAGE_THRESHOLD = 20_000

# Beside the headers, for method and target.
_REQUEST_LINE_BYTES = 16 * 1024


def load_worker(settings: Settings, database_url: str, metrics: Path | None) -> "Application":
    """The application of a worker whose HTTP server is Granian, called once in it."""
    runtime, app = _load(settings, database_url, metrics)
    _when_told_to_stop(runtime.tail.end)
    _collect_less_garbage()
    return app


def work(
    settings: Settings,
    database_url: str,
    metrics: Path | None,
    address: str,
    port: int,
    *granian: Any,
) -> None:
    """Serves in clear text; returns when the process was told to stop and all is settled.

    `granian` is what Granian gives to each process that it starts.
    """
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    _, shared = granian[3]  # a socket for all workers, where each cannot have its own
    with shared or _bound(address, port) as listening:
        loop.run_until_complete(_serve(settings, database_url, metrics, listening))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def _bound(address: str, port: int) -> socket.socket:
    """A socket of this worker alone: the kernel gives each worker its share of the connections."""
    family, kind, number, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, number)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind(where)
    return bound


async def _serve(
    settings: Settings, database_url: str, metrics: Path | None, listening: socket.socket
) -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    runtime, app = _load(settings, database_url, metrics)
    listener = Listener(app, app.at_once, _limits(settings))
    await runtime.open()
    await listener.open(listening)
    _collect_less_garbage()
    await told.wait()
    runtime.tail.end()
    await listener.close(settings.drain_seconds_max)
    await runtime.close()


def _limits(settings: Settings) -> Limits:
    from incidents.http.errors import refusal  # noqa: PLC0415 - see _load

    return Limits(
        connections_max=settings.connections_max,
        head_bytes_max=settings.header_bytes_max + _REQUEST_LINE_BYTES,
        heads_bytes_max=settings.unfinished_headers_bytes_max,
        head_seconds_max=settings.header_seconds_max,
        send_seconds_max=settings.send_seconds_max,
        refuse=partial(refusal, settings.retry_after_seconds),
    )


def _load(
    settings: Settings, database_url: str, metrics: Path | None
) -> "tuple[Runtime, Application]":
    # Imported here: the process that only watches the workers need not load it all.
    from incidents.http.app import create_app  # noqa: PLC0415
    from incidents.runtime import Runtime  # noqa: PLC0415

    log_to_stderr(logging.INFO, settings.log_format)
    if metrics is not None:
        CELLS.share(metrics)
    _stop_with_parent()
    runtime = Runtime(settings, database_url)
    return runtime, create_app(runtime)


def _when_told_to_stop(then: Callable[[], None]) -> None:
    """Calls `then` as soon as the worker is told to stop.

    Granian waits for every answer to end before it says so, and those to listeners never do.
    """
    loop = asyncio.get_event_loop()

    def chain(number: signal.Signals) -> None:
        granian = signal.getsignal(number)

        def handler(given: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(then)
            if callable(granian):
                granian(given, frame)

        signal.signal(number, handler)
        signal.siginterrupt(number, False)  # noqa: FBT003 - the function takes it so

    for number in (signal.SIGINT, signal.SIGTERM):
        # Once the loop runs, Granian has set its own handlers.
        loop.call_soon(chain, number)


def _collect_less_garbage() -> None:
    """Spares each request its share of looking through what was there at the start."""
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
