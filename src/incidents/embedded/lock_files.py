"""The files by which PostgreSQL says that it runs in a cluster, and where it listens.

Of postmaster.pid the lines are: process, directory, begin, port, socket's directory, address,
memory, status (src/include/utils/pidfile.h).
"""

from contextlib import suppress
from pathlib import Path

from incidents.embedded.configuration import SOCKET_NAME
from incidents.support.directory import Directory

_CLUSTER = "postgres"
_LINES = 8


def first_process(data: Path) -> int:
    """The number of PostgreSQL's first process. Raises OSError or ValueError without one."""
    with Directory.opened(data) as directory:
        return int(_lines(directory)[0])


def listens_elsewhere(data: Directory, socket_directory: Path) -> int | None:
    """The number of a PostgreSQL that is ready, but not in that directory."""
    try:
        pid, *_, directory, _, _, status = _lines(data)[:_LINES]
    except (OSError, ValueError):
        return None  # it begins, or ends
    if status.strip() != "ready" or _is_same(directory, socket_directory):
        return None
    return int(pid)


def remove_lock_files(data: Directory, socket_directory: Path) -> None:
    """Neither says any more that PostgreSQL runs. To be called when it does not."""
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
