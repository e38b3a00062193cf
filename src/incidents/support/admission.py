"""Limits on requests in flight, in number and bytes, shared fairly between sources."""

from types import TracebackType
from typing import Self

from incidents.core.errors import Overloaded
from incidents.support.metrics import metrics


class _Share:
    """What one source has in flight."""

    __slots__ = ("bytes", "count")

    def __init__(self) -> None:
        self.count = 0
        self.bytes = 0


class ConcurrencyLimit:
    """Never has more than `count_max` requests in flight, nor more than `bytes_max` bytes of them.

    `name` is one of `metrics.LIMITED` or of those in LIMIT_EXCEEDED. A source, such as a key, is
    refused when it holds as many permits as are free: alone it gets half of them, so others always
    find some. Requests without a source (None) are not shared: together they can take all permits.
    """

    def __init__(self, name: str, count_max: int, bytes_max: int) -> None:
        self._name = name
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._shares: dict[bytes, _Share] = {}  # only sources that hold a permit
        self.count = 0
        self.bytes = 0

    def has_permit(self, source: bytes | None) -> bool:
        """Whether another request of that source would be admitted now."""
        share = self._shares.get(source) if source else None
        return self._count_max - self.count > (share.count if share else 0)

    def permit(self, source: bytes | None = None) -> "Permit":
        """A permit for one request of that source, held in a `with` block."""
        return Permit(self, source)

    def enter(self, source: bytes | None) -> None:
        """Counts another request. Raises Overloaded if there is no permit for it."""
        if self.count >= self._count_max:
            raise self._full(f"{self._count_max} {self._name} are in flight, the limit")
        if source:
            if not self.has_permit(source):
                raise self._full(self._share_of(source))
            self._shares.setdefault(source, _Share()).count += 1
        self.count += 1

    def grow(self, source: bytes | None, size: int) -> None:
        """Counts `size` more bytes. Raises Overloaded if that exceeds what is free."""
        free = self._bytes_max - self.bytes
        if size > free:
            raise self._full(f"{self._name} of {self._bytes_max} bytes are in flight, the limit")
        if source:
            share = self._shares[source]
            # A single request may take everything.
            if share.count > 1 and share.bytes + size > free:
                raise self._full(self._share_of(source))
            share.bytes += size
        self.bytes += size

    def leave(self, source: bytes | None, size: int) -> None:
        """Returns what one request took."""
        self.count -= 1
        self.bytes -= size
        if source:
            share = self._shares[source]
            share.count -= 1
            share.bytes -= size
            if not share.count:
                del self._shares[source]

    def _full(self, why: str) -> Overloaded:
        metrics.LIMIT_EXCEEDED.add(1, self._name)
        return Overloaded(f"{why}: try again soon")

    def _share_of(self, source: bytes) -> str:
        count = self._shares[source].count
        return f"{count} {self._name} of this key are in flight, its share beside other keys"

    def measure(self) -> None:
        """Updates the metrics of this limit."""
        metrics.IN_FLIGHT.set(self.count, self._name)
        metrics.IN_FLIGHT_LIMIT.set(self._count_max, self._name)
        if self._name in metrics.LIMITED_BYTES:
            metrics.IN_FLIGHT_BYTES.set(self.bytes, self._name)
            metrics.IN_FLIGHT_BYTES_LIMIT.set(self._bytes_max, self._name)


class Permit:
    """What one request takes of a limit, returned at the end of its block.

    A permit that was kept is returned by `leave`.
    """

    __slots__ = ("_is_kept", "_limit", "_source", "bytes")

    def __init__(self, limit: ConcurrencyLimit, source: bytes | None) -> None:
        self._limit = limit
        self._source = source
        self._is_kept = False
        self.bytes = 0

    def grow(self, size: int) -> None:
        """Takes `size` more bytes. Raises Overloaded if fewer are left."""
        self._limit.grow(self._source, size)
        self.bytes += size

    def move(self, limit: ConcurrencyLimit) -> None:
        """Moves to another limit. Raises Overloaded if that has no room; then nothing changes."""
        limit.enter(self._source)
        try:
            limit.grow(self._source, self.bytes)
        except Overloaded:
            limit.leave(self._source, 0)
            raise
        self.leave()
        self._limit = limit

    def keep(self) -> None:
        """Keeps the permit beyond the end of its block."""
        self._is_kept = True

    def leave(self) -> None:
        """Returns the permit."""
        self._limit.leave(self._source, self.bytes)

    def __enter__(self) -> Self:
        self._limit.enter(self._source)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._is_kept:
            self.leave()
