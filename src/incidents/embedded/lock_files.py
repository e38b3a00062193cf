"""The files by which PostgreSQL shows that it runs, and where it listens.

The lines of postmaster.pid are: process id, directory, start time, port, directory of the socket,
address, shared memory, status (src/include/utils/pidfile.h).
"""

from contextlib import suppress
from pathlib import Path

from incidents.embedded.configuration import SOCKET_NAME
from incidents.support.directory import Directory

_CLUSTER = "postgres"
_LINES = 8


def first_process(data: Path) -> int:
    """The process id of the postmaster. Raises OSError or ValueError if there is none."""
    with Directory.opened(data) as directory:
        return int(_lines(directory)[0])


def listens_elsewhere(data: Directory, socket_directory: Path) -> int | None:
    """The process id of a PostgreSQL that is ready but has its socket in another directory."""
    try:
        pid, *_, directory, _, _, status = _lines(data)[:_LINES]
    except (OSError, ValueError):
        return None  # it is starting or stopping
    if status.strip() != "ready" or _is_same(directory, socket_directory):
        return None
    return int(pid)


def remove_lock_files(data: Directory, socket_directory: Path) -> None:
    """Removes the lock files of a PostgreSQL that does not run."""
    with data.inside(_CLUSTER) as cluster:
        cluster.remove("postmaster.pid")
    with suppress(OSError), Directory.opened(socket_directory) as directory:
        directory.remove(f"{SOCKET_NAME}.lock")


def _lines(data: Directory) -> list[str]:
    with data.inside(_CLUSTER) as cluster:
        return cluster.read("postmaster.pid").splitlines()


def _is_same(directory: str, path: Path) -> bool:
    try:
        return Path(directory).samefile(path)
    except OSError:
        return False
