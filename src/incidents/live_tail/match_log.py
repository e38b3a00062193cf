"""The newest incidents that match one query, kept for all who listen to it."""

from incidents.live_tail.events import Event, Given, Piece, Skipped
from incidents.live_tail.position import Gaps, Position

# What one listener takes at once: so much, but always one incident.
_TAKEN_BYTES = 32 * 1024


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
        self._read_last: tuple[tuple[int, int, int], Piece, int] | None = None
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

    def read(self, cursor: int) -> tuple[Piece, int]:
        """What follows from `cursor` on, some of it at a time, and the cursor behind it.

        Those who stand at one place are given one and the same piece.
        """
        place = (cursor, self.begin, self.end)
        if self._read_last is None or self._read_last[0] != place:
            self._read_last = (place, *self._read(cursor))
        return self._read_last[1:]

    def _read(self, cursor: int) -> tuple[Piece, int]:
        events: list[Event] = []
        if cursor < self.begin:
            events.append(Skipped(self.begin - cursor, self._dropped))
            cursor = self.begin
        size = 0
        for given in self._kept[cursor - self.begin :]:
            size += given.size
            if size > _TAKEN_BYTES and size > given.size:
                break
            events.append(given)
            cursor += 1
        return Piece(events), cursor
