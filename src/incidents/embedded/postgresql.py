"""The embedded PostgreSQL in the data directory: created, started, shared and stopped.

Its programs come as a Python package (programs.py) and are run by `initdb` and `pg_ctl`. Each
process that uses it holds a shared lock on a file, which the kernel releases even when the process
is killed. The last one to leave stops PostgreSQL.
"""

import fcntl
import hashlib
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from incidents.core.errors import CannotStart, Unavailable
from incidents.db.driver import connect_driver, driver_errors
from incidents.embedded import system_user
from incidents.embedded.configuration import SOCKET_NAME, access, configure
from incidents.embedded.control import Control
from incidents.embedded.initdb import run_initdb
from incidents.embedded.lock_files import first_process, listens_elsewhere, remove_lock_files
from incidents.embedded.processes import none_works_in, works_in
from incidents.embedded.programs import MAJOR, PROGRAMS
from incidents.support.directory import Directory, sync_names
from incidents.support.run import run

_DATABASE = "incidents"
# The kernel's limit on the path of a socket is 104 bytes (macOS) or 108 (Linux).
_SOCKET_PATH_MAX = 100
# pg_ctl passes its paths to a shell between double quotes.
_SHELL_CHARACTERS = '"$`\\'

_POLL_SECONDS = 0.1


