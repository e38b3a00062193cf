"""Reads from the table what a listener missed while it was disconnected."""

from collections.abc import AsyncGenerator, Sequence

from incidents.core.incident import StoredIncident
from incidents.db.condition import Condition
from incidents.db.driver import with_retry
from incidents.db.stream.following import Following, Range
from incidents.db.stream.position import Gaps, Position
from incidents.live_tail.events import Given

# A query is bounded in the ids it covers and in the rows it returns.
_WINDOW_IDS = 10_000


class CatchUp:
    """Reads from the position at which a listener left to the one at which it continues."""

    def __init__(
        self,
        following: Following,
        condition: Condition,
        *,
        rows_at_once: int,
        wait_seconds: float,
    ) -> None:
        self._following = following
        self._condition = condition
        self._rows_at_once = rows_at_once
        self._wait_seconds = wait_seconds

    async def between(self, left: Position, start: Position) -> AsyncGenerator[list[Given]]:
        """Matches that became visible after `left` and were visible at `start`; some at a time.

        First those in the gaps of `left`, then the rest in order of ids. Raises StorageError.
        """
        owed = Gaps(left.owed)
        async for found in self._visible([(gap.low, gap.high) for gap in left.owed], start):
            given = []
            for incident in found:
                owed.discard(incident.id)
                given.append(Given(incident, Position(left.front, Gaps(owed))))
            yield given
        async for found in self._visible([(left.front + 1, start.front)], start):
            yield [
                Given(incident, Position(incident.id, start.owed.below(incident.id)))
                for incident in found
            ]

    async def _visible(
        self, ranges: Sequence[Range], start: Position
    ) -> AsyncGenerator[list[StoredIncident]]:
        """Without what became visible after `start`: the listener receives that anyway."""
        async for found in self._matching(ranges):
            visible = [incident for incident in found if incident.id not in start.owed]
            if visible:
                yield visible

    async def _matching(self, ranges: Sequence[Range]) -> AsyncGenerator[list[StoredIncident]]:
        # Only ranges that have a partition: an import can leave gaps wider than everything else.
        there = await with_retry(
            lambda: self._following.with_partitions(ranges), self._wait_seconds, waiter="listeners"
        )
        for low, high in there:
            at = low
            while at <= high:
                end = min(high, at + _WINDOW_IDS - 1)
                found = await self._window(at, end)
                if found:
                    yield found
                at = found[-1].id + 1 if len(found) == self._rows_at_once else end + 1

    async def _window(self, low: int, high: int) -> list[StoredIncident]:
        return await with_retry(
            lambda: self._following.matching(self._condition, low, high, self._rows_at_once),
            self._wait_seconds,
            waiter="listeners",
        )
