"""All matches counted when there is time for it, and estimated from a sample when there is not."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from incidents.core.errors import OutOfTime
from incidents.db.condition import Window
from incidents.search.counts.counting import Counting
from incidents.search.counts.group_query import Counted
from incidents.search.counts.tally import STRANDS, Tally

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
# To tell kinds apart a statement looks at no more: each row may have some.
_BLOCKS_OF_KINDS_MAX = 64

# The fractional part of the golden ratio: places that follow each other so fill a line evenly.
_GOLDEN = 0.618033988749895


# None when the time was over before.
_Exact = asyncio.Task[Tally | None]


class Estimator:
    """A count of all and a sample run at the same time: whichever is the better that there is."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def tally(
        self, counted: Counted, seconds: float, *, seconds_min: float = _SECONDS_MIN
    ) -> Tally:
        """The matches, after about `seconds` at the latest; the first sample takes `seconds_min`.

        Raises StorageError; OutOfTime where that is not enough.
        """
        deadline = _now() + seconds
        windows = await self._counting.windows(counted.condition)
        if not windows:
            return Tally()
        exact = asyncio.create_task(self._all(counted, windows, deadline))
        try:
            head_start = min(_HEAD_START_SECONDS, _left(deadline) * _HEAD_START)
            await asyncio.wait([exact], timeout=head_start)
            estimate = await self._estimate(counted, windows, deadline, seconds_min, exact)
            return await exact or estimate
        finally:
            exact.cancel()

    async def _all(
        self, counted: Counted, windows: Sequence[Window], deadline: float
    ) -> Tally | None:
        with suppress(OutOfTime):
            return await self._counting.all(counted, windows, _left(deadline))
        return None

    async def _estimate(
        self,
        counted: Counted,
        windows: Sequence[Window],
        deadline: float,
        seconds_min: float,
        exact: _Exact,
    ) -> Tally:
        """Blocks from all over the windows, more and more of them until the time or the count ends.

        Raises OutOfTime when not even the first of them can be counted.
        """
        catalog = await self._counting.catalog()
        ranges = [range(*part.window) for each in windows for part in reversed(catalog.parts(each))]
        tally = Tally(total=sum(map(len, ranges)))
        total, sampled, place, blocks = tally.total, 0, _GOLDEN, _BLOCKS_FIRST
        blocks_max = total if counted.kinds is None else _BLOCKS_OF_KINDS_MAX
        while sampled < total and blocks > 0 and not _is_counted(exact):
            begun = _now()
            blocks = min(blocks, blocks_max, max(1, total // _BLOCK_IDS))  # none overlaps another
            starts = _spread(ranges, total, place, blocks)
            left = max(0 if sampled else seconds_min, _left(deadline))
            try:
                found = await self._counting.sample(counted, starts, _BLOCK_IDS, left)
            except OutOfTime:
                if sampled:
                    break
                raise
            tally.add_sample(found, _ids_by_strand(len(starts)))
            sampled += len(starts) * _BLOCK_IDS
            place = (place + _GOLDEN) % 1
            fit = (deadline - _now()) * _SHARE_OF_SAMPLE / max(_now() - begun, _INSTANT) * blocks
            blocks = min(blocks * _GROWTH, int(fit))
        return tally


def _is_counted(exact: _Exact) -> bool:
    return exact.done() and exact.result() is not None


def _ids_by_strand(blocks: int) -> list[int]:
    return [len(range(strand, blocks, STRANDS)) * _BLOCK_IDS for strand in range(STRANDS)]


def _left(deadline: float) -> float:
    return max(0.01, deadline - _now())


def _now() -> float:
    return asyncio.get_running_loop().time()


def _spread(ranges: Sequence[range], total: int, place: float, blocks: int) -> list[int]:
    """Where blocks begin, one in each of as many equal parts of all ranges; `place` shifts them.

    Each is at another place of its part: else they would agree with whatever repeats itself.
    """
    starts: list[int] = []
    step, number, before = total / blocks, 0, 0
    for each in ranges:
        while number < blocks:
            shift = (place + number * _GOLDEN) % 1 * max(0, step - _BLOCK_IDS)
            at = int(number * step + shift)
            if at >= before + len(each):
                break
            starts.append(each.start + at - before)
            number += 1
        before += len(each)
    return starts
