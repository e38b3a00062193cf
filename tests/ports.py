"""Ports that no other test listens on, however many run at once."""

import os
import socket
from itertools import count

# Below those that a system gives to whoever connects: one that is free stays so until it is used.
_FIRST, _COUNT = 10_000, 20_000
# Two test processes have numbers beside each other; what they take must lie apart.
_APART = 211

_numbers = count(os.getpid() * _APART)


def free_port() -> int:
    """One that nothing listens on, and that this process did not give before."""
    while True:
        port = _FIRST + next(_numbers) % _COUNT
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
