"""A bound on what is under way at once, in number and in bytes, and each source's share of it."""

from types import TracebackType
from typing import Self

from incidents.errors import Overloaded
from incidents.metrics import metrics


class _Share:
    """What one source holds."""

    __slots__ = ("bytes", "count")

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0


class Room:
    """Never holds more than `count_max` requests with `bytes_max` bytes between them.

    `name` is one of `metrics.ROOMS`, or "logins". A source, such as a key, gets no place more when
    it holds as many as are free: alone it gets half of them, and others find some. Without sources
    (None) there are no shares, and all places are taken.
    """

    def __init__(self, name: str, count_max: int, bytes_max: int) -> None:
        self._name = name
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._shares: dict[bytes, _Share] = {}  # of the sources that hold a place
        self.count = 0
        self.bytes = 0

    def has_place(self, source: bytes | None) -> bool:
        """Whether one request more of that source could enter now."""
        share = self._shares.get(source) if source else None
        return self._count_max - self.count > (share.count if share else 0)

    def place(self, source: bytes | None = None) -> "Place":
        """A place for one request of that source, held in a `with` block."""
        return Place(self, source)

    def enter(self, source: bytes | None) -> None:
        """Counts one request more. Raises Overloaded when there is no place for it."""
        if self.count >= self._count_max:
            raise self._full(f"{self._count_max} {self._name} are under way, the limit")
        if source:
            if not self.has_place(source):
                raise self._full(self._share_of(source))
            self._shares.setdefault(source, _Share()).count += 1
        self.count += 1

    def grow(self, source: bytes | None, size: int) -> None:
        """Counts `size` bytes more. Raises Overloaded when there is no room for them."""
        free = self._bytes_max - self.bytes
        if size > free:
            raise self._full(f"{self._name} of {self._bytes_max} bytes are under way, the limit")
        if source:
            share = self._shares[source]
            # One request may have all that there is.
            if share.count > 1 and share.bytes + size > free:
                raise self._full(self._share_of(source))
            share.bytes += size
        self.bytes += size

    def leave(self, source: bytes | None, size: int) -> None:
        """Gives back what one request took up."""
        self.count -= 1
        self.bytes -= size
        if source:
            share = self._shares[source]
            share.count -= 1
            share.bytes -= size
            if not share.count:
                del self._shares[source]

    def _full(self, why: str) -> Overloaded:
        metrics.TURNED_AWAY.add(1, self._name)
        return Overloaded(f"{why}: try again soon")

    def _share_of(self, source: bytes) -> str:
        count = self._shares[source].count
        return f"{count} {self._name} of this key are under way, its share beside other keys"

    def measure(self) -> None:
        """Says how full it is now."""
        metrics.UNDER_WAY.set(self.count, self._name)
        metrics.UNDER_WAY_MAX.set(self._count_max, self._name)
        if self._name in metrics.ROOMS_OF_BYTES:
            metrics.UNDER_WAY_BYTES.set(self.bytes, self._name)
            metrics.UNDER_WAY_BYTES_MAX.set(self._bytes_max, self._name)


class Place:
    """What one request takes up in a room, given back when its block ends.

    One that is kept is given back when `leave` is called.
    """

    __slots__ = ("_is_kept", "_room", "_source", "bytes")

    def __init__(self, room: Room, source: bytes | None) -> None:
        self._room = room
        self._source = source
        self._is_kept = False
        self.bytes = 0

    def grow(self, size: int) -> None:
        """Takes `size` bytes more. Raises Overloaded when the room has not that many left."""
        self._room.grow(self._source, size)
        self.bytes += size

    def move(self, room: Room) -> None:
        """Takes the same up in another room instead. Raises Overloaded; then it stays here."""
        room.enter(self._source)
        try:
            room.grow(self._source, self.bytes)
        except Overloaded:
            room.leave(self._source, 0)
            raise
        self.leave()
        self._room = room

    def keep(self) -> None:
        """Keeps it beyond the end of its block."""
        self._is_kept = True

    def leave(self) -> None:
        """Gives it back."""
        self._room.leave(self._source, self.bytes)

    def __enter__(self) -> Self:
        self._room.enter(self._source)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._is_kept:
            self.leave()
