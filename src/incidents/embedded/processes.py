"""Which processes have a directory as their current one, as PostgreSQL's have their cluster.

After a power cut a process id in a file says little: it may belong to another process.
"""

from pathlib import Path

_PROC = Path("/proc")


def works_in(pid: int, directory: Path) -> bool:
    """Whether the process is known to work in the directory. Needs Linux's /proc."""
    try:
        return (_PROC / str(pid) / "cwd").samefile(directory)
    except OSError:
        return False


def none_works_in(directory: Path) -> bool:
    """Whether it is known that no process of the directory's owner works in it."""
    owner = directory.stat().st_uid
    for process in _PROC.glob("[0-9]*"):
        try:
            if process.stat().st_uid == owner and (process / "cwd").samefile(directory):
                return False
        except PermissionError:
            return False  # in a container root may lack this privilege
        except OSError:
            continue  # the process ended
    return _PROC.is_dir()
