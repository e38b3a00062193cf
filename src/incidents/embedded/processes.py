"""Which processes work in a directory. PostgreSQL's do in its cluster (their current directory).

A process number in a file says little after a power cut: it can be another process's by then.
"""

from pathlib import Path

_PROC = Path("/proc")


def works_in(pid: int, directory: Path) -> bool:
    """Whether the process is known to work in the directory. Needs /proc, as Linux has it."""
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
            return False  # in a container root may not look
        except OSError:
            continue  # it ended
    return _PROC.is_dir()
