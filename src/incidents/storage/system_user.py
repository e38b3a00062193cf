"""Who PostgreSQL runs as when the program runs as root: it refuses to run as root itself.

For any other user nothing here does anything: PostgreSQL runs as that one.
"""

import fcntl
import os
import pwd
import subprocess
from pathlib import Path
from typing import TypedDict

from incidents.directory import Directory
from incidents.errors import CannotStart

NAME = "incidents"

_ACCOUNTS = Path("/etc")

_MAY_PASS = 0o001
_MAY_RUN = 0o055


class OfProcess(TypedDict, total=False):
    """Arguments of subprocess.run."""

    user: int
    group: int
    extra_groups: list[int]


def of_process() -> OfProcess:
    """What makes a process run as the system user; nothing when not root."""
    if not _is_root():
        return {}
    user = _entry()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def give(directory: Directory) -> None:
    """From now on it belongs to the system user."""
    if _is_root():
        directory.give(_entry().pw_uid, _entry().pw_gid)


def admit(folder: Path, programs: Path) -> None:
    """The system user may pass the folders on the way to both, and run the programs.

    Passing is all: what is in a folder on the way can be listed by no one who could not before.
    """
    if not _is_root():
        return
    for parent in (*folder.parents, *programs.parents):
        _allow(parent, _MAY_PASS)
    if not _allows(programs / "postgres", _MAY_RUN):
        for file in programs.parent.rglob("*"):
            _allow(file, _MAY_RUN)


def _is_root() -> bool:
    return os.geteuid() == 0


def _allows(file: Path, bits: int) -> bool:
    return file.stat().st_mode & bits == bits


def _allow(file: Path, bits: int) -> None:
    if not _allows(file, bits):
        file.chmod(file.stat().st_mode | bits)


def _entry() -> pwd.struct_passwd:
    """The system user, made if there is none.

    One start at a time looks: useradd run twice at once adds the user twice, and the one that a
    start has seen may be gone again a moment later.
    """
    etc = os.open(_ACCOUNTS, os.O_RDONLY)
    try:
        fcntl.flock(etc, fcntl.LOCK_EX)
        if not _is_made():
            _make()
        return pwd.getpwnam(NAME)
    finally:
        os.close(etc)


def _is_made() -> bool:
    try:
        pwd.getpwnam(NAME)
    except KeyError:
        return False
    return True


def _make() -> None:
    command = ["useradd", "--system", "--shell", "/bin/false", NAME]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise CannotStart(
            f"PostgreSQL cannot run as root, and the system user {NAME} cannot be made "
            f"({getattr(error, 'stderr', '').strip() or error}). Start incidents as another user"
        ) from error
