"""Whether the clock can be trusted before incidents are deleted by age.

A wrong clock would make all incidents old at once. So the retention uses an observed time: it is
stored, and while a worker runs it advances no faster than a monotonic clock
(docs/decisions/*-retention.md).
"""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum

import asyncpg

_TABLE = "incidents_clock"

_DAY = timedelta(days=1)
# How much too early incidents may be deleted: this part of the retention, at most a day.
_TOLERANCE = 1 / 30
_TOLERANCE_MIN = timedelta(minutes=1)

# If nothing is stored yet, the newest incident says when a clock was last read.
_READ = f"""
    SELECT clock_timestamp() AS now, waits_until, stopped_at, reason, confirmed_at, coalesce(
        seen_at, (SELECT received_at FROM incidents ORDER BY id DESC LIMIT 1)
    ) AS seen_at
    FROM {_TABLE}
"""  # noqa: S608 - a constant
_LOCKED = f"{_READ} FOR UPDATE OF {_TABLE}"
_WRITE = f"""
    UPDATE {_TABLE}
    SET seen_at = $1, waits_until = $2, stopped_at = $3, reason = $4, confirmed_at = $5
"""  # noqa: S608 - a constant
_CONFIRM = f"""
    UPDATE {_TABLE} SET seen_at = clock_timestamp(), confirmed_at = clock_timestamp(),
        waits_until = NULL, stopped_at = NULL, reason = NULL
"""  # noqa: S608 - a constant


class Trust(Enum):
    """Whether the retention deletes anything."""

    RUNNING = "running"
    WAITING = "waiting"  # continues by itself at `waits_until`
    STOPPED = "stopped"  # until an operator confirms that the clock is right


@dataclass(frozen=True, slots=True)
class Observed:
    """The observed time, and whether it can be used. `reason` says why not."""

    seen_at: datetime | None = None
    waits_until: datetime | None = None
    stopped_at: datetime | None = None
    reason: str | None = None
    confirmed_at: datetime | None = None

    @property
    def trust(self) -> Trust:
        """Whether the retention deletes anything."""
        if self.stopped_at is not None:
            return Trust.STOPPED
        return Trust.RUNNING if self.waits_until is None else Trust.WAITING


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks at one moment; `elapsed` is monotonic."""

    server: datetime
    postgresql: datetime
    elapsed: timedelta

    @property
    def earlier(self) -> datetime:
        """The earlier of both times."""
        return min(self.server, self.postgresql)


class Watch:
    """What one process knows of the clock: how much time passed since it was last read."""

    def __init__(self) -> None:
        self._last: Observed | None = None
        self._elapsed = self._behind_since = timedelta(0)
        self._is_behind = False

    def judge(self, stored: Observed, clocks: Clocks, keep: timedelta) -> Observed:
        """The new observation, in place of `stored`, for a retention of `keep`."""
        if stored.stopped_at is not None:
            self._last = None
            return stored
        tolerance = max(_TOLERANCE_MIN, min(_DAY, keep * _TOLERANCE))
        observed = self._judge(stored, clocks, tolerance, min(_DAY, keep))
        until, seen_at = observed.waits_until, observed.seen_at
        if until is not None and seen_at is not None and seen_at >= until:
            return replace(observed, waits_until=None, reason=None)
        return observed

    def _judge(
        self, stored: Observed, clocks: Clocks, tolerance: timedelta, wait: timedelta
    ) -> Observed:
        now, apart = clocks.earlier, clocks.server - clocks.postgresql
        if abs(apart) > tolerance:
            which = "ahead of" if apart > timedelta(0) else "behind"
            reason = f"the server's clock is {_rounded(apart)} {which} that of PostgreSQL"
            return self._stopped(stored, now, reason)
        if stored.seen_at is None:
            return self._seen(stored, now, clocks)
        passed = self._passed(stored, clocks)
        expected = stored.seen_at if passed is None else passed
        if now > expected + tolerance:
            ahead = _rounded(now - expected)
            if passed is not None:
                return self._stopped(stored, now, f"the clock jumped {ahead} forward")
            reason = f"nobody looked at the clock for {ahead}, or it was set forward meanwhile"
            waiting = replace(stored, waits_until=now + wait, reason=reason)
            return self._seen(waiting, now, clocks)
        if now < stored.seen_at - tolerance:
            return self._behind(stored, clocks)
        watched = now if passed is None else min(now, passed)
        return self._seen(stored, max(stored.seen_at, watched), clocks)

    def _passed(self, stored: Observed, clocks: Clocks) -> datetime | None:
        """The time by the monotonic clock since the last look; None if that says nothing."""
        if self._last is None or self._last.confirmed_at != stored.confirmed_at:
            return None
        assert self._last.seen_at is not None
        return self._last.seen_at + (clocks.elapsed - self._elapsed)

    def _seen(self, stored: Observed, seen_at: datetime, clocks: Clocks) -> Observed:
        self._last, self._elapsed = replace(stored, seen_at=seen_at), clocks.elapsed
        self._is_behind = False
        return self._last

    def _stopped(self, stored: Observed, now: datetime, reason: str) -> Observed:
        self._last = None
        return replace(stored, waits_until=None, stopped_at=now, reason=reason)

    def _behind(self, stored: Observed, clocks: Clocks) -> Observed:
        """A clock that is behind deletes less, not more. After a day it is accepted."""
        self._last = None
        if not self._is_behind:
            self._is_behind, self._behind_since = True, clocks.elapsed
        if clocks.elapsed - self._behind_since < _DAY:
            return stored
        return self._seen(replace(stored, waits_until=None, reason=None), clocks.earlier, clocks)


async def observe(
    driver: asyncpg.Connection, watch: Watch, server: datetime, elapsed: timedelta, keep: timedelta
) -> tuple[Observed, datetime]:
    """The observation, which is stored now, and the time up to which incidents are deleted."""
    async with driver.transaction():
        row = await driver.fetchrow(_LOCKED)
        assert row is not None
        clocks = Clocks(server, row["now"], elapsed)
        observed = watch.judge(_observed(row), clocks, keep)
        values = observed.seen_at, observed.waits_until, observed.stopped_at
        await driver.execute(_WRITE, *values, observed.reason, observed.confirmed_at)
    return observed, min(clocks.earlier, observed.seen_at or clocks.earlier)


async def read_clock(driver: asyncpg.Connection) -> Observed:
    """The stored observation."""
    row = await driver.fetchrow(_READ)
    assert row is not None
    return _observed(row)


async def confirm_clock(driver: asyncpg.Connection) -> tuple[Observed, datetime]:
    """The previous observation, and PostgreSQL's time, which is trusted from now on."""
    async with driver.transaction():
        row = await driver.fetchrow(_LOCKED)
        assert row is not None
        await driver.execute(_CONFIRM)
    return _observed(row), row["now"]


def wall_clock() -> datetime:
    """The time of this machine's clock."""
    return datetime.now(UTC)


def steady_clock() -> timedelta:
    """Seconds of a monotonic clock, which continues while the machine is suspended.

    (On Linux CLOCK_MONOTONIC stops then. Elsewhere it continues, or there is no other clock.)
    """
    kind = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return timedelta(seconds=time.clock_gettime(kind))


def _observed(row: asyncpg.Record) -> Observed:
    columns = ("seen_at", "waits_until", "stopped_at", "reason", "confirmed_at")
    return Observed(*(row[each] for each in columns))


def _rounded(span: timedelta) -> timedelta:
    return timedelta(seconds=round(abs(span).total_seconds()))
