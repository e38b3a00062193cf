"""When what matches was received: a count for each bin of a range, exact or estimated."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.core.errors import OutOfTime
from incidents.db.partition_catalog import PartitionCatalog
from incidents.search.counting import Counted, Counting
from incidents.search.question import Question

# The ids are cut into so many strata; a sample takes blocks from each that may be in the range.
_STRATA = 100
# Where all are, they are only looked at for the oldest time.
_STRATA_OF_ALL = 16
# A block is as many neighbours as share a page or two of the table.
_BLOCK_IDS = 16
# The first sample is small: when nothing is in memory each block is some reads from the disk.
_BLOCKS_FIRST = 24
# A count that takes no longer than this, and this part of the time, needs no sample beside it.
_HEAD_START_SECONDS = 0.05
_HEAD_START = 0.2
# A sample is made so much larger than the one before, if it will take no more of what is left.
_GROWTH = 4
_SHARE_OF_SAMPLE = 0.6
# However little time there is: what an answer cannot do without is finished.
_SECONDS_MIN = 5.0
_INSTANT = 0.001
_EMPTY_RANGE = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)
# The bins are laid out anew where an incident has none: twice, unless an import adds to them.
_TRIES = 3

# The fractional part of the golden ratio: places that follow each other so fill a line evenly.
_GOLDEN = 0.618033988749895


# By bin; None when the time was over before.
_Count = asyncio.Task[dict[int, int] | None]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Matches by bin: `counts[n]` were received from `starts[n]` on, up to the next start.

    `until` is the end of the last bin. Where `estimated`, counts are scaled up from a sample.
    """

    starts: Sequence[datetime]
    until: datetime
    counts: Sequence[int]
    estimated: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """So many bins of one width, from `since` until `until`."""

    since: datetime
    until: datetime
    bins: int

    @property
    def edges(self) -> list[datetime]:
        """Where the bins begin, and where the last one ends."""
        step = max((self.until - self.since) / self.bins, _MICROSECOND)
        starts = [self.since + step * n for n in range(self.bins)]
        return [*starts, max(self.until, starts[-1] + _MICROSECOND)]

    def timeline(self, by_bin: dict[int, float], *, estimated: bool) -> Timeline:
        """The timeline of those counts, which have the numbers of their bins from 1 on."""
        counts = [round(by_bin.get(n + 1, 0)) for n in range(self.bins)]
        return Timeline(self.edges[:-1], self.until, counts, estimated)


