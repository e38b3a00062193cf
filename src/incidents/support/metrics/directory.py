"""Where the workers of a server keep their numbers: in memory if possible."""

import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# A file system in memory on Linux, writable even if the root file system is read-only.
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is made for this user alone

_PREFIX = "incidents-metrics-"
# A younger directory may not have been locked yet by its owner.
_SECONDS_MIN = 60

log = logging.getLogger(__name__)


@contextmanager
def shared_directory() -> Iterator[Path | None]:
    """An empty directory until the end of the block; None if none can be created.

    Directories of servers that were killed are removed.
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
    """Removes a directory that no process uses. Raises OSError if one does, or it is not ours."""
    if directory.stat().st_uid == os.getuid() and (
        time.time() - directory.stat().st_mtime > _SECONDS_MIN
    ):
        held = _lock(directory)
        try:
            shutil.rmtree(directory)
        finally:
            os.close(held)


def _lock(directory: Path) -> int:
    """An open file that locks the directory. Raises OSError."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        raise
    return opened
