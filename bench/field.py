"""Who runs: the contenders, on one PostgreSQL."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import database, filling
from bench.contenders import Contender, Incidents, Original, Pgbench

# What gunicorn has when it is told nothing, and as many as our server has by default.
_ORIGINAL_WORKERS = (1, 2)

_STORED_DATABASE = "stored"


@dataclass(frozen=True, slots=True)
class Field:
    """The contenders, each under its own name; the original may be left out.

    `stored` is our server on a table that is filled. `postgresql` is the first process of the
    PostgreSQL that all use, `scratch` a folder for files.
    """

    incidents: Incidents
    stored: Incidents | None
    pgbench: Pgbench
    originals: tuple[Original, ...]
    postgresql: int
    scratch: Path

    @property
    def in_turn(self) -> list[Contender]:
        """All of them, in the order in which they run."""
        return [*self.originals, self.pgbench, self.incidents]

    @property
    def original(self) -> Original | None:
        """The one that the others are compared with: as gunicorn starts by itself."""
        return self.originals[0] if self.originals else None


@contextmanager
def assembled(
    scratch: Path, workers: int, programs: Path | None, *, ids: int, stored: int
) -> Iterator[Field]:
    """Everybody's tables are there in the block; after it, only what the servers printed is.

    `programs` is where the original's are, None to leave it out; `ids` is for how many rows
    there must be room; `stored` how many the filled table has, 0 for none.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(
            dir=scratch, prefix="data-", ignore_cleanup_errors=True
        ) as name,
        database.postgresql(Path(name)) as url,
    ):
        incidents = Incidents(url, Path(name), _log(scratch, "incidents"), workers)
        incidents.prepare()
        database.cover(url, ids)
        originals: tuple[Original, ...] = ()
        if programs is not None:
            log = _log(scratch, "original")
            originals = tuple(Original(url, log, programs, n) for n in _ORIGINAL_WORKERS)
            originals[0].prepare()
        yield Field(
            incidents,
            _filled(incidents, stored) if stored else None,
            Pgbench(url, Path(name)),
            originals,
            database.first_process(Path(name)),
            Path(name),
        )


def _filled(incidents: Incidents, rows: int) -> Incidents:
    """The same server on a database beside, with so many rows."""
    url = database.named(incidents.url, _STORED_DATABASE)
    database.create(incidents.url, _STORED_DATABASE)
    filled = replace(incidents, url=url, keeps=True)
    filled.prepare()
    filling.fill(url, rows)
    return filled


def _log(scratch: Path, name: str) -> Path:
    log = scratch / f"{name}.log"
    log.unlink(missing_ok=True)
    return log
