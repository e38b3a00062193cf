"""Rejections that wait to be written: bounded, and fair between sources."""

from collections import deque

from incidents.rejected.rejection import Rejection

# Sources share a small number of shelves, so the fullest is found fast, however many sources there
# are.
_SHELVES = 64


class Queue:
    """Holds at most `bytes_max` bytes. When it is full, the source with most loses its oldest."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._shelves = [_Shelf() for _ in range(_SHELVES)]

    def __bool__(self) -> bool:
        """Whether something waits."""
        return self._bytes > 0

    def put(self, rejection: Rejection) -> int:
        """Adds it; returns how many were dropped, perhaps itself."""
        size = rejection.size
        shelf = self._shelves[hash((rejection.key, rejection.address)) % _SHELVES]
        shelf.put(rejection, size)
        self._bytes += size
        dropped = 0
        while self._bytes > self._bytes_max:
            # During a flood this shelf has most: seen without a look at the others.
            has_most = shelf.bytes * 2 > self._bytes
            fullest = shelf if has_most else max(self._shelves, key=_Shelf.bytes_of)
            self._bytes -= fullest.pop()[1]
            dropped += 1
        return dropped

    def take(self, bytes_max: int) -> list[Rejection]:
        """Some of each source, in their order; if more than one, at most so many bytes."""
        taken: list[Rejection] = []
        left = bytes_max
        while self._bytes and left > 0:
            for shelf in self._shelves:
                if shelf and left > 0:
                    rejection, size = shelf.pop()
                    self._bytes -= size
                    left -= size
                    taken.append(rejection)
        return sorted(taken, key=lambda each: each.received_at)


class _Shelf:
    __slots__ = ("_waiting", "bytes")

    def __init__(self) -> None:
        self._waiting: deque[tuple[Rejection, int]] = deque()
        self.bytes = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def bytes_of(self) -> int:
        return self.bytes

    def put(self, rejection: Rejection, size: int) -> None:
        self._waiting.append((rejection, size))
        self.bytes += size

    def pop(self) -> tuple[Rejection, int]:
        """The oldest."""
        oldest = self._waiting.popleft()
        self.bytes -= oldest[1]
        return oldest
