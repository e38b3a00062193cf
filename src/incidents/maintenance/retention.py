"""Deletes expired incidents: whole partitions, and the rest in small batches."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import asyncpg

from incidents.core.errors import StorageError
from incidents.db.driver import Connection, connect_driver, driver_errors
from incidents.db.partition_catalog import Partition
from incidents.db.partitions import list_partitions, partitions_of
from incidents.db.periodic_job import LOCK_WAIT, PeriodicJob, advisory_lock, with_lock_timeout
from incidents.db.settled import forget_blocks, forget_blocks_between
from incidents.maintenance.clock import Observed, Trust, Watch, observe, steady_clock, wall_clock
from incidents.support.metrics.metrics import (
    DROPPED,
    RETENTION_DELETED,
    RETENTION_FAILED,
    RETENTION_HALTED,
)
from incidents.support.settings import Settings

# Any fixed number that no other program would choose: "incr" in ASCII.
_LOCK_KEY = 0x696E6372

# A partition that expires completely within this part of the retention is left until it can be
# dropped: deleting its incidents one by one would cost as much as storing them did.
_SOON = 1 / 30

# Ids that are looked up together, then deleted in batches.
_IDS_AT_ONCE = 100_000

# Incidents that one statement deletes from a shared partition: it holds their locks for some
# milliseconds.
DELETED_AT_ONCE_MAX = 1000

_SESSION = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # An index on the times finds the pages; statistics may be out of date.
    "enable_seqscan": "off",
    "jit": "off",
}

# Marks a partition that the retention detached. Tables that somebody else detached are left alone.
_MARK = "past the retention: incidents {start} to {end}"
_MARKED = """
    SELECT oid::regclass::text AS name, found[1]::bigint AS start, found[2]::bigint AS "end"
    FROM pg_class, regexp_match(obj_description(oid, 'pg_class'), $1) AS found
    WHERE found IS NOT NULL AND relkind = 'r' AND NOT relispartition
