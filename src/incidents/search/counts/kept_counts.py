"""Counts that are kept of settled blocks (see settling.py), added up by the bins of a timeline."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Block:
    """The ids low <= id < high; the times of the first and the last of its `count` incidents.

    `counts` has how many came in each `unit_seconds`, from the unit of the oldest on; None where
    nobody knows, or needs to.
    """

    low: int
    high: int
    oldest: datetime
    newest: datetime
    count: int
    unit_seconds: int | None
    counts: Sequence[int] | None

    def by_bin(self, edges: Sequence[datetime]) -> Counter[int] | None:
        """How many of it are between which edges, by the number of edges before them.

        None where it does not say: an edge lies within one of its units.
        """
        first, last = bisect_right(edges, self.oldest), bisect_right(edges, self.newest)
        if first == last:
            return Counter({first: self.count})
        cuts = [edge.timestamp() for edge in edges[first:last]]
        unit = self.unit_seconds
        if self.counts is None or unit is None or any(cut % unit for cut in cuts):
            return None
        begins = int(self.oldest.timestamp() // unit)
        ends = [0, *(int(cut // unit) - begins for cut in cuts), len(self.counts)]
        return Counter(
            {first + n: sum(self.counts[low:high]) for n, (low, high) in enumerate(pairwise(ends))}
        )