class Embedded:
    """The PostgreSQL of one data directory, running from `start` to `stop`."""

    def __init__(self, data: Path, start_seconds: int, connections: int = 200) -> None:
        self._data = data.expanduser().absolute()
        self._cluster = self._data / "postgres"
        self._start_seconds = start_seconds
        self._connections = connections
        self._use: int | None = None
        self._control = Control(PROGRAMS, self._cluster)

    @property
    def url(self) -> str:
        """Its database URL, once it was started."""
        host = quote(str(self._socket_directory()), safe="")
        return f"postgresql://postgres@/{_DATABASE}?host={host}"

    @property
    def is_made(self) -> bool:
        """Whether the directory contains a database already."""
        return (self._cluster / "PG_VERSION").exists()

    def start(self) -> None:
        """Returns when PostgreSQL runs and has the database, whoever started it.

        Raises CannotStart if the directory cannot be used or PostgreSQL does not start.
        """
        if set(str(self._data)) & set(_SHELL_CHARACTERS):
            raise CannotStart(
                f"the data directory {self._data} must have none of {_SHELL_CHARACTERS} in its name"
            )
        try:
            system_user.make_directories(self._data)
            with self._alone() as data:
                self._use = data.lock_file(".users")
                fcntl.flock(self._use, fcntl.LOCK_SH)
                self._reach()
                self._run_until_it_answers(data)
        except OSError as error:
            self.stop()
            raise CannotStart(
                f"the data directory {self._data} cannot be used: {error.strerror or error}"
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Returns when PostgreSQL is stopped, or still used by other processes."""
        if self._use is None:
            return
        with self._alone():
            fcntl.flock(self._use, fcntl.LOCK_UN)
            try:
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            finally:
                self._leave()
            self._control.stop()
            self._stop_unseen()

    def _stop_unseen(self) -> None:
        """Stops a PostgreSQL that pg_ctl cannot see: its user cannot reach the data any more."""
        with suppress(OSError, ValueError):
            while works_in(pid := first_process(self._data), self._cluster):
                os.kill(pid, signal.SIGINT)
                time.sleep(_POLL_SECONDS)

    def is_alive(self) -> bool:
        """Whether the postmaster exists; costs next to nothing."""
        try:
            pid = first_process(self._data)
            with suppress(ChildProcessError):
                # as the first process of a container this one inherits it
                os.waitpid(pid, os.WNOHANG)
            os.kill(pid, 0)
        except (OSError, ValueError):
            return False
        return True

    def _running(self, data: Directory) -> bool:
        """Whether it runs. Just after it died it still seems to run for a moment.

        After a power cut the process id in a lock file may belong to another process, and one of
        the two files may be missing.
        """
        if self.is_made and not self._used_by_others() and none_works_in(self._cluster):
            remove_lock_files(data, self._socket_directory())
            return False
        return self._control.running()

    def start_again(self) -> None:
        """Starts PostgreSQL if it does not run, without waiting until it answers.

        Raises CannotStart and Unavailable, and OSError if the directory cannot be used.
        """
        with self._alone() as data:
            self._reach()
            if not self._running(data):
                self._configure(data)
                self._control.start(self._access(), "--no-wait")

    def _reach(self) -> None:
        """Checks that PostgreSQL's user can reach data and programs. Raises CannotStart."""
        system_user.check_reaches(self._data)
        self._control.programs = system_user.usable(PROGRAMS, self._data)

    def _used_by_others(self) -> bool:
        """Whether other processes use it; none begins to meanwhile."""
        assert self._use is not None
        try:
            fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            fcntl.flock(self._use, fcntl.LOCK_SH)
        return False

    def _leave(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _run_until_it_answers(self, data: Directory) -> None:
        deadline = time.monotonic() + self._start_seconds
        while True:
            # Checked each time, because just after it died it still seems to run.
            try:
                if self._running(data):
                    self._check_ours(data)
                else:
                    self._make_cluster(data)
                    self._configure(data)
                    wait = "--wait", f"--timeout={self._start_seconds}"
                    self._control.start(self._access(), *wait)
                return run(self._make_database())
            except Unavailable as error:
                if time.monotonic() > deadline:
                    raise CannotStart(
                        f"PostgreSQL in {self._data} does not answer: {error}"
                    ) from error
            time.sleep(_POLL_SECONDS)

    @contextmanager
    def _alone(self) -> Iterator[Directory]:
        """The data directory; no other process starts or stops PostgreSQL meanwhile."""
        with Directory.opened(self._data) as data:
            gate = data.lock_file(".gate")
            try:
                fcntl.flock(gate, fcntl.LOCK_EX)
                yield data
            finally:
                os.close(gate)

    def _check_ours(self, data: Directory) -> None:
        """Raises CannotStart if the running PostgreSQL was started by something else."""
        if pid := listens_elsewhere(data, self._socket_directory()):
            raise CannotStart(
                f"the PostgreSQL that runs in {self._cluster} was not started by this version of "
                f"incidents, and does not listen in {self._socket_directory()}. Stop it "
                f"(`kill -INT {pid}`), then start incidents again"
            )

    def _make_cluster(self, data: Directory) -> None:
        if self.is_made:
            self._check_version(data)
            return
        # Created beside its place and then renamed, so an incomplete cluster is never used.
        new = self._data / "postgres.new"
        data.remove(new.name)
        data.make(new.name)
        with data.inside(new.name) as made:
            system_user.give(made)
        run_initdb(self._control, new)
        # initdb has synced its files, and this syncs the names: after a power cut the cluster is
        # complete or does not exist.
        data.sync()
        try:
            data.rename(new.name, self._cluster.name)
        except OSError as error:
            raise CannotStart(
                f"{self._cluster} holds files, but no database (no PG_VERSION). Nothing was "
                "changed. Move it away, then start incidents again"
            ) from error
        sync_names(self._cluster)

    def _check_version(self, data: Directory) -> None:
        with data.inside(self._cluster.name) as cluster:
            found = cluster.read("PG_VERSION").strip()
        if found != MAJOR:
            raise CannotStart(
                f"{self._cluster} was made by PostgreSQL {found[:20]}; this version of incidents "
                f"brings {MAJOR}. Nothing was changed. Run `incidents backup FILE` with the "
                "version of incidents that made it, then `incidents restore FILE` with this one "
                "into another --data directory"
            )

    def _configure(self, data: Directory) -> None:
        self._make_socket_directory(data)
        configure(data, self._cluster, self._connections)

    def _access(self) -> dict[str, str]:
        return access(self._data, self._socket_directory())

    def _make_socket_directory(self, data: Directory) -> None:
        path = self._socket_directory()
        if path == self._cluster:
            return
        try:
            with data.inside(self._cluster.name) as cluster, Directory.opened(path.parent) as tmp:
                with suppress(FileExistsError):
                    tmp.make(path.name)
                with tmp.inside(path.name) as made:
                    made.give(cluster.owner, cluster.group)
        except OSError as error:
            raise CannotStart(f"{path} belongs to somebody else: remove it") from error

    def _socket_directory(self) -> Path:
        path = os.fsencode(self._cluster / SOCKET_NAME)
        # A comma in a URL separates two hosts, even percent-encoded.
        if len(path) <= _SOCKET_PATH_MAX and b"," not in path:
            return self._cluster
        short = hashlib.sha256(os.fsencode(self._cluster)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"incidents-{short}"

    async def _make_database(self) -> None:
        with driver_errors():
            url = self.url.replace(f"/{_DATABASE}?", "/postgres?")
            connection = await connect_driver(url, name="start", wait_seconds=self._start_seconds)
            try:
                query = "SELECT 1 FROM pg_database WHERE datname = $1"
                if await connection.fetchval(query, _DATABASE) is None:
                    await connection.execute(f"CREATE DATABASE {_DATABASE}")
            finally:
                await connection.close()
