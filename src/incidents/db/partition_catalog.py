"""Which partitions there are, so that a query names those it reads.

A query of the whole table is planned anew for each question, which takes longer than to answer
most of them. One that names partitions is planned once for a connection.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from incidents.db.condition import Window
from incidents.db.partitions import Partition

T = TypeVar("T")

TABLE = "incidents"

# So many partitions are asked in one query: its plan takes memory for each, and a connection
# keeps many plans.
_PARTS_AT_ONCE = 12
_CLUSTER_FIRST_IDS = 4096
_CLUSTER_GROWTH = 8


@dataclass(frozen=True, slots=True)
class Part:
    """The ids low <= id < high, which are all in the table of that name, fit for a statement."""

    table: str
    low: int
    high: int

    @property
    def window(self) -> Window:
        """Its ids."""
        return self.low, self.high

    def within(self, window: Window) -> Window:
        """Those of a window's ids that are its own."""
        return max(window[0], self.low), min(window[1], self.high)

    @property
    def is_spread(self) -> bool:
        """Whether the table is the whole, which only a cluster is asked for."""
        return self.table == TABLE


@dataclass(frozen=True, slots=True)
class PartitionCatalog:
    """The partitions, by their ids, as they were when `state` was that of the catalog."""

    state: str = ""
    partitions: Sequence[Partition] = ()

    def parts(self, window: Window) -> list[Part]:
        """Where the incidents of the window are, the newest first; nowhere else are any."""
        low, high = window
        return [
            Part(each.name, max(low, each.start), min(high, each.end))
            for each in reversed(self._around(window))
        ]

    def spread(self, window: Window, count: int) -> list[int]:
        """Up to `count` ids, ascending, evenly over those of the window that have a partition."""
        low, high = window
        there = [range(max(low, p.start), min(high, p.end)) for p in self._around(window)]
        total = sum(map(len, there))
        ids, before = [], 0
        places = sorted({total * n // (count + 1) for n in range(1, count + 1)}) if total else []
        for each in there:
            ids += [each[place - before] for place in places if 0 <= place - before < len(each)]
            before += len(each)
        return ids

    def _around(self, window: Window) -> Sequence[Partition]:
        """The partitions that have some of its ids."""
        low, high = window
        first = bisect_right(self.partitions, low, key=lambda each: each.end)
        behind = bisect_left(self.partitions, high, key=lambda each: each.start)
        return self.partitions[first:behind]

    def queries(self, window: Window, *, clustered: bool) -> Iterator[list[Part]]:
        """The parts of a window that one query after the other asks, the newest first."""
        if clustered:
            yield from ([each] for each in growing(window))
        else:
            yield from _some_at_a_time(self.parts(window))

    def tables_of(self, ids: Iterable[int]) -> Iterator[list[str]]:
        """The tables that incidents of these ids are in, as one query after the other asks them."""
        behind = {bisect_right(self.partitions, id_, key=lambda each: each.end) for id_ in ids}
        names = [self.partitions[n].name for n in sorted(behind) if n < len(self.partitions)]
        return _some_at_a_time(names)

    def end_below(self, high: int) -> int:
        """Below `high` no incident has this id or a higher one."""
        behind = bisect_left(self.partitions, high, key=lambda each: each.start)
        return min(high, self.partitions[behind - 1].end) if behind else 0


def growing(window: Window, width: int = 0) -> Iterator[Part]:
    """The window in pieces, the newest first, each much wider than the one before.

    For a cluster: every machine looks through all of a piece at once, and each costs a round trip
    to all of them.
    """
    low, high = window
    width = max(width, _CLUSTER_FIRST_IDS)
    while high > low:
        start = max(low, high - width)
        yield Part(TABLE, start, high)
        high, width = start, width * _CLUSTER_GROWTH


def _some_at_a_time(those: list[T]) -> Iterator[list[T]]:
    for first in range(0, len(those), _PARTS_AT_ONCE):
        yield those[first : first + _PARTS_AT_ONCE]
