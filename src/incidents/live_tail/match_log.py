"""The newest incidents that match one query, stored once for all its listeners."""

from incidents.db.stream.position import Gaps, Position
from incidents.live_tail.events import Event, Given, Piece, Skipped

# A listener takes this much at once, but at least one incident.
_TAKEN_BYTES = 32 * 1024


class Log:
    """Numbers what is appended. Keeps at most `incidents_max` and `bytes_max`, but at least one.

    Each reader has a cursor: the number that it reads next. A reader that is too slow learns how
    many were dropped meanwhile.
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
        """The number of the next entry."""
        return self.begin + len(self._kept)

    def append(self, given: Given) -> None:
        """Adds an entry, and drops the oldest ones that exceed the limits."""
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
        """Drops what all readers have read."""
        read = self._kept[: max(0, before - self.begin)]
        self._bytes -= sum(given.size for given in read)
        del self._kept[: len(read)]
        self.begin += len(read)

    def read(self, cursor: int) -> tuple[Piece, int]:
        """Some entries from `cursor` on, and the cursor behind them.

        Readers with the same cursor get the same piece.
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
