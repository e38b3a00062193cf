"""Matches counted by groups, and how far a count of a sample may be from the truth."""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt
from typing import NamedTuple

# A sample is made of so many, each spread over everything: they differ as samples differ.
STRANDS = 8
# So many standard errors to each side have 95 % of Student's distribution with STRANDS - 1 degrees
# of freedom.
_STUDENT = 2.365
# If none of n is found, then with 95 % fewer than 3 in n are there
# (https://en.wikipedia.org/wiki/Rule_of_three_(statistics)).
_UNSEEN = 3
# The places of a sample are not drawn at random: what repeats itself may agree with them.
_UNEVEN = 0.001


class Group(NamedTuple):
    """Matches of one bin and one kind; `kind` None has each match once (see kinds.py)."""

    bin: int = 0
    kind: Hashable = None


class Row(NamedTuple):
    """A group as PostgreSQL counted it, in one strand of a sample."""

    group: Group
    strand: int
    matches: int
    first: datetime
    last: datetime


class Times(NamedTuple):
    """When the first and the last of a group came, of those that were looked at."""

    first: datetime
    last: datetime


@dataclass(slots=True)
class Tally:
    """Counts by group, of all matches, or scaled up from a sample.

    Of a sample `looked_at` has the number of ids of each strand, out of `total` ids.
    """

    total: int = 0
    looked_at: list[int] = field(default_factory=list)
    times: dict[Group, Times] = field(default_factory=dict)
    _counts: dict[Group, list[int]] = field(default_factory=dict)

    @property
    def is_estimate(self) -> bool:
        """Whether it is of a sample."""
        return bool(self.looked_at)

    @property
    def groups(self) -> Collection[Group]:
        """Those of which there was something."""
        return self._counts.keys()

    def add(self, rows: Iterable[Row]) -> None:
        """Counts more."""
        for group, strand, count, first, last in rows:
            counts = self._counts.setdefault(group, [0] * STRANDS)
            counts[strand] += count
            times = self.times.get(group, Times(first, last))
            self.times[group] = Times(min(times.first, first), max(times.last, last))

    def add_sample(self, rows: Iterable[Row], looked_at: Sequence[int]) -> None:
        """Counts the matches among `looked_at` ids more, by strand."""
        self.looked_at = [
            sum(pair) for pair in zip(self.looked_at or [0] * STRANDS, looked_at, strict=True)
        ]
        self.add(rows)

    def count(self, *groups: Group) -> int:
        """How many are in these groups."""
        return round(sum(self._strands(groups)) * self._scale)

    def error(self, *groups: Group) -> int:
        """With 95 % `count` is no further from the truth than this."""
        if not self.is_estimate:
            return 0
        found = self._strands(groups)
        rates = [count / ids for count, ids in zip(found, self.looked_at, strict=True) if ids]
        mean = sum(rates) / len(rates)
        spread = sum((rate - mean) ** 2 for rate in rates)
        deviation = sqrt(spread / (max(1, len(rates) - 1) * len(rates)))
        likely = _STUDENT * deviation * self.total
        return round(max(likely, _UNSEEN * max(1, self._scale)) + self.count(*groups) * _UNEVEN)

    @property
    def _scale(self) -> float:
        return self.total / sum(self.looked_at) if self.is_estimate else 1

    def _strands(self, groups: Iterable[Group]) -> list[int]:
        counts = [self._counts[each] for each in groups if each in self._counts]
        return [sum(each) for each in zip(*counts, strict=True)] or [0] * STRANDS
