"""The numbers behind the metrics: of this process alone, or summed over all workers."""

import fcntl
import logging
import mmap
from array import array
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

_CELL_BYTES = 8

log = logging.getLogger(__name__)


class Cells:
    """Counters and gauges as numbers in memory. Only one thread of a process may change them.

    When shared, each worker has a seat: a file with its numbers that it keeps locked while it
    lives. A new worker takes the seat of a dead one and counts on from there. So a sum never
    decreases, and there are no more files than workers at a time.
    """

    def __init__(self) -> None:
        self.values: array[float] | memoryview[float] = array("d")
        self._momentary: list[int] = []
        self._directory: Path | None = None

    def take(self, number: int, *, momentary: bool = False) -> int:
        """The index of the first of so many new cells. All are taken before sharing begins."""
        first = len(self.values)
        assert isinstance(self.values, array)
        self.values.extend([0.0] * number)
        if momentary:
            self._momentary += range(first, first + number)
        return first

    def share(self, directory: Path) -> None:
        """From now on this process has a seat in `directory` and counts there.

        If no seat can be created, it counts for itself: metrics never prevent a report.
        """
        try:
            self.values = _take_seat(directory, len(self.values))
        except OSError as error:
            log.warning("/metrics of this worker shows no other's numbers: %s", error)
            return
        self._directory = directory
        for cell in self._momentary:
            self.values[cell] = 0.0

    def totals(self) -> list[float]:
        """Sums over all seats; of gauges, only over those whose worker lives."""
        if self._directory is None:
            return list(self.values)
        totals = [0.0] * len(self.values)
        for values, lives in _seats(self._directory, len(totals)):
            if not lives:
                for cell in self._momentary:
                    values[cell] = 0.0
            totals = [total + value for total, value in zip(totals, values, strict=True)]
        return totals


def _take_seat(directory: Path, cells: int) -> "memoryview[float]":
    """The cells of the first free seat, kept until they are garbage.

    A mapping keeps its file open, and with it the lock
    (https://docs.python.org/3/library/mmap.html, trackfd).
    """
    size = cells * _CELL_BYTES
    for number in count():
        with (directory / str(number)).open("a+b") as file:
            if _is_free(file, fcntl.LOCK_EX):
                # Zeros are written, because a sparse file could later find no space on the disk,
                # which kills the process.
                file.write(bytes(size - file.tell()))
                file.flush()
                return memoryview(mmap.mmap(file.fileno(), size)).cast("d")
    raise AssertionError("numbers never end")


def _seats(directory: Path, cells: int) -> Iterator[tuple[list[float], bool]]:
    for path in directory.iterdir():
        with path.open("rb") as file:
            if path.stat().st_size < cells * _CELL_BYTES:
                continue  # it is being created
            # Mapped, because a read could see a number half written.
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                values: memoryview[float] = memoryview(mapped).cast("d")
                numbers = list(values)
                values.release()
            lives = not _is_free(file, fcntl.LOCK_SH)
        yield numbers, lives


def _is_free(file: BinaryIO, lock: int) -> bool:
    """Whether the file was not locked. If so, this process now locks it while it is open."""
    try:
        fcntl.flock(file, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


CELLS = Cells()
