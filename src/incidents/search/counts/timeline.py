"""When what matches was received: a count for each bin of a range, exact or estimated."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.core.query.tree import Path
from incidents.db.condition import Condition
from incidents.db.query.values import MISSING, OTHER
from incidents.search.counts.axis import Axis, axis_of_bins, axis_of_steps
from incidents.search.counts.counting import Counting
from incidents.search.counts.estimator import Estimator
from incidents.search.counts.group_query import Counted
from incidents.search.counts.kinds import ValuesOf
from incidents.search.counts.tally import Group, Tally
from incidents.search.counts.values import count_values

# Of the time, to say when the oldest incident came, and which values are most frequent.
_SHARE_OF_SPAN = 0.4
_SHARE_OF_VALUES = 0.5


@dataclass(frozen=True, slots=True)
class Series:
    """The matches of one kind by bin: those with a value, as JSON text, or OTHER, or MISSING."""

    kind: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Matches by bin: `counts[n]` were received from `starts[n]` on, up to the next start.

    `until` is the end of the last bin. Where `is_estimate`, counts are scaled up from a sample, and
    each is with 95 % no further from the truth than `error`.
    """

    starts: Sequence[datetime]
    until: datetime
    counts: Sequence[int]
    is_estimate: bool
    error: int
    series: Sequence[Series] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a timeline is divided: into bins, or by `step`; and by the top values of a field."""

    bins: int
    step: timedelta | None = None
    by: Path | None = None
    series: int = 0


class Timelines:
    """Counts all that match when there is time for it, and estimates when there is not."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._estimator = Estimator(counting)

    async def count(self, condition: Condition, wanted: Wanted, seconds: float) -> Timeline:
        """The timeline of what matches, after about `seconds` at the latest.

        Raises StorageError, and BadParameter where it would have too many bins.
        """
        deadline = _now() + seconds
        times = await self._counting.times(condition, _left(deadline) * _SHARE_OF_SPAN)
        axis = _axis(*times, wanted)
        values: tuple[str, ...] = ()
        kinds = None
        if wanted.by is not None:
            share = _left(deadline) * _SHARE_OF_VALUES
            top = await count_values(self._estimator, condition, wanted.by, wanted.series, share)
            values = tuple(each.value for each in top.values)
            kinds = ValuesOf(wanted.by, values)
        counted = Counted(condition, axis.edges, kinds)
        tally = await self._estimator.tally(counted, _left(deadline))
        bins = [[Group(number)] for number in range(1, len(axis.starts) + 1)]
        # There was no time to say which is the oldest.
        has_older = condition.since is None and tally.count(Group(0)) > 0
        if has_older:
            bins[0] += [Group(0)]
        series = [_series(tally, bins, each) for each in (*values, OTHER, MISSING) if kinds]
        return Timeline(
            axis.starts,
            axis.until,
            [tally.count(*groups) for groups in bins],
            tally.is_estimate or has_older,
            max(tally.error(*groups) for groups in bins),
            [each for each in series if any(each.counts)],
        )


def _axis(since: datetime, until: datetime, wanted: Wanted) -> Axis:
    if wanted.step is not None:
        return axis_of_steps(since, until, wanted.step)
    return axis_of_bins(since, until, wanted.bins)


def _series(tally: Tally, bins: Sequence[Sequence[Group]], kind: str) -> Series:
    of_kind = ([each._replace(kind=kind) for each in groups] for groups in bins)
    return Series(kind, [tally.count(*groups) for groups in of_kind])


def _left(deadline: float) -> float:
    return max(0.01, deadline - _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
