"""Who is measured: our server, and the two that it is measured against.

All use one PostgreSQL. None runs while another is measured.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from bench import database, original_venv
from bench.clients import pgbench, wrk
from bench.measurement import Measurement
from bench.process import HOST, Command, run, serving
from incidents.http.server import free_port

# (connections, seconds): what so many clients get in that time.
Load = Callable[[int, int], Measurement]

_PREPARE_SECONDS_MAX = 60
_ORIGINAL_DATABASE = "original"


class Contender(Protocol):
    """Something that stores reports in the table `incidents` of the database at `url`."""

    @property
    def name(self) -> str:
        """Who it is, and how it was started."""

    @property
    def url(self) -> str:
        """Its database."""

    @property
    def hashed(self) -> bool:
        """Whether the hash in a row is the one that docs tell everybody to compute."""

    def running(self) -> AbstractContextManager[Load]:
        """Takes load in the block; after it, all that it accepted is settled."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Our server, as `incidents serve` starts it."""

    url: str
    data: Path
    log: Path
    workers: int
    hashed: bool = True

    @property
    def name(self) -> str:
        """With what a reader must know to start the same."""
        return f"incidents, {self.workers} worker{'s' * (self.workers > 1)}"

    def prepare(self, ids: int) -> None:
        """Makes the tables, with room for `ids` rows."""
        command: Command = [sys.executable, "-m", "incidents", "migrate", "--data", self.data]
        run(command, _PREPARE_SECONDS_MAX)
        database.cover(self.url, ids)

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Started anew; it finds the PostgreSQL of `data` running, and uses that."""
        _, port = free_port(HOST, 0)
        command: Command = [
            *(sys.executable, "-m", "incidents", "serve", "--data", self.data),
            *("--host", HOST, "--port", str(port), "--workers", str(self.workers)),
        ]
        with serving(command, port, "/readyz", self.log):
            yield partial(wrk.post, port)


@dataclass(frozen=True, slots=True)
class Pgbench:
    """The same rows into the same table, by nothing but PostgreSQL's own client."""

    url: str
    scratch: Path
    name: str = "pgbench"
    hashed: bool = False

    @contextmanager
    def running(self) -> Iterator[Load]:
        """There is nothing to start."""
        yield partial(pgbench.insert, self.url, self.scratch)


@dataclass(frozen=True, slots=True)
class Original:
    """The original's stack (bench/original), on a database of its own."""

    server: str
    log: Path
    programs: Path
    workers: int
    hashed: bool = False

    @property
    def name(self) -> str:
        """With what a reader must know to start the same."""
        return f"original, gunicorn, {self.workers} sync worker{'s' * (self.workers > 1)}"

    @property
    def url(self) -> str:
        """Its own database, in the server that the others use."""
        return database.named(self.server, _ORIGINAL_DATABASE)

    def prepare(self) -> None:
        """Makes the database and its table."""
        database.create(self.server, _ORIGINAL_DATABASE)
        app = original_venv.FOLDER / "app.py"
        command: Command = [self.programs / "flask", "--app", app, "create"]
        run(command, _PREPARE_SECONDS_MAX, **self._variables())

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Started anew, with gunicorn's own choice of everything but the number of workers."""
        _, port = free_port(HOST, 0)
        command: Command = [
            *(self.programs / "gunicorn", "--workers", str(self.workers)),
            *("--bind", f"{HOST}:{port}", "--chdir", original_venv.FOLDER, "app:app"),
        ]
        with serving(command, port, "/find?h=", self.log, **self._variables()):
            yield partial(wrk.post, port)

    def _variables(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url.replace("postgresql:", "postgresql+psycopg2:", 1)}
