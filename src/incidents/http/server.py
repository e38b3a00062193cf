"""One process that watches, and workers that serve.

Granian starts the workers and keeps them alive; where TLS is spoken, it is their HTTP server, too.
"""

import logging
import multiprocessing
import resource
import socket
import ssl
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels
from granian.server import MPServer

from incidents.errors import CannotStart
from incidents.http.worker import load_worker, work
from incidents.settings import Settings

log = logging.getLogger(__name__)

_SECOND_MS = 1000

# A server that lived that long did start: a worker that dies now was killed, or met an error.
_LIFE_SECONDS_MIN = 5
_PAUSE_SECONDS = 1

# What a worker opens beside its connections: libraries, PostgreSQL, the event loop.
_OTHER_FILES = 500


def free_port(host: str, port: int) -> tuple[str, int]:
    """The address of `host`, and the port to listen on there: `port`, or (for 0) a free one.

    The servers of one machine share a port (SO_REUSEPORT), so one that is in use would
    not be noticed later. Raises CannotStart when it is, or the address is none of ours.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            bound = probe.getsockname()
    except (OSError, OverflowError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise CannotStart(
            f"cannot listen on {host} port {port}: {why}. Choose others with --host and --port"
        ) from error
    return str(bound[0]), int(bound[1])


def check_tls(settings: Settings) -> None:
    """Returns when TLS can be spoken, or is not to be. Raises CannotStart."""
    certificate, private_key = settings.tls_certificate, settings.tls_private_key
    if certificate is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Nobody is there to type a password.
        context.load_cert_chain(certificate, private_key, password="")
    except OSError as error:  # SSLError is one
        raise CannotStart(
            f"TLS cannot be spoken with the certificate {certificate} and the private key "
            f"{private_key}: {error.strerror or error}. Both are PEM files; the private key "
            "belongs to the certificate and is not encrypted"
        ) from error


def serve(
    settings: Settings, database_url: str, address: str, port: int, metrics: Path | None
) -> None:
    """Returns when SIGINT or SIGTERM came and every worker has settled what it accepted.

    A worker that dies is replaced. In `metrics`, a directory, workers share what they count.
    Raises SystemExit when workers cannot be kept alive.
    """
    # Each worker is a fresh process: forking one that has threads can deadlock.
    multiprocessing.set_start_method("spawn", force=True)
    _allow_open_files(settings.connections_max)
    started_at = time.monotonic()
    while not _serve_once(
        _granian(settings, address, port), settings, database_url, metrics, started_at
    ):
        time.sleep(_PAUSE_SECONDS)


def _serve_once(
    server: MPServer, settings: Settings, database_url: str, metrics: Path | None, started_at: float
) -> bool:
    """Whether it ended because it was told to. Raises SystemExit as `serve` does."""
    in_clear_text = partial(
        work, settings, database_url, metrics, server.bind_addr, server.bind_port
    )
    try:
        server.serve(
            spawn_target=None if settings.tls_certificate else in_clear_text,
            target_loader=partial(load_worker, settings, database_url, metrics),
            wrap_loader=False,
        )
    except SystemExit:
        # Granian ends when a worker dies soon after it replaced another one. That is right
        # for workers that cannot start at all, and wrong for those that somebody killed.
        if server.interrupt_signal or time.monotonic() - started_at < _LIFE_SECONDS_MIN:
            raise
        log.warning("workers died faster than they could be replaced: all are started again")
        return False
    return True


def _granian(settings: Settings, address: str, port: int) -> MPServer:
    return MPServer(
        "incidents",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.auto,
        # One thread for the sockets: fewer hops between threads (docs/decisions/0001).
        runtime_mode=RuntimeModes.st,
        http=HTTPModes.auto,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(settings.header_seconds_max * _SECOND_MS)
        ),
        http2_settings=HTTP2Settings(max_headers_size=2 * settings.header_bytes_max),
        websockets=False,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_private_key,
        # 1.3 where the client knows it; there are senders that do not.
        ssl_protocol_min=SSLProtocols.tls12,
        backlog=1024,
        backpressure=settings.connections_max,
        log_level=LogLevels.warning,
        # Granian's lines go where ours go.
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
        respawn_failed_workers=True,
        workers_kill_timeout=round(settings.drain_seconds_max) + 5,
    )


def _allow_open_files(connections: int) -> None:
    """As many files as the connections need, as far as the system lets us; workers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if wanted <= soft:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):  # macOS has a limit below its hard one
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed < wanted:
        log.warning(
            "the system allows %d open files, but %d connections need %d: raise the limit "
            "(ulimit -n) or lower INCIDENTS_CONNECTIONS_MAX",
            allowed,
            connections,
            wanted,
        )
