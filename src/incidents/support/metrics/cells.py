"""The numbers that metrics count in: this process's own, or beside those of other workers."""

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
    """Numbers that only go up, and ones of the moment. Changed by one thread of a process.

    Shared, each worker sits in a seat: a file that it holds a lock on as long as it lives. Who
    takes the seat of a dead worker counts on from where that one was killed: so no sum ever
    goes back, and there are no more files than there were workers at once.
    """

    def __init__(self) -> None:
        self.values: array[float] | memoryview[float] = array("d")
        self._momentary: list[int] = []
        self._directory: Path | None = None

    def take(self, number: int, *, momentary: bool = False) -> int:
        """The first of so many new cells. All are taken before any are shared."""
        first = len(self.values)
        assert isinstance(self.values, array)
        self.values.extend([0.0] * number)
        if momentary:
            self._momentary += range(first, first + number)
        return first

    def share(self, directory: Path) -> None:
        """From now on this process has a seat in `directory`, and counts there.

        Where no seat can be made it counts for itself alone: metrics stop no report.
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
        """The sum over all seats; of what is of the moment, over those whose worker lives."""
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
    """The cells of the first seat that nobody sits in, held until they are gone.

    A mapping keeps its file open, and so the lock
    (https://docs.python.org/3/library/mmap.html, trackfd).
    """
    size = cells * _CELL_BYTES
    for number in count():
        with (directory / str(number)).open("a+b") as file:
            if _is_free(file, fcntl.LOCK_EX):
                # Written, not only made longer: a cell without room on the disk ends the process.
                file.write(bytes(size - file.tell()))
                file.flush()
                return memoryview(mmap.mmap(file.fileno(), size)).cast("d")
    raise AssertionError("numbers never end")


def _seats(directory: Path, cells: int) -> Iterator[tuple[list[float], bool]]:
    for path in directory.iterdir():
        with path.open("rb") as file:
            if path.stat().st_size < cells * _CELL_BYTES:
                continue  # somebody is about to sit down
            # Mapped, not read: a cell is never seen half written.
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                values: memoryview[float] = memoryview(mapped).cast("d")
                numbers = list(values)
                values.release()
            lives = not _is_free(file, fcntl.LOCK_SH)
        yield numbers, lives


def _is_free(file: BinaryIO, lock: int) -> bool:
    """Whether nobody held a lock on the file; now this process does, while it is open."""
    try:
        fcntl.flock(file, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


CELLS = Cells()
