"""The server: one supervising process, and workers that serve."""

import logging
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from incidents.core.errors import CannotStart
from incidents.http.http1.tls import server_context
from incidents.http.server.port import one_each
from incidents.http.server.supervisor import Supervisor
from incidents.http.server.worker import work
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# Files of a worker besides its connections: libraries, PostgreSQL, the event loop.
_OTHER_FILES = 500


def check_tls(settings: Settings) -> None:
    """Returns if TLS can be used, or is not configured. Raises CannotStart."""
    certificate, private_key = settings.tls_certificate, settings.tls_private_key
    if certificate is None or private_key is None:
        return
    try:
        server_context(certificate, private_key)
    except OSError as error:  # SSLError is one
        raise CannotStart(
            f"TLS cannot use the certificate {certificate} and the private key "
            f"{private_key}: {error.strerror or error}. Both are PEM files; the private key "
            "belongs to the certificate and is not encrypted"
        ) from error


def serve(
    settings: Settings,
    database_url: str,
    listening: socket.socket,
    metrics: Path | None,
    when_started: Callable[[], None],
) -> None:
    """Returns after SIGINT or SIGTERM, when every worker has completed what it accepted.

    A worker that dies is replaced. Workers share their metrics in the directory `metrics`.
    `when_started` is called once all accept requests. Raises CannotStart if one cannot be started.
    """
    _allow_open_files(settings.connections_max)
    work_with = partial(work, settings, database_url, metrics)
    sockets = one_each(listening, settings.workers)
    Supervisor(work_with, sockets, settings.drain_seconds_max).run(when_started)


def _allow_open_files(connections: int) -> None:
    """Raises the limit of open files for the connections, if allowed; workers inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if wanted <= soft:
        return
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with suppress(ValueError, OSError):  # macOS has a lower limit than its hard one
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
