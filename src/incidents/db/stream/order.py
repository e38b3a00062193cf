"""Puts incidents in the order of their ids, although they become visible in another order."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import heappop, heappush

from incidents.db.stream.following import Arrival
from incidents.db.stream.position import Gap, Gaps, Position


class Order:
    """Gives out every incident once; docs/decisions/*-live-tail.md says in which order.

    Ids are reserved before their batch is committed, so one can become visible after a higher one.
    Until then it is a gap. Incidents behind a gap wait for it, for `order_seconds` at most; then
    they are given out, and a late incident follows when it appears. After `late_seconds` a gap
    cannot be filled any more: its batch was rolled back.
    """

    def __init__(self, top: int, gaps: Gaps, *, order_seconds: float, late_seconds: float) -> None:
        self.top = top  # the highest id seen so far
        self.gaps = gaps  # the ids below it that were not seen
        self._front = top
        self._waiting: list[tuple[int, Arrival]] = []
        self._order_seconds = order_seconds
        self._late_seconds = late_seconds

    @property
    def position(self) -> Position:
        """What was given out."""
        return Position(self._front, self.gaps.below(self._front))

    def is_settled(self) -> bool:
        """Whether there are no gaps and nothing waits."""
        return not self.gaps and not self._waiting

    @property
    def waits_since(self) -> datetime | None:
        """When the oldest of what waits was received; None if nothing does."""
        return min((arrival.received_at for _, arrival in self._waiting), default=None)

    def saw_new(self, arrivals: Sequence[Arrival], now: float) -> None:
        """Adds incidents above `top`, in order of ids and complete."""
        for arrival in arrivals:
            if arrival.id > self.top + 1:
                self.gaps.append(Gap(self.top + 1, arrival.id - 1, now))
            self.top = arrival.id
            heappush(self._waiting, (arrival.id, arrival))

    def saw_late(self, arrivals: Sequence[Arrival]) -> None:
        """Adds incidents that filled gaps."""
        for arrival in arrivals:
            heappush(self._waiting, (arrival.id, arrival))
            if arrival.id > self._front:
                self.gaps.discard(arrival.id)

    def given(self, now: float) -> Iterator[Arrival]:
        """What does not have to wait any more; `position` follows each step."""
        self.gaps.forget(now - self._late_seconds)
        young = now - self._order_seconds
        barrier = next(
            (gap.low for gap in self.gaps if gap.low > self._front and gap.since > young),
            self.top + 1,
        )
        while self._waiting and self._waiting[0][0] < barrier:
            id_, arrival = heappop(self._waiting)
            if self.gaps:
                self.gaps.discard(id_)
            self._front = max(self._front, id_)
            yield arrival
