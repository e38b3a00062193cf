"""Who runs: the contenders, on one PostgreSQL."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import database
from bench.contenders import Contender, Incidents, Original, Pgbench

# What gunicorn has when it is told nothing, and as many as our server has by default.
_ORIGINAL_WORKERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Field:
    """The contenders, each under its own name; the original may be left out."""

    incidents: Incidents
    pgbench: Pgbench
    originals: tuple[Original, ...]

    @property
    def in_turn(self) -> list[Contender]:
        """All of them, in the order in which they run."""
        return [*self.originals, self.pgbench, self.incidents]

    @property
    def original(self) -> Original | None:
        """The one that the others are compared with: as gunicorn starts by itself."""
        return self.originals[0] if self.originals else None


@contextmanager
def assembled(scratch: Path, workers: int, programs: Path | None, ids: int) -> Iterator[Field]:
    """Everybody's tables are there in the block; after it, only what the servers printed is.

    `programs` is where the original's are, None to leave it out; `ids` is for how many rows
    there must be room.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(
            dir=scratch, prefix="data-", ignore_cleanup_errors=True
        ) as name,
        database.postgresql(Path(name)) as url,
    ):
        incidents = Incidents(url, Path(name), _log(scratch, "incidents"), workers)
        incidents.prepare(ids)
        originals: tuple[Original, ...] = ()
        if programs is not None:
            log = _log(scratch, "original")
            originals = tuple(Original(url, log, programs, n) for n in _ORIGINAL_WORKERS)
            originals[0].prepare()
        yield Field(incidents, Pgbench(url, Path(name)), originals)


def _log(scratch: Path, name: str) -> Path:
    log = scratch / f"{name}.log"
    log.unlink(missing_ok=True)
    return log
