"""Keeps the embedded PostgreSQL running: restarts it whenever it ends."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from incidents.core.errors import CannotStart, StorageError
from incidents.embedded.postgresql import Embedded

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_PAUSE_SECONDS_MAX = 1.0


@contextmanager
def supervised(embedded: Embedded) -> Iterator[None]:
    """Until the end of the block, PostgreSQL is restarted when it ends.

    PostgreSQL ends as a whole if one of its processes crashes (see configuration.py), for example
    on a full disk.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(embedded, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _keep(embedded: Embedded, ended: threading.Event) -> None:
    pause = _POLL_SECONDS
    while not ended.wait(pause):
        if embedded.is_alive():
            pause = _POLL_SECONDS
            continue
        # If it cannot run, perhaps because the disk is full, it ends soon after its start.
        pause = min(2 * pause, _PAUSE_SECONDS_MAX)
        log.warning("PostgreSQL has ended: restarting it")
        try:
            embedded.start_again()
        except (CannotStart, StorageError, OSError) as error:
            log.warning("%s; the next try is in %.1f s", error, pause)
