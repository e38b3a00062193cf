"""When what matches was received: a count for each bin of a range, exact or estimated."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.core.errors import OutOfTime
from incidents.db.condition import Condition, Window
from incidents.search.counting import Counted, Counting
from incidents.search.settling import UNITS_SECONDS

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
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = [timedelta(seconds=each) for each in UNITS_SECONDS]
# A bin is at most an eighth wider or narrower than another one.
_UNITS_A_STEP = 8
# Of the time, to say when the oldest incident came.
_SHARE_OF_SPAN = 0.4

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
    """So many bins of about one width, from `since` until `until`."""

    since: datetime
    until: datetime
    bins: int

    @property
    def edges(self) -> list[datetime]:
        """Where the bins begin, and where the last one ends.

        But for the first and the last, at whole seconds, minutes, hours or days where that is near:
        so counts are kept (see settling.py).
        """
        step = max((self.until - self.since) / self.bins, _MICROSECOND)
        starts = [self.since + step * n for n in range(self.bins)]
        unit = max((each for each in _UNITS if each * _UNITS_A_STEP <= step), default=None)
        if unit is not None:
            starts[1:] = [_EPOCH + round((each - _EPOCH) / unit) * unit for each in starts[1:]]
        return [*starts, max(self.until, starts[-1] + _MICROSECOND)]

    def timeline(self, by_bin: dict[int, float], *, estimated: bool) -> Timeline:
        """The timeline of those counts, which have the numbers of their bins from 1 on."""
        counts = [round(by_bin.get(n + 1, 0)) for n in range(self.bins)]
        return Timeline(self.edges[:-1], self.until, counts, estimated)


class Timelines:
    """Counts all that match when there is time for it, and estimates when there is not."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def count(self, condition: Condition, bins: int, seconds: float) -> Timeline:
        """The timeline of what matches, after about `seconds` at the latest.

        Without `since` it begins with the oldest incident. Without `until` it ends now, or, where
        it is of all of time, with an incident that an import brought from the future.
        Raises StorageError.
        """
        deadline = _now() + seconds
        axis = await self._axis(condition, bins, _left(deadline) * _SHARE_OF_SPAN)
        windows = await self._counting.windows(condition)
        if not windows:
            return axis.timeline({}, estimated=False)
        by_bin, estimated = await self._by_bin(Counted(axis.edges, condition), windows, deadline)
        if condition.since is None and (older := by_bin.get(0)):
            # There was no time to say which is the oldest.
            by_bin[1] = by_bin.get(1, 0) + older
            estimated = True
        return axis.timeline(by_bin, estimated=estimated)

    async def _axis(self, condition: Condition, bins: int, seconds: float) -> Axis:
        since, until = condition.since, condition.until or datetime.now(UTC)
        if since is None:
            oldest, newest = await self._counting.span(seconds) or (until - _EMPTY_RANGE, until)
            since = oldest
            if condition.until is None:
                until = max(until, newest + _MICROSECOND)
        return Axis(min(since, until), until, bins)

    async def _by_bin(
        self, counted: Counted, windows: Sequence[Window], deadline: float
    ) -> tuple[dict[int, float], bool]:
        counting = asyncio.create_task(self._all(counted, windows, deadline))
        try:
            head_start = min(_HEAD_START_SECONDS, _left(deadline) * _HEAD_START)
            await asyncio.wait([counting], timeout=head_start)
            estimate = await self._estimate(counted, windows, deadline, counting)
            exact = await counting
        finally:
            counting.cancel()
        if exact is not None:
            return dict(exact), False
        return estimate, True

    async def _all(
        self, counted: Counted, windows: Sequence[Window], deadline: float
    ) -> dict[int, int] | None:
        with suppress(OutOfTime):
            return await self._counting.all(counted, windows, _left(deadline))
        return None

    async def _estimate(
        self,
        counted: Counted,
        windows: Sequence[Window],
        deadline: float,
        counting: _Count,
    ) -> dict[int, float]:
        """Blocks from all over the windows, more and more of them until the time or the count ends.

        Raises OutOfTime when not even the first of them can be counted.
        """
        catalog = await self._counting.catalog()
        ranges = [range(*part.window) for each in windows for part in reversed(catalog.parts(each))]
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
