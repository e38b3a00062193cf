"""Where the workers of one server keep their cells: in memory where that can be."""

import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Linux keeps it in memory; it is there where the root file system is read-only, too.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is made for this user alone

_PREFIX = "incidents-metrics-"
# A directory that is younger may not be locked yet.
_SECONDS_MIN = 60

log = logging.getLogger(__name__)


@contextmanager
def shared_directory() -> Iterator[Path | None]:
    """An empty directory until the end of the block; None where none can be made.

    What servers that were killed left behind is removed.
    """
    base = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in base.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            _remove_if_left(left)
    try:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    except OSError as error:
        log.warning("each worker counts for itself, and /metrics shows one of them: %s", error)
        yield None
        return
    held = _lock(made)
    try:
        yield made
    finally:
        os.close(held)
        shutil.rmtree(made, ignore_errors=True)


def _remove_if_left(directory: Path) -> None:
    """Removes it when nobody holds it. Raises OSError when somebody does, or it is not ours."""
    if directory.stat().st_uid == os.getuid() and (
        time.time() - directory.stat().st_mtime > _SECONDS_MIN
    ):
        held = _lock(directory)
        try:
            shutil.rmtree(directory)
        finally:
            os.close(held)


def _lock(directory: Path) -> int:
    """A file that holds a lock on the directory as long as it is open. Raises OSError."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened
