"""The tail of the intake in a fresh data directory, minute by minute, and what it waited for."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from bench import database
from bench.contenders import Incidents
from bench.disk import PAGE_BYTES, Disk
from bench.failed import Failed
from bench.measurement import Measurement
from bench.proof import prove
from bench.table import Line, render

CONNECTIONS = 64
_DIRECTORIES, _MINUTES, _MINUTE_SECONDS = 2, 2, 60
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Minute:
    """What clients got at full load, and what PostgreSQL and the disk did meanwhile."""

    name: str
    measured: Measurement
    wal: database.Wal
    disk: Disk

    def line(self) -> Line:
        """Its line of the table."""
        got, disk = self.measured, [self.disk.percentile_ms(each) for each in (50, 99, 100)]
        within = got.p99_ms <= _TIMES * got.p50_ms + disk[1]
        return (
            *(self.name, f"{got.per_second:,.0f}", f"{got.p50_ms:.1f}", f"{got.p99_ms:.1f}"),
            *(f"{got.p99_ms / got.p50_ms:.1f}", f"{got.max_ms:.0f}"),
            *(str(self.wal.segments), f"{self._segment_ms:.1f}", str(self.wal.checkpoints)),
            *(f"{each:.1f}" for each in disk),
            "yes" if within else "no",
        )

    @property
    def _segment_ms(self) -> float:
        return self.wal.segments_ms / self.wal.segments if self.wal.segments else 0


def measure(scratch: Path, workers: int) -> str:
    """The table, and how to read it. Raises Failed when a report failed or is not on disk."""
    minutes = [
        minute
        for number in range(1, _DIRECTORIES + 1)
        for minute in _directory(number, scratch, workers)
    ]
    return f"{_sentence()}\n\n{_table(minutes)}"


def _directory(number: int, scratch: Path, workers: int) -> Iterator[Minute]:
    answered = 0
    with (
        tempfile.TemporaryDirectory(
            dir=scratch, prefix="fresh-", ignore_cleanup_errors=True
        ) as name,
        database.postgresql(Path(name)) as url,
    ):
        server = Incidents(url, Path(name), scratch / "incidents.log", workers)
        server.prepare()
        database.time_wal(url)
        for minute in _minutes(number, server):
            click.echo(f"fresh directory: {' | '.join(minute.line())}", err=True)
            answered += minute.measured.stored
            yield minute
        prove(url, 0, answered, CONNECTIONS * _MINUTES, hashed=True)


def _minutes(number: int, server: Incidents) -> Iterator[Minute]:
    with server.running() as running:
        for minute in range(1, _MINUTES + 1):
            before = database.wal(server.url)
            with Disk(server.data) as disk:
                measured = running.load(CONNECTIONS, _MINUTE_SECONDS, None)
            if measured.errors:
                raise Failed(f"{measured.errors.total()} reports failed in a fresh directory")
            done = before.until(database.wal(server.url))
            yield Minute(f"directory {number}, minute {minute}", measured, done, disk)


def _sentence() -> str:
    return (
        f"The tail in a fresh directory: {CONNECTIONS} connections from the first moment on, "
        "when the worker has just started. "
        "Segments are those of PostgreSQL's log that were made while reports waited. The disk "
        f"is what a page of {PAGE_BYTES:,} bytes took, written and synced beside it. A minute is "
        f"within when its p99 is at most {_TIMES} times its p50, and the disk's p99."
    )


def _table(minutes: list[Minute]) -> str:
    head = (
        *("", "reports/s", "p50 ms", "p99 ms", "÷ p50", "longest", "segments", "ms each"),
        *("checkpoints", "disk p50", "p99 ms", "longest", "within"),
    )
    return render(head, [each.line() for each in minutes], {0, 12})
