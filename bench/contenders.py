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
from bench.process import HOST, Command, free_port, run, serving

# (connections, seconds, reports a second or None): what so many clients get in that time.
Load = Callable[[int, int, float | None], Measurement]

_PREPARE_SECONDS_MAX = 60
_ORIGINAL_DATABASE = "original"

_INCIDENTS: Command = (sys.executable, "-m", "incidents")


@dataclass(frozen=True, slots=True)
class Running:
    """One that takes load. Where it is no server, it has neither a port nor a first process."""

    load: Load
    port: int = 0
    process: int | None = None


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

    def begin(self) -> int:
        """Makes every run begin alike; the rows of the run have higher ids than this."""

    def running(self) -> AbstractContextManager[Running]:
        """Takes load in the block; after it, all that it accepted is settled."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Our server, as `incidents serve` starts it. With `keeps`, rows stay from run to run."""

    url: str
    data: Path
    log: Path
    workers: int
    keeps: bool = False
    hashed: bool = True
    variables: tuple[tuple[str, str], ...] = ()  # settings of the environment

    @property
    def name(self) -> str:
        """With what a reader must know to start the same."""
        return f"incidents, {self.workers} worker{'s' * (self.workers > 1)}"

    def prepare(self) -> None:
        """Makes the tables."""
        run([*_INCIDENTS, "migrate", *self._database()], _PREPARE_SECONDS_MAX)

    def begin(self) -> int:
        """The table is empty, or is left as it is."""
        return database.settle(self.url) if self.keeps else database.empty(self.url)

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Started anew; it finds PostgreSQL running, and uses that."""
        port = free_port()
        command: Command = [
            *(*_INCIDENTS, "serve", *self._database()),
            *("--host", HOST, "--port", str(port), "--workers", str(self.workers)),
        ]
        settings = dict(self.variables)
        with serving(command, port, "/readyz", self.log, **settings) as process:
            yield Running(partial(wrk.post, port), port, process)

    def _database(self) -> Command:
        return ("--database-url", self.url) if self.keeps else ("--data", self.data)


@dataclass(frozen=True, slots=True)
class Pgbench:
    """The same rows into the same table, by nothing but PostgreSQL's own client."""

    url: str
    scratch: Path
    name: str = "pgbench"
    hashed: bool = False

    def begin(self) -> int:
        """The table is empty."""
        return database.empty(self.url)

    @contextmanager
    def running(self) -> Iterator[Running]:
        """There is nothing to start."""
        yield Running(partial(pgbench.insert, self.url, self.scratch))


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

    def begin(self) -> int:
        """The table is empty."""
        return database.empty(self.url)

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Started anew, with gunicorn's own choice of everything but the number of workers."""
        port = free_port()
        command: Command = [
            *(self.programs / "gunicorn", "--workers", str(self.workers)),
            *("--bind", f"{HOST}:{port}", "--chdir", original_venv.FOLDER, "app:app"),
        ]
        with serving(command, port, "/find?h=", self.log, **self._variables()) as process:
            yield Running(partial(wrk.post, port), port, process)

    def _variables(self) -> dict[str, str]:
        return {"DATABASE_URL": self.url.replace("postgresql:", "postgresql+psycopg2:", 1)}
