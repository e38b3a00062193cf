"""A bound on what is under way at once, in number and in bytes."""

from collections.abc import Iterator
from contextlib import contextmanager

from incidents.errors import Overloaded


class Place:
    """What one request takes up in a room; it grows as its body arrives."""

    def __init__(self, room: "Room") -> None:
        self._room = room
        self.bytes = 0

    def grow(self, size: int) -> None:
        """Takes `size` bytes more. Raises Overloaded when the room has not that many left."""
        self._room.take_bytes(size)
        self.bytes += size


class Room:
    """Never holds more than `count_max` requests with `bytes_max` bytes between them."""

    def __init__(self, name: str, count_max: int, bytes_max: int) -> None:
        self._name = name
        self._count_max = count_max
        self._bytes_max = bytes_max
        self.count = 0
        self.bytes = 0

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A place for one request, given back at the end. Raises Overloaded when there is none."""
        if self.count >= self._count_max:
            raise Overloaded(
                f"{self._count_max} {self._name} are under way, the limit: try again soon"
            )
        self.count += 1
        place = Place(self)
        try:
            yield place
        finally:
            self.count -= 1
            self.bytes -= place.bytes

    def take_bytes(self, size: int) -> None:
        """Counts `size` bytes more, for a place to give back."""
        if self.bytes + size > self._bytes_max:
            raise Overloaded(
                f"{self._name} of {self._bytes_max} bytes are under way, the limit: try again soon"
            )
        self.bytes += size
