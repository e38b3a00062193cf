"""Partitions of the table: ranges of ids, created before an id needs them."""

import asyncio
import re
from bisect import bisect_right, insort
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager

import asyncpg

from incidents.db.driver import Connection, Connector, driver_errors, in_time
from incidents.db.partition_catalog import Partition
from incidents.db.pool import ConnectionPool

# Any fixed number that no other program would choose: "incp" in ASCII.
_LOCK_KEY = 0x696E6370

LIST = """
    SELECT i.inhrelid::regclass::text AS name, i.inhdetachpending AS ending,
           pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'incidents'::regclass
"""

# Creating a partition stops waiting for a lock after this time, so that no report waits behind it.
_LOCK_SECONDS_MAX = 10

# PostgreSQL ends lock waits; this limit is for a connection that does not respond.
_MAKING_SECONDS_MAX = 60

# Ids that the sequence skipped, for example when an import raises it, are unused. If it skipped
# more than this number of partitions, none are created for them.
_RUN_PARTITIONS = 16

_BOUNDS = re.compile(r"FROM \('(\d+)'\) TO \('(\d+)'\)")


def partitions_in(rows: Iterable[tuple[str, bool, str]]) -> list[Partition]:
    """The partitions in order of ids, from the rows of the query LIST."""
    return sorted(
        Partition(int(found[1]), int(found[2]), name, ending)
        for name, ending, bounds in rows
        if (found := _BOUNDS.search(bounds))
    )


async def partitions_of(driver: asyncpg.Connection) -> list[Partition]:
    """The partitions in order of ids."""
    return partitions_in(map(tuple, await driver.fetch(LIST)))


async def list_partitions(driver: asyncpg.Connection) -> list[Partition]:
    """The same, without those that are being detached."""
    return [each for each in await partitions_of(driver) if not each.ending]


class Partitions:
    """Creates partitions ahead of the ids, one process at a time.

    It takes no lock that a report or search waits for: a partition is created as a table, then
    attached (https://www.postgresql.org/docs/current/ddl-partitioning.html).
    """

    def __init__(self, connector: Connector, ids_each: int, wait_seconds: float) -> None:
        self._connections = ConnectionPool(connector, 1, wait_seconds)
        self._ids_each = ids_each
        self._end = 0  # the next ids of the sequence, below this one, have a partition
        self._making: asyncio.Task[None] | None = None

    async def cover(self, last_id: int) -> None:
        """Returns when `last_id`, and the ids reserved just before it, have a partition.

        When half of the last partition is used, the next one is created in the background. That
        continues if the caller is cancelled, and the next call waits for it: creating a partition
        can take longer than a report waits. Raises StorageError.
        """
        while last_id >= self._end:
            await asyncio.shield(self._begun(last_id))
        if last_id + self._ids_each // 2 >= self._end:
            self._begun(last_id + self._ids_each)

    async def cover_each(self, ids: Iterable[int]) -> None:
        """Returns when each of `ids` has a partition; ids between them need none.

        Raises StorageError.
        """
        with driver_errors():
            async with self._transaction() as connection:
                missing = _without(ids, await partitions_of(connection))
                if not missing:
                    return
                await self._alone(connection)
                there = await partitions_of(connection)
                while missing := _without(missing, there):
                    start, end = self._around(missing[0], there)
                    await _make(connection, start, end)
                    insort(there, Partition(start, end, "", ending=False))

    def _around(self, id_: int, there: Iterable[Partition]) -> tuple[int, int]:
        """The range of a new partition for an id, limited by the existing neighbours."""
        start = id_ - id_ % self._ids_each
        before = (each.end for each in there if each.end <= id_)
        behind = (each.start for each in there if each.start > id_)
        return max(start, *before, 0), min((start + self._ids_each, *behind))

    def forget(self) -> None:
        """The next `cover` reads the catalog again."""
        self._end = 0

    async def close(self) -> None:
        """Returns when no background work is left, and the connection is closed."""
        if self._making is not None:
            await asyncio.wait([self._making])
        await self._connections.close()

    def _begun(self, last_id: int) -> asyncio.Task[None]:
        """The background work; if there is none, it begins with the partition of `last_id`."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(
                in_time(self._make_up_to(last_id), _MAKING_SECONDS_MAX)
            )
            self._making.add_done_callback(_forgive)
        return self._making

    async def _make_up_to(self, last_id: int) -> None:
        with driver_errors():
            async with self._transaction() as connection:
                await self._alone(connection)
                there = await partitions_of(connection)
                end = max((each.end for each in there if each.start <= last_id), default=0)
                if last_id - end > _RUN_PARTITIONS * self._ids_each:
                    end = last_id - last_id % self._ids_each
                while end <= last_id:
                    behind = (each.start for each in there if each.start > end)
                    start, end = end, min((end + self._ids_each, *behind))
                    await _make(connection, start, end)
        self._end = max(self._end, end)

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[Connection]:
        async with (
            self._connections.leased() as connection,
            connection.transaction(isolation="read_committed"),
        ):
            yield connection

    async def _alone(self, connection: Connection) -> None:
        """Only this process creates partitions until the end of the transaction."""
        await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS_MAX}s'")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK_KEY)


def _forgive(making: asyncio.Task[None]) -> None:
    """Ignores an error that nobody waited for: whoever needs the partition tries again."""
    if not making.cancelled():
        making.exception()


def _without(ids: Iterable[int], there: Sequence[Partition]) -> list[int]:
    """The ids that have no partition; `there` are in order of ids."""

    def has_one(id_: int) -> bool:
        behind = bisect_right(there, id_, key=lambda each: each.start)
        return behind > 0 and id_ < there[behind - 1].end

    return [id_ for id_ in ids if not has_one(id_)]


async def _make(connection: Connection, start: int, end: int) -> None:
    name = f"incidents_{start}"
    await connection.execute(f"CREATE TABLE {name} (LIKE incidents INCLUDING ALL)")
    await connection.execute(
        f"ALTER TABLE incidents ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})"
    )
