"""The newest incidents that match one example, kept for all who listen to it."""

from incidents.tail.events import Given, Skipped
from incidents.tail.position import Gaps, Position

# What one listener takes at once.
_TAKEN_MAX = 256


class Log:
    """Numbers what is appended; keeps the last, `incidents_max` and `bytes_max` at most, but one.

    Each reader has a cursor, the number that it reads next. One who is too slow finds that
    what it would read is there no more, and how many that were.
    """

    def __init__(self, incidents_max: int, bytes_max: int) -> None:
        self._incidents_max = incidents_max
        self._bytes_max = bytes_max
        self._kept: list[Given] = []
        self._bytes = 0
        self._dropped = Position(0, Gaps())
        self.begin = 0

    @property
    def end(self) -> int:
        """The number of the next one."""
        return self.begin + len(self._kept)

    def append(self, given: Given) -> None:
        """Adds one, and drops the oldest that there is no room for any more."""
        self._kept.append(given)
        self._bytes += given.size
        drop = 0
        while (
            len(self._kept) - drop > self._incidents_max or self._bytes > self._bytes_max
        ) and drop < len(self._kept) - 1:
            self._bytes -= self._kept[drop].size
            self._dropped = self._kept[drop].position
            drop += 1
        del self._kept[:drop]
        self.begin += drop

    def forget(self, before: int) -> None:
        """Lets go of what all have read."""
        read = self._kept[: max(0, before - self.begin)]
        self._bytes -= sum(given.size for given in read)
        del self._kept[: len(read)]
        self.begin += len(read)

    def read(self, cursor: int) -> tuple[list[Given | Skipped], int]:
        """What follows from `cursor` on, some of it at a time, and the cursor behind it."""
        missed = self.begin - cursor
        start = max(0, -missed)
        some = self._kept[start : start + _TAKEN_MAX]
        skipped = [Skipped(missed, self._dropped)] if missed > 0 else []
        return [*skipped, *some], self.begin + start + len(some)
