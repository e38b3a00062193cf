"""Backup of the embedded database to a file, and restore: `pg_dump` and `pg_restore`."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from incidents.core.errors import CannotStart
from incidents.db.driver import connect_driver, driver_errors
from incidents.db.revision import VERSION_TABLE
from incidents.embedded.programs import PROGRAMS
from incidents.support.directory import Directory
from incidents.support.run import run

_WAIT_SECONDS = 60
_JOBS_MAX = 4

# Names of the database while it is restored, and of the old one while they are swapped.
_NEW = "incidents_restored"
_OLD = "incidents_replaced"
_DATABASE = "incidents"


def dump(url: str, file: Path) -> None:
    """Returns when `file` contains everything acknowledged before, flushed to disk.

    An unfinished backup leaves no file of that name. Raises CannotStart.
    """
    partial = file.with_name(f"{file.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        # Only its owner may read it, as with the database. pg_dump gets an open file, so nobody can
        # redirect it by a symbolic link. It is not its standard output: pg_restore takes a
        # truncated archive from there for a complete one.
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        try:
            opened = f"--file=/dev/fd/{descriptor}"
            _run("pg_dump", "--format=custom", opened, f"--dbname={url}", inherits=(descriptor,))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.rename(file)
        with Directory.opened(file.parent) as directory:
            directory.sync()
    except OSError as error:
        raise CannotStart(f"the backup {file} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def restore(url: str, file: Path) -> None:
    """Returns when the database at `url` is the one in `file`.

    It is created beside the old one, which must have no incidents and not be in use, and replaces
    it in one step: a restore that fails or is killed changes nothing. Raises CannotStart.
    """
    maintenance = _at(url, "postgres")
    run(_check_empty(url))
    run(_execute(maintenance, *_CLEAR, _MAKE_NEW))
    try:
        _fill(_at(url, _NEW), file)
        run(_execute(maintenance, _CHANGE_OVER))
        try:
            # Reports since the first check. Nobody can write to it under this name.
            run(_check_empty(_at(url, _OLD)))
        except BaseException:
            run(_execute(maintenance, _CHANGE_BACK))
            raise
    finally:
        run(_execute(maintenance, *_CLEAR))


def _fill(url: str, file: Path) -> None:
    jobs = min(_JOBS_MAX, os.cpu_count() or 1)
    _run(
        "pg_restore",
        "--format=custom",
        "--exit-on-error",
        "--no-owner",
        f"--jobs={jobs}",
        f"--dbname={url}",
        str(file),
    )
    if not run(_fetch(url, f"SELECT to_regclass('{VERSION_TABLE}') IS NOT NULL")):
        raise CannotStart(f"{file} is a backup of another database: it has no incidents")
    run(_execute(url, "ANALYZE"))


_CLEAR = tuple(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (_NEW, _OLD))
_MAKE_NEW = f"CREATE DATABASE {_NEW} TEMPLATE template0"
# Several statements in one string are one transaction.
_CHANGE_OVER = (
    f"ALTER DATABASE {_DATABASE} RENAME TO {_OLD}; ALTER DATABASE {_NEW} RENAME TO {_DATABASE}"
)
_CHANGE_BACK = (
    f"ALTER DATABASE {_DATABASE} RENAME TO {_NEW}; ALTER DATABASE {_OLD} RENAME TO {_DATABASE}"
)


async def _check_empty(url: str) -> None:
    if await _fetch(url, "SELECT to_regclass('incidents') IS NULL"):
        return
    if await _fetch(url, "SELECT EXISTS (SELECT FROM incidents)"):
        raise CannotStart(
            "there are incidents in the data directory already, and a restore would replace "
            "them: name another --data directory"
        )


async def _fetch(url: str, query: str) -> bool:
    with driver_errors():
        connection = await connect_driver(url, name="restore", wait_seconds=_WAIT_SECONDS)
        try:
            return bool(await connection.fetchval(query))
        finally:
            await connection.close()


async def _execute(url: str, *statements: str) -> None:
    with driver_errors():
        connection = await connect_driver(url, name="restore", wait_seconds=_WAIT_SECONDS)
        try:
            for statement in statements:
                await connection.execute(statement)
        except asyncpg.ObjectInUseError as error:
            raise CannotStart("a server uses the database to be replaced: stop it first") from error
        finally:
            await connection.close()


def _run(program: str, *arguments: str, inherits: Sequence[int] = ()) -> None:
    done = subprocess.run(  # noqa: S603 - no shell, our own arguments
        [PROGRAMS / program, *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        pass_fds=inherits,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise CannotStart(said[0] if said else f"{program} failed without a message")


def _at(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
