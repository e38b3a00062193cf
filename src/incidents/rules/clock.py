"""The time up to which rules are evaluated, and the downtimes before it that are no silence."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

# More of them are joined: so many crash loops end while the evaluation is behind.
_DOWNTIMES_MAX = 100


class Downtime(NamedTuple):
    """A time in which nobody evaluated, or that a clock jumped over."""

    begin: datetime
    end: datetime


class Clock:
    """The time of the stream, which can be minutes behind that of PostgreSQL.

    A downtime interrupts what is measured where the stream comes to it, and not where PostgreSQL
    is when somebody evaluates again: what was silent before it was silent. `downtimes` are those
    that it has not passed, in their order; one that began before `time` has interrupted already.
    """

    def __init__(
        self, time: datetime, alive_at: datetime, downtimes: Iterable[Downtime] = ()
    ) -> None:
        self.time = time
        self.alive_at = alive_at  # when somebody evaluated last, by PostgreSQL's clock
        self.downtimes = list(downtimes)

    @property
    def silent_from(self) -> datetime:
        """When a silence that begins now begins: not before the downtime is over that it is in."""
        return max([self.time, *(each.end for each in self.downtimes if each.begin < self.time)])

    def to(self, until: datetime) -> Iterator[Downtime]:
        """Goes on, never back. Each downtime that interrupts on the way is used before the next."""
        for each in self.downtimes:
            if self.time <= each.begin < until:
                self.time = each.begin
                yield each
        self.time = max(self.time, until)
        self.downtimes = [each for each in self.downtimes if each.end > self.time]

    def add(self, downtime: Downtime) -> None:
        """It interrupts when the stream comes to it."""
        if len(self.downtimes) >= _DOWNTIMES_MAX:
            downtime = Downtime(self.downtimes.pop().begin, downtime.end)
        self.downtimes.append(downtime)

    def set_back(self, now: datetime) -> timedelta:
        """Goes on from an earlier time. Returns how long the downtimes are that it had not met."""
        ahead = [each for each in self.downtimes if self.time <= each.begin]
        self.time, self.downtimes = min(self.time, now), []
        return sum((each.end - each.begin for each in ahead), timedelta())
