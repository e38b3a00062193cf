"""The user that PostgreSQL runs as when this program runs as root, which PostgreSQL refuses.

For any other user nothing here has an effect: PostgreSQL runs as that user. The system user must
reach the data and the programs. Permissions of existing directories are not changed: the programs
are copied to where it can reach them, and an unreachable data directory is refused.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

from incidents.core.errors import CannotStart
from incidents.embedded.programs import package_version
from incidents.support.directory import Directory

NAME = "incidents"

_ACCOUNTS = Path("/etc")
_COPY = "programs-"

# A shell script that prints the first directory that it cannot enter.
_ENTER = 'for each; do cd "$each" 2>/dev/null || { echo "$each"; exit 1; }; done'
_USE = """
    "$1/bin/initdb" --version && "$1/bin/postgres" --version &&
    [ -r "$("$1/bin/pg_config" --sharedir)/postgres.bki" ]
"""

# A third of the package, only needed to compile extensions.
_NOT_NEEDED = shutil.ignore_patterns("include", "*.a", "pkgconfig", "pgxs")


class OfProcess(TypedDict, total=False):
    """Arguments of subprocess.run."""

    user: int
    group: int
    extra_groups: list[int]


def of_process() -> OfProcess:
    """Arguments that make a process run as the system user; none if not root."""
    if not _is_root():
        return {}
    user = _entry()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def give(directory: Directory) -> None:
    """Makes the system user its owner."""
    if _is_root():
        directory.give(_entry().pw_uid, _entry().pw_gid)


def make_directories(path: Path) -> None:
    """Creates the directory and its parents. The system user can enter those that are new."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    if _is_root():
        for each in missing:
            each.chmod(0o755)  # the umask does not apply


def check_reaches(path: Path) -> None:
    """Raises CannotStart, with what to do, if the system user cannot enter the directory."""
    if not _is_root():
        return
    directories = [*reversed(path.parents), path]
    if blocked := _said(_ENTER, *directories):
        raise CannotStart(
            f"PostgreSQL cannot run as root: it runs as the system user {NAME}, which may not "
            f"enter {blocked}. Run `chmod o+x {blocked}`, or choose another data directory, such "
            "as --data /var/lib/incidents"
        )


def usable(programs: Path, data: Path) -> Path:
    """The programs, or a copy of them in the data directory if the system user cannot use them.

    A virtual environment under /root is closed to all other users. Raises CannotStart.
    """
    installed = programs.parent
    if not _is_root() or _said(_USE, installed) is None:
        return programs
    copy = data / f"{_COPY}{package_version()}-{installed.name}"
    with Directory.opened(data) as directory:
        if copy.name not in directory.names():
            _copy(installed, directory, copy)
    return copy / programs.relative_to(_site(installed))


def _site(installed: Path) -> Path:
    return installed.parents[1]


def _copy(installed: Path, data: Directory, copy: Path) -> None:
    if not data.is_own:  # its owner could redirect root's writes
        raise CannotStart(
            f"PostgreSQL runs as the system user {NAME}, which cannot use its programs in "
            f"{installed}. Install incidents where it can, such as /opt/incidents"
        )
    new = copy.with_name(f"{_COPY}new")
    data.remove(new.name)
    package = installed.parent
    # The places of the libraries in the wheels for Linux and macOS.
    libraries = package.with_name(f"{package.name}.libs"), package / ".dylibs"
    for source in (installed, *filter(Path.exists, libraries)):
        place = new / source.relative_to(_site(installed))
        shutil.copytree(source, place, copy_function=shutil.copy, ignore=_NOT_NEEDED)
    for each in (new, *new.rglob("*")):
        mode = each.stat().st_mode
        each.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)  # whatever the umask
    # After a power cut too, only a complete copy has this name.
    os.sync()
    data.rename(new.name, copy.name)


def _said(script: str, *arguments: Path) -> str | None:
    """None if the shell script succeeds as the system user; otherwise its output."""
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", "-c", script, "sh", *map(str, arguments)],
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **of_process(),
    )
    return None if done.returncode == 0 else done.stdout.strip()


def _is_root() -> bool:
    return os.geteuid() == 0


def _entry() -> pwd.struct_passwd:
    """The system user, created if there is none.

    One start at a time: two concurrent useradd add the user twice, and the one that a start has
    seen may disappear a moment later.
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
