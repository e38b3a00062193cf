"""The known partitions, so that a query names only those that it reads.

PostgreSQL plans a query of the whole table anew each time, which takes longer than answering most
of them. A query that names its partitions is planned once for each connection.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from incidents.db.condition import Window

T = TypeVar("T")

TABLE = "incidents"

# Partitions in one query: its plan takes memory for each, and a connection caches many plans.
_PARTS_AT_ONCE = 12
# Windows of ids for queries of the whole table: the first one, and the growth of the next ones.
_TABLE_FIRST_IDS = 4096
_TABLE_GROWTH = 8


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A partition: the incidents with `start` <= id < `end`.

    `name` can be used in a statement. One that is `ending` is being detached, and queries do not
    see it.
    """

    start: int
    end: int
    name: str
    ending: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The ids low <= id < high, all in one table. `table` can be used in a statement."""

    table: str
    low: int
    high: int

    @property
    def window(self) -> Window:
        """Its range of ids."""
        return self.low, self.high

    def within(self, window: Window) -> Window:
        """The part of a window that is in its range."""
        return max(window[0], self.low), min(window[1], self.high)

    @property
    def is_table(self) -> bool:
        """Whether it is a part of the whole table, not of a partition."""
        return self.table == TABLE


@dataclass(frozen=True, slots=True)
class PartitionCatalog:
    """The partitions in order of their ids, as of the catalog's version `state`."""

    state: str = ""
    partitions: Sequence[Partition] = ()

    def parts(self, window: Window) -> list[Part]:
        """The parts of the window that have a partition, the newest first."""
        low, high = window
        return [
            Part(each.name, max(low, each.start), min(high, each.end))
            for each in reversed(self._around(window))
        ]

    def _around(self, window: Window) -> Sequence[Partition]:
        """The partitions that overlap the window."""
        low, high = window
        first = bisect_right(self.partitions, low, key=lambda each: each.end)
        behind = bisect_left(self.partitions, high, key=lambda each: each.start)
        return self.partitions[first:behind]

    def queries(self, window: Window) -> Iterator[list[Part]]:
        """The parts of a window grouped into queries, the newest first."""
        return _some_at_a_time(self.parts(window))

    def tables_of(self, ids: Iterable[int]) -> Iterator[list[str]]:
        """The tables that contain these ids, grouped into queries."""
        behind = {bisect_right(self.partitions, id_, key=lambda each: each.end) for id_ in ids}
        names = [self.partitions[n].name for n in sorted(behind) if n < len(self.partitions)]
        return _some_at_a_time(names)

    def end_below(self, high: int) -> int:
        """An upper bound: below `high`, no incident has this id or a higher one."""
        behind = bisect_left(self.partitions, high, key=lambda each: each.start)
        return min(high, self.partitions[behind - 1].end) if behind else 0


def growing(window: Window, width: int = 0) -> Iterator[Part]:
    """The window in pieces, the newest first, each much wider than the one before.

    For queries of the whole table: each searches all of its piece and costs a round trip.
    """
    low, high = window
    width = max(width, _TABLE_FIRST_IDS)
    while high > low:
        start = max(low, high - width)
        yield Part(TABLE, start, high)
        high, width = start, width * _TABLE_GROWTH


def _some_at_a_time(those: list[T]) -> Iterator[list[T]]:
    for first in range(0, len(those), _PARTS_AT_ONCE):
        yield those[first : first + _PARTS_AT_ONCE]
