"""When what matches was received: a count for each bin of a range, exact or estimated."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.containment import Matcher
from incidents.errors import OutOfTime
from incidents.search.question import Question
from incidents.storage.counting import Counted, Counting

# The ids are cut into so many strata; a sample takes blocks from each that may be in the range.
_STRATA = 100
# A block is as many neighbours as share a page or two of the table.
_BLOCK_IDS = 16
# The first sample is small: when nothing is in memory each block is a read from the disk.
_BLOCKS_FIRST = 120
# A count that takes no longer than this needs no sample beside it.
_HEAD_START_SECONDS = 0.05
_SHARE_OF_SAMPLE = 0.8
# However little time there is: a first, small sample is finished.
_SECONDS_MIN = 1.0
_EMPTY_RANGE = timedelta(hours=1)

# The fractional part of the golden ratio: places that follow each other so fill a line evenly.
_GOLDEN = 0.618033988749895


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
        strata = await self._strata(deadline)
        until = question.until or datetime.now(UTC)
        since = min(question.since or strata.oldest or until - _EMPTY_RANGE, until)
        step = max((until - since) / bins, timedelta(microseconds=1))
        starts = [since + step * n for n in range(bins)]
        counted = _counted(question, starts)
        if strata.ids:
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
            await asyncio.wait([counting], timeout=_HEAD_START_SECONDS)
            estimate = None if counting.done() else await self._estimate(counted, ranges, deadline)
            exact = await counting
        finally:
            counting.cancel()
        if exact is not None:
            return dict(exact), False
        if estimate is None:
            raise OutOfTime("not even a sample could be counted in time")
        return estimate, True

    async def _all(self, counted: Counted, deadline: float) -> dict[int, int] | None:
        with suppress(OutOfTime):
            return await self._counting.all(counted, _left(deadline))
        return None

    async def _estimate(
        self, counted: Counted, ranges: "list[range]", deadline: float
    ) -> dict[int, float] | None:
        """Blocks from all over the ranges, more and more of them while the time lasts."""
        hits: Counter[int] = Counter()
        total, sampled, place, blocks = sum(map(len, ranges)), 0, 0.0, _BLOCKS_FIRST
        end = _now() + (deadline - _now()) * _SHARE_OF_SAMPLE
        while sampled < total and (not sampled or _now() < end):
            place = (place + _GOLDEN) % 1
            starts = _spread(ranges, total, place, blocks)
            left = _left(deadline) if sampled else max(_SECONDS_MIN, _left(deadline))
            try:
                found = await self._counting.sample(counted, starts, _BLOCK_IDS, left)
            except OutOfTime:
                if sampled or blocks == 1:
                    break
                blocks = max(1, blocks // 4)
                continue
            hits.update(found)
            sampled += len(starts) * _BLOCK_IDS
            blocks *= 2
        return {bin_: count * total / sampled for bin_, count in hits.items()} if sampled else None

    async def _strata(self, deadline: float) -> "Strata":
        seconds = max(_SECONDS_MIN, _left(deadline))
        bounds = await self._counting.bounds(seconds)
        if bounds is None:
            return Strata(range(0), ())
        ids = range(bounds[0], bounds[1] + 1)
        probes = [ids.start + len(ids) * n // _STRATA for n in range(_STRATA)]
        times = await self._counting.times([*probes, bounds[1]], seconds)
        return Strata(ids, times)


@dataclass(frozen=True, slots=True)
class Strata:
    """All ids, and when those at the bounds of each hundredth were received."""

    ids: range
    times: Sequence[datetime | None]

    @property
    def oldest(self) -> datetime | None:
        """The oldest time among the bounds."""
        return min((time for time in self.times if time is not None), default=None)

    def within(self, since: datetime | None, until: datetime | None) -> list[range]:
        """The strata that may hold incidents of that time.

        Ids are nearly in the order of times; where they are not, a stratum is taken
        when one of its neighbours' bounds is within.
        """
        times = [time for time in self.times if time is not None]
        if len(times) != len(self.times):
            return [self.ids]
        found: list[range] = []
        for n in range(_STRATA):
            near = times[max(0, n - 1) : n + 3]
            low = self.ids.start + len(self.ids) * n // _STRATA
            high = self.ids.start + len(self.ids) * (n + 1) // _STRATA
            if (since is None or max(near) >= since) and (until is None or min(near) < until):
                found.append(range(low, high))
        return [each for each in found if each]


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


def _counted(question: Question, starts: Sequence[datetime]) -> Counted:
    example = question.example
    everything = example is None or example.matches_everything
    return Counted(
        starts=starts,
        since=question.since,
        until=question.until,
        entries=None if everything or example is None else example.entries,
        needle=None if everything or example is None else Matcher(example).needle,
    )
