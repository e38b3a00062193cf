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


class Timelines:
    """Counts all that match when there is time for it, and estimates when there is not."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def count(self, question: Question, bins: int, seconds: float) -> Timeline:
        """The timeline of a question by example, after about `seconds` at the latest.

        Without `since` it begins with the oldest incident, without `until` it ends now.
        Raises StorageError.
        """
        deadline = _now() + seconds
        bounded = question.since is not None or question.until is not None
        strata = await self._strata(_STRATA if bounded else _STRATA_OF_ALL, deadline)
        until = question.until or datetime.now(UTC)
        since = min(question.since or strata.oldest or until - _EMPTY_RANGE, until)
        step = max((until - since) / bins, timedelta(microseconds=1))
        starts = [since + step * n for n in range(bins)]
        counted = Counted(starts, question.condition)
        if strata.starts:
            by_bin, estimated = await self._by_bin(
                counted, strata.within(question.since, question.until), deadline
            )
        else:
            by_bin, estimated = {}, False
        counts = [round(by_bin.get(n + 1, 0)) for n in range(bins)]
        # What came before the first bin can only be what the clock of another worker made older.
        counts[0] += round(by_bin.get(0, 0))
        return Timeline(starts, until, counts, estimated)

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
