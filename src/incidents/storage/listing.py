"""Which partitions there are, so that a query names those it reads.

A query of the whole table is planned anew for each question, which takes longer than to answer
most of them. One that names partitions is planned once for a connection.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from incidents.storage.conditions import Window
from incidents.storage.partitions import Partition

# A window that lies in more partitions than this is looked for in the whole table.
_PARTS_MAX = 32


@dataclass(frozen=True, slots=True)
class Part:
    """The ids low <= id < high, which are all in the table of that name, fit for a statement.

    The table holds ids of a range of `table_ids`; None says that it is the whole.
    """

    table: str
    low: int
    high: int
    table_ids: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The partitions, by their ids, as they were when `state` was that of the catalog."""

    state: str = ""
    partitions: Sequence[Partition] = ()

    def parts(self, window: Window) -> list[Part]:
        """Where the incidents of the window are, the newest first; nowhere else are any."""
        low, high = window
        first = bisect_right(self.partitions, low, key=lambda each: each.end)
        there = [each for each in self.partitions[first : first + _PARTS_MAX] if each.start < high]
        if len(there) == _PARTS_MAX:
            return [Part("incidents", low, high, None)]
        return [
            Part(each.name, max(low, each.start), min(high, each.end), each.end - each.start)
            for each in reversed(there)
        ]
