"""The incidents that rules look at: each once, in order, from a position on."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from time import monotonic

from incidents.db.stream.following import Arrival, Following
from incidents.db.stream.order import Order
from incidents.db.stream.position import Gap, Gaps, Position, parse_position

log = logging.getLogger(__name__)

# How long incidents wait for a lower id that is not committed yet, and how long a gap can be filled
# by a late commit: as for listeners.
ORDER_SECONDS = 1.0
_LATE_SECONDS_MIN = 60.0
# While PostgreSQL is unavailable nothing is committed, so gaps do not age.
_STEP_SECONDS_MAX = 1.0
# Pieces that are read in one look, so that a backlog is written down as it goes.
_PIECES_MAX = 16
_SECONDS_MAX = 2.0


class Stream:
    """Continues at the position that the last step wrote down."""

    def __init__(self, following: Following, position: str, wait_seconds: float) -> None:
        self._following = following
        self._late_seconds = max(_LATE_SECONDS_MIN, 3 * wait_seconds)
        self._age = 0.0
        self._looked_at = monotonic()
        self._order = self._from(parse_position(position))
        self.has_all = False  # whether the last look read all that there was

    @property
    def position(self) -> Position:
        """What was given out."""
        return self._order.position

    @property
    def waits_since(self) -> datetime | None:
        """When the oldest incident was received that waits for a lower id; None if none does."""
        return self._order.waits_since

    async def arrivals(self, reserved: int) -> AsyncGenerator[Sequence[Arrival]]:
        """Those up to the id `reserved` that became visible, and were not given out before.

        They come in pieces, not more than a bounded number and time allows; see `has_all`. Raises
        StorageError.
        """
        now, until = self._now(), monotonic() + _SECONDS_MAX
        if reserved < self._order.position.front:
            log.warning("ids are behind what rules have seen: they continue at id %d", reserved)
            self._order = self._from(Position(reserved, Gaps()))
        order, self.has_all = self._order, False
        for _ in range(_PIECES_MAX):
            more = reserved > order.top
            if more:
                new, more = await self._following.after(order.top, reserved)
                order.saw_new(new, now)
            # Gaps are read after the new ids: what was committed before one of those is found.
            if order.gaps:
                gaps = [(gap.low, gap.high) for gap in order.gaps]
                order.saw_late(await self._following.among(gaps))
            yield list(order.given(now))
            self.has_all = not more
            if self.has_all or monotonic() > until:
                return
            await asyncio.sleep(0)

    def _from(self, position: Position) -> Order:
        gaps = Gaps(Gap(gap.low, gap.high, self._age) for gap in position.owed)
        return Order(
            position.front, gaps, order_seconds=ORDER_SECONDS, late_seconds=self._late_seconds
        )

    def _now(self) -> float:
        """The time by which gaps age."""
        clock = monotonic()
        self._age += min(clock - self._looked_at, _STEP_SECONDS_MAX)
        self._looked_at = clock
        return self._age
