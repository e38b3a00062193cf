"""How long the disk takes by itself, while something else is measured on it."""

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PAGE_BYTES = 8192  # a page of PostgreSQL's
_FILE_BYTES = 1024 * 1024
_PAUSE_SECONDS = 0.02
_WAITED = Path("/proc/thread-self/schedstat")


class Disk:
    """Writes a page and syncs it, fifty times a second while it is open, in a file that is there.

    What it waited for a processor is not in its times, where the system tells (Linux).
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "probe"
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._probe)
        self._took_ms: list[float] = []

    def __enter__(self) -> Self:
        """It probes."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """It has ended, and its file is gone."""
        self._end.set()
        self._thread.join()
        self._file.unlink()

    def percentile_ms(self, percent: int) -> float:
        """A percentile of its times; the longest for 100."""
        return percentile(self._took_ms, percent)

    def _probe(self) -> None:
        opened = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            os.pwrite(opened, bytes(_FILE_BYTES), 0)
            os.fsync(opened)
            place = 0
            while not self._end.wait(_PAUSE_SECONDS):
                begun, waited = time.perf_counter(), _waited_seconds()
                os.pwrite(opened, os.urandom(PAGE_BYTES), place)
                os.fdatasync(opened)
                took = time.perf_counter() - begun - (_waited_seconds() - waited)
                self._took_ms.append(took * 1000)
                place = (place + PAGE_BYTES) % _FILE_BYTES
        finally:
            os.close(opened)


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many of a hundred are not above."""
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def _waited_seconds() -> float:
    """For how long this thread was ready to run, and did not (Documentation/scheduler)."""
    try:
        return int(_WAITED.read_text().split()[1]) / 1e9
    except OSError:
        return 0.0