class Timelines:
    """Counts all that match when there is time for it, and estimates when there is not."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def count(self, question: Question, bins: int, seconds: float) -> Timeline:
        """The timeline of a question by example, after about `seconds` at the latest.

        Without `since` it begins with the oldest incident. Without `until` it ends now, or, where
        it is of all of time, with an incident that an import brought from the future.
        Raises StorageError.
        """
        deadline = _now() + seconds
        bounded = question.since is not None or question.until is not None
        strata = await self._strata(_STRATA if bounded else _STRATA_OF_ALL, deadline)
        axis = strata.axis(question, bins)
        if not strata.starts:
            return axis.timeline({}, estimated=False)
        ranges = strata.within(question.since, question.until)
        for _ in range(_TRIES):
            counted = Counted(axis.edges, question.condition)
            by_bin, estimated = await self._by_bin(counted, ranges, deadline)
            wider = await self._wider(axis, by_bin, question, deadline)
            if wider == axis:
                return axis.timeline(by_bin, estimated=estimated)
            axis = wider
        # An import goes on adding what is older: that is of no bin, and in the first one.
        by_bin[1] = by_bin.get(1, 0) + by_bin.get(0, 0)
        return axis.timeline(by_bin, estimated=True)

    async def _wider(
        self, axis: "Axis", by_bin: dict[int, float], question: Question, deadline: float
    ) -> "Axis":
        """The same, or one that what was counted beside it has a bin on.

        Ids are nearly in the order of times; those of an import need not be, and so an incident
        can be older, or newer, than all at the bounds of the strata.
        """
        since, until = axis.since, axis.until
        left = max(_SECONDS_MIN, _left(deadline))
        if by_bin.get(0) and question.since is None:
            since = await self._counting.oldest_before(since, left) or since
        if by_bin.get(axis.bins + 1) and question.since is None and question.until is None:
            newest = await self._counting.newest_from(until, left)
            # (What came in meanwhile is later than the question.)
            if newest is not None and newest > datetime.now(UTC):
                until = newest + _MICROSECOND
        return Axis(since, until, axis.bins)

    async def _by_bin(
        self, counted: Counted, ranges: "list[range]", deadline: float
    ) -> tuple[dict[int, float], bool]:
        counting = asyncio.create_task(self._all(counted, deadline))
        try:
            head_start = min(_HEAD_START_SECONDS, _left(deadline) * _HEAD_START)
            await asyncio.wait([counting], timeout=head_start)
            estimate = await self._estimate(counted, ranges, deadline, counting)
            exact = await counting
        finally:
            counting.cancel()
        if exact is not None:
            return dict(exact), False
        return estimate, True

    async def _all(self, counted: Counted, deadline: float) -> dict[int, int] | None:
        with suppress(OutOfTime):
            return await self._counting.all(counted, _left(deadline))
        return None

    async def _estimate(
        self,
        counted: Counted,
        ranges: "list[range]",
        deadline: float,
        counting: _Count,
    ) -> dict[int, float]:
        """Blocks from all over the ranges, more and more of them until the time or the count ends.

        Raises OutOfTime when not even the first of them can be counted.
        """
        hits: Counter[int] = Counter()
        total, sampled, place, blocks = sum(map(len, ranges)), 0, _GOLDEN, _BLOCKS_FIRST
        while sampled < total and blocks > 0 and not _is_counted(counting):
            begun = _now()
            blocks = min(blocks, max(1, total // _BLOCK_IDS))  # none overlaps another
            starts = _spread(ranges, total, place, blocks)
            left = max(0 if sampled else _SECONDS_MIN, _left(deadline))
            try:
                found = await self._counting.sample(counted, starts, _BLOCK_IDS, left)
            except OutOfTime:
                if sampled:
                    break
                raise
            hits.update(found)
            sampled += len(starts) * _BLOCK_IDS
            place = (place + _GOLDEN) % 1
            fit = (deadline - _now()) * _SHARE_OF_SAMPLE / max(_now() - begun, _INSTANT) * blocks
            blocks = min(blocks * _GROWTH, int(fit))
        return {bin_: count * total / sampled for bin_, count in hits.items()}

    async def _strata(self, count: int, deadline: float) -> "Strata":
        probes = await self._counting.probes(count, max(_SECONDS_MIN, _left(deadline)))
        if not probes:
            return Strata((), (), PartitionCatalog())
        starts, times = zip(*probes, strict=True)
        return Strata(starts, times, await self._counting.catalog())


@dataclass(frozen=True, slots=True)
class Strata:
    """Parts of all ids, and when those at their bounds were received.

    The last of `starts` is the last id. Of a part those ids count that have a partition.
    """

    starts: Sequence[int]
    times: Sequence[datetime]
    catalog: PartitionCatalog

    def axis(self, question: Question, bins: int) -> Axis:
        """The bins of a question, as far as it is known which are the oldest and the newest."""
        until = question.until or datetime.now(UTC)
        if question.since is None and question.until is None:
            until = max([until, *(time + _MICROSECOND for time in self.times)])
        since = min(question.since or self.oldest or until - _EMPTY_RANGE, until)
        return Axis(since, until, bins)

    @property
    def oldest(self) -> datetime | None:
        """The oldest time among the bounds."""
        return min(self.times, default=None)

    def within(self, since: datetime | None, until: datetime | None) -> list[range]:
        """The strata that may hold incidents of that time.

        Ids are nearly in the order of times; where they are not, a stratum is taken
        when one of its neighbours' bounds is within.
        """
        found: list[range] = []
        for n, low in enumerate(self.starts[:-1]):
            near = self.times[max(0, n - 1) : n + 3]
            high = self.starts[n + 1] + (n + 2 == len(self.starts))
            if (since is None or max(near) >= since) and (until is None or min(near) < until):
                parts = reversed(self.catalog.parts((low, high)))
                found += [range(part.low, part.high) for part in parts]
        return found


def _is_counted(counting: _Count) -> bool:
    return counting.done() and counting.result() is not None


def _left(deadline: float) -> float:
    return max(0.01, deadline - _now())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _spread(ranges: Sequence[range], total: int, place: float, blocks: int) -> list[int]:
    """Where blocks begin, evenly over all ranges; `place`, from 0 to 1, shifts them."""
    starts: list[int] = []
    at, step = place * total / blocks, total / blocks
    before = 0
    for each in ranges:
        while at < before + len(each):
            starts.append(each.start + int(at - before))
            at += step
        before += len(each)
    return starts
