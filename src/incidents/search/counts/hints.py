"""What would match, where nothing does: counted in the time that nobody notices."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from incidents.core.errors import OutOfTime, StorageError
from incidents.db.condition import Condition
from incidents.search.counts.estimator import Estimator
from incidents.search.counts.group_query import Counted
from incidents.search.counts.tally import Group

# All hints are counted in this time.
SECONDS_MAX = 0.03
# Whoever waits so much longer, as for a connection, gets none.
_MARGIN_SECONDS = 0.02
_TRIED_MAX = 6
HINTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Changed:
    """A query line that was made less strict, what it asks for, and in which way."""

    query: str
    condition: Condition
    reason: str


@dataclass(frozen=True, slots=True)
class Hint:
    """A query line that matches so many incidents; `reason` says how it differs."""

    query: str
    count: int
    is_estimate: bool
    reason: str


class HintSearch:
    """Looks for queries that match something, when it is asked to."""

    def __init__(self, estimator: Estimator, changed: Iterator[Changed]) -> None:
        self._estimator = estimator
        self._changed = changed

    async def look(self) -> list[Hint]:
        """Those that can be counted in time; none while PostgreSQL cannot be asked."""
        hints: list[Hint] = []
        clock = asyncio.get_running_loop().time
        until = clock() + SECONDS_MAX
        tried = list(islice(self._changed, _TRIED_MAX))
        with suppress(TimeoutError, StorageError):
            async with asyncio.timeout_at(until + _MARGIN_SECONDS):
                for left, each in zip(range(len(tried), 0, -1), tried, strict=True):
                    seconds = (until - clock()) / left
                    hints += await _hint(self._estimator, each, seconds)
        return hints[:HINTS_MAX]


async def _hint(estimator: Estimator, changed: Changed, seconds: float) -> list[Hint]:
    try:
        tally = await estimator.tally(Counted(changed.condition), seconds, seconds_min=0)
    except OutOfTime:
        return []
    count = tally.count(Group())
    return [Hint(changed.query, count, tally.is_estimate, changed.reason)] if count else []
