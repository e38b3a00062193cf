"""A bound on what is under way at once, in number and in bytes."""

from types import TracebackType
from typing import Self

from incidents.errors import Overloaded
from incidents.metrics import metrics


class Room:
    """Never holds more than `count_max` requests with `bytes_max` bytes between them.

    `name` is one of `metrics.ROOMS`, or "logins".
    """

    def __init__(self, name: str, count_max: int, bytes_max: int) -> None:
        self._name = name
        self._count_max = count_max
        self._bytes_max = bytes_max
        self.count = 0
        self.bytes = 0

    @property
    def has_place(self) -> bool:
        """Whether one request more could enter now."""
        return self.count < self._count_max

    def place(self) -> "Place":
        """A place for one request, held in a `with` block."""
        return Place(self)

    def enter(self) -> None:
        """Counts one request more. Raises Overloaded when there is no place."""
        if not self.has_place:
            metrics.TURNED_AWAY.add(1, self._name)
            raise Overloaded(
                f"{self._count_max} {self._name} are under way, the limit: try again soon"
            )
        self.count += 1

    def grow(self, size: int) -> None:
        """Counts `size` bytes more. Raises Overloaded when there is no room for them."""
        if self.bytes + size > self._bytes_max:
            metrics.TURNED_AWAY.add(1, self._name)
            raise Overloaded(
                f"{self._name} of {self._bytes_max} bytes are under way, the limit: try again soon"
            )
        self.bytes += size

    def leave(self, size: int) -> None:
        """Gives back what one request took up."""
        self.count -= 1
        self.bytes -= size

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

    __slots__ = ("_is_kept", "_room", "bytes")

    def __init__(self, room: Room) -> None:
        self._room = room
        self._is_kept = False
        self.bytes = 0

    def grow(self, size: int) -> None:
        """Takes `size` bytes more. Raises Overloaded when the room has not that many left."""
        self._room.grow(size)
        self.bytes += size

    def keep(self) -> None:
        """Keeps it beyond the end of its block."""
        self._is_kept = True

    def leave(self) -> None:
        """Gives it back."""
        self._room.leave(self.bytes)

    def __enter__(self) -> Self:
        self._room.enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._is_kept:
            self.leave()
