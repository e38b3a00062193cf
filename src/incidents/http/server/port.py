"""The port that a server listens on."""

import socket
import sys

from incidents.core.errors import CannotStart

# Connections that may wait to be accepted, within the system's limit (net.core.somaxconn).
_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `port`, or (for 0) a free one, of the first address of `host`.

    No other program can use the port until it is closed. Clients that connect wait until somebody
    accepts. Raises CannotStart if the port is in use, or the address is not of this machine.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            # Two sockets can be bound, but only one can listen.
            listening.listen(_BACKLOG)
        except BaseException:
            listening.close()
            raise
    except (OSError, OverflowError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise CannotStart(
            f"cannot listen on {host} port {port}: {why}. Choose others with --host and --port"
        ) from error
    return listening


def one_each(listening: socket.socket, count: int) -> list[socket.socket]:
    """A socket for each of `count` workers on the port of `listening`, which is the first.

    Linux distributes connections over sockets that share a port (SO_REUSEPORT); from a single
    socket the worker that wakes first would take a whole burst. Another server cannot join: it
    would begin with `listen`, which fails while any socket listens here. On other systems the
    workers share one socket.
    """
    if sys.platform != "linux":
        return [listening] * count
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return [listening, *[_beside(listening) for _ in range(count - 1)]]


def _beside(listening: socket.socket) -> socket.socket:
    another = socket.socket(listening.family, listening.type)
    another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    another.bind(listening.getsockname())
    another.listen(_BACKLOG)
    return another