"""

log = logging.getLogger(__name__)


class Lot(Enum):
    """What happens to a partition."""

    DROP = auto()  # everything in it is expired
    WAIT = auto()  # everything will be soon
    THIN = auto()  # some of it is expired
    KEEP = auto()  # nothing of it is expired


@dataclass(frozen=True, slots=True)
class Cutoff:
    """The time before which incidents are deleted, and the time at which `_SOON` begins."""

    ended: datetime
    soon: datetime

    @classmethod
    def at(cls, now: datetime, keep: timedelta) -> "Cutoff":
        """The times for a retention of `keep`."""
        return cls(now - keep, now - keep + keep * _SOON)


class Retention:
    """Looks for expired incidents from `open` to `close`; never, if no retention is set.

    Each process watches the clock; one at a time deletes. Neither reports nor searches wait for it:
    partitions are detached concurrently, and statements that could block others stop waiting after
    50 ms. https://www.postgresql.org/docs/current/sql-altertable.html
    """

    def __init__(
        self,
        settings: Settings,
        url: str,
        *,
        now: Callable[[], datetime] = wall_clock,
        elapsed: Callable[[], timedelta] = steady_clock,
    ) -> None:
        self._url = url
        self._now = now
        self._elapsed = elapsed
        self._watch = Watch()
        self.observed = Observed()
        self._keep = settings.retention
        self._batch = DELETED_AT_ONCE_MAX
        self._wait_seconds = settings.database_wait_seconds
        self._job = PeriodicJob(
            self.look, every_seconds=settings.retention_check_seconds, failed=_tell
        )

    @property
    def is_set(self) -> bool:
        """Whether anything is ever deleted."""
        return self._keep is not None

    def open(self) -> None:
        """Starts to look."""
        if self.is_set:
            self._job.open()

    async def close(self) -> None:
        """Returns when the job has stopped; another process continues with the rest."""
        await self._job.close()

    async def look(self) -> None:
        """Returns when expired incidents are deleted, if the clock can be trusted.

        As `enforce`. Raises StorageError.
        """
        assert self._keep is not None
        observed, now = await self._observe(self._keep)
        self._report(observed)
        if observed.trust is Trust.RUNNING:
            await self.enforce(self._keep, now)

    async def _observe(self, keep: timedelta) -> tuple[Observed, datetime]:
        with driver_errors():
            connection = await connect_driver(
                self._url, name="clock", wait_seconds=self._wait_seconds
            )
            try:
                return await observe(connection, self._watch, self._now(), self._elapsed(), keep)
            finally:
                await connection.close(timeout=self._wait_seconds)

    def _report(self, observed: Observed) -> None:
        before, self.observed = self.observed, observed
        for trust in (Trust.WAITING, Trust.STOPPED):
            RETENTION_HALTED.set(observed.trust is trust, trust.value)
        if observed.trust is before.trust:
            return
        if observed.trust is Trust.RUNNING:
            log.warning("retention: the clock is trusted again, and deletion continues")
        elif observed.trust is Trust.WAITING:
            log.warning(
                "retention: %s. Nothing is deleted until %s; if the clock is right, "
                "`incidents retention confirm` ends the wait",
                observed.reason,
                observed.waits_until,
            )
        else:
            log.error(
                "retention STOPPED: %s. Nothing is deleted. Correct the clock, then run "
                "`incidents retention confirm`",
                observed.reason,
            )

    async def enforce(self, keep: timedelta, now: datetime) -> None:
        """Returns when everything before `now - keep` is deleted, or another process does it.

        What would have made others wait is left for the next call. Raises StorageError.
        """
        cutoff = Cutoff.at(now, keep)
        async with advisory_lock(
            self._url,
            name="retention",
            key=_LOCK_KEY,
            wait_seconds=self._wait_seconds,
            session=_SESSION,
        ) as connection:
            if connection is None:
                return
            await _finish(connection, cutoff)
            for partition in await list_partitions(connection):
                lot = await lot_of(connection, partition, cutoff)
                if lot is Lot.KEEP:
                    return  # and so are the partitions after it
                if lot is Lot.DROP:
                    if not await _detach(connection, partition, cutoff):
                        return  # the partitions after it will tell the next pass
                elif lot is Lot.THIN:
                    await self._thin(connection, partition, cutoff)

    async def _thin(
        self, connection: asyncpg.Connection, partition: Partition, cutoff: Cutoff
    ) -> None:
        """Deletes expired incidents, and pauses after each batch for as long as it took."""
        clock = asyncio.get_running_loop()
        query = f"SELECT id FROM {partition.name} WHERE received_at < $1 LIMIT $2"  # noqa: S608
        delete = f"DELETE FROM {partition.name} WHERE id = ANY($1::bigint[])"  # noqa: S608
        while rows := await connection.fetch(query, cutoff.ended, _IDS_AT_ONCE):
            ids = [row["id"] for row in rows]
            for first in range(0, len(ids), self._batch):
                begun = clock.time()
                batch = ids[first : first + self._batch]
                async with connection.transaction():
                    await forget_blocks(connection, batch)
                    await connection.execute(delete, batch)
                RETENTION_DELETED.add(len(batch))
                await asyncio.sleep(clock.time() - begun)
            log.info("retention: %d incidents deleted from %s", len(ids), partition.name)


def _tell(error: StorageError) -> None:
    RETENTION_FAILED.add(1)
    log.warning("retention could not be enforced and will be retried: %s", error)


async def lot_of(connection: asyncpg.Connection, partition: Partition, cutoff: Cutoff) -> Lot:
    """What happens to a partition. Each query uses the index on the times."""

    async def has(table: str, condition: str, *values: datetime | int) -> bool:
        query = f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {condition})"  # noqa: S608
        return bool(await connection.fetchval(query, *values))

    if await has(partition.name, "received_at >= $1", cutoff.ended):
        if not await has(partition.name, "received_at < $1", cutoff.ended):
            return Lot.KEEP
        return Lot.THIN if await has(partition.name, "received_at >= $1", cutoff.soon) else Lot.WAIT
    # Reports in flight may have ids of this partition, unless later ids were used before the
    # cutoff.
    later = "id >= $2 AND received_at < $1"
    if await has("incidents", later, cutoff.ended, partition.end):
        return Lot.DROP
    return Lot.WAIT if await has("incidents", later, cutoff.soon, partition.end) else Lot.THIN


async def _detach(connection: Connection, partition: Partition, cutoff: Cutoff) -> bool:
    """Whether it was detached; a partition in use is left for later."""
    mark = _MARK.format(start=partition.start, end=partition.end)
    await connection.execute(f"COMMENT ON TABLE {partition.name} IS '{mark}'")
    try:
        await connection.backend.detach(connection, partition.name, LOCK_WAIT)
    except asyncpg.LockNotAvailableError:
        log.info("retention: %s is in use; it will be retried", partition.name)
        return False
    await _settle(connection, partition, cutoff)
    return True


async def _finish(connection: asyncpg.Connection, cutoff: Cutoff) -> None:
    """Completes what a process began before it was stopped."""
    for partition in await partitions_of(connection):
        if partition.ending:
            async with with_lock_timeout(connection, "retention"):
                await connection.execute(
                    f"ALTER TABLE incidents DETACH PARTITION {partition.name} FINALIZE"
                )
    for row in await connection.fetch(_MARKED, _MARK.format(start=r"(\d+)", end=r"(\d+)")):
        partition = Partition(row["start"], row["end"], row["name"], ending=True)
        await _settle(connection, partition, cutoff)


async def _settle(connection: asyncpg.Connection, partition: Partition, cutoff: Cutoff) -> None:
    """Drops a detached partition; one with a late incident is attached again."""
    young = await connection.fetchval(
        f"SELECT EXISTS (SELECT 1 FROM {partition.name} WHERE received_at >= $1)",  # noqa: S608
        cutoff.ended,
    )
    async with with_lock_timeout(connection, "retention"):
        if young:
            async with connection.transaction():
                await connection.execute(
                    f"ALTER TABLE incidents ATTACH PARTITION {partition.name} "
                    f"FOR VALUES FROM ({partition.start}) TO ({partition.end})"
                )
                await forget_blocks_between(connection, partition.start, partition.end)
        else:
            await connection.execute(f"DROP TABLE {partition.name}")
            DROPPED.add(1)
            log.info("retention: %s dropped", partition.name)
