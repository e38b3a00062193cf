"""Partitions of the table: ranges of ids, made before an id needs them."""

import asyncio
import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from incidents.db.driver import in_time
from incidents.db.engine import translated

# Any fixed number that no other program would choose: "incp" in ASCII.
_LOCK_KEY = 0x696E6370

LIST = """
    SELECT i.inhrelid::regclass::text AS name, i.inhdetachpending AS ending,
           pg_get_expr(c.relpartbound, c.oid) AS bounds
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'incidents'::regclass
"""

# Making a partition gives up a lock that it cannot have, so that no report waits behind it.
_LOCK_SECONDS_MAX = 10

# PostgreSQL ends what waits for a lock; this is for a connection that has fallen silent.
_MAKING_SECONDS_MAX = 60

# Ids that the sequence passed over, as an import raises it, belong to nobody. Where it passed over
# more than so many partitions, none is made for them.
_RUN_PARTITIONS = 16

_BOUNDS = re.compile(r"FROM \('(\d+)'\) TO \('(\d+)'\)")


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A part of the table: the incidents with `start` <= id < `end`.

    `name` is fit to stand in a statement. One that is `ending` is not seen by anybody any
    more, and on its way out of the table.
    """

    start: int
    end: int
    name: str
    ending: bool


def partitions_in(rows: Iterable[tuple[str, bool, str]]) -> list[Partition]:
    """The partitions, by their ids, of the rows that the query LIST gives."""
    return sorted(
        Partition(int(found[1]), int(found[2]), name, ending)
        for name, ending, bounds in rows
        if (found := _BOUNDS.search(bounds))
    )


async def partitions_of(driver: asyncpg.Connection) -> list[Partition]:
    """The partitions, by their ids."""
    return partitions_in(map(tuple, await driver.fetch(LIST)))


async def list_partitions(driver: asyncpg.Connection) -> list[Partition]:
    """The same, without those on their way out."""
    return [each for each in await partitions_of(driver) if not each.ending]


class Partitions:
    """Makes partitions ahead of the ids, one process at a time.

    Making one takes no lock that a report or a search would have to wait for (it is made
    beside the table and then attached:
    https://www.postgresql.org/docs/current/ddl-partitioning.html).
    """

    def __init__(self, engine: AsyncEngine, ids_each: int) -> None:
        self._engine = engine.execution_options(isolation_level="READ COMMITTED")
        self._ids_each = ids_each
        self._end = 0  # the sequence's next ids below have a partition
        self._making: asyncio.Task[None] | None = None

    async def cover(self, last_id: int) -> None:
        """Returns when `last_id` and the ids that were given just before it have a partition.

        The next partition is begun in the background when half of the last one is used. What was
        begun goes on when the caller is cancelled, and the next call waits for the same: in a
        cluster a partition can take longer to make than a report waits. Raises StorageError when
        PostgreSQL does.
        """
        while last_id >= self._end:
            await asyncio.shield(self._begun(last_id))
        if last_id + self._ids_each // 2 >= self._end:
            self._begun(last_id + self._ids_each)

    async def cover_each(self, ids: Iterable[int]) -> None:
        """Returns when each of `ids` has a partition; what lies between them need have none.

        Raises StorageError when PostgreSQL does.
        """
        with translated():
            async with self._engine.begin() as connection:
                missing = _without(ids, await _partitions(connection))
                if not missing:
                    return
                await self._alone(connection)
                there = await _partitions(connection)
                while missing := _without(missing, there):
                    start, end = self._around(missing[0], there)
                    await _make(connection, start, end)
                    insort(there, Partition(start, end, "", ending=False))

    def _around(self, id_: int, there: Iterable[Partition]) -> tuple[int, int]:
        """The range of a new partition for an id, between the neighbours that are there."""
        start = id_ - id_ % self._ids_each
        before = (each.end for each in there if each.end <= id_)
        behind = (each.start for each in there if each.start > id_)
        return max(start, *before, 0), min((start + self._ids_each, *behind))

    def forget(self) -> None:
        """Makes the next `cover` look again at what there is."""
        self._end = 0

    async def close(self) -> None:
        """Returns when nothing is in flight in the background any more."""
        if self._making is not None:
            await asyncio.wait([self._making])

    def _begun(self, last_id: int) -> asyncio.Task[None]:
        """What is in flight; where nothing is, it begins with the partition of `last_id`."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(
                in_time(self._make_up_to(last_id), _MAKING_SECONDS_MAX)
            )
            self._making.add_done_callback(_forgive)
        return self._making

    async def _make_up_to(self, last_id: int) -> None:
        with translated():
            async with self._engine.begin() as connection:
                await self._alone(connection)
                there = await _partitions(connection)
                end = max((each.end for each in there if each.start <= last_id), default=0)
                if last_id - end > _RUN_PARTITIONS * self._ids_each:
                    end = last_id - last_id % self._ids_each
                while end <= last_id:
                    behind = (each.start for each in there if each.start > end)
                    start, end = end, min((end + self._ids_each, *behind))
                    await _make(connection, start, end)
        self._end = max(self._end, end)

    async def _alone(self, connection: AsyncConnection) -> None:
        """Nobody else makes partitions until the end of the transaction."""
        await connection.execute(
            text("SELECT set_config('lock_timeout', :value, true)"),
            {"value": f"{round(_LOCK_SECONDS_MAX * 1000)}ms"},
        )
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def _forgive(making: asyncio.Task[None]) -> None:
    """Where nobody waited an error costs nothing yet: who needs the partition tries again."""
    if not making.cancelled():
        making.exception()


async def _partitions(connection: AsyncConnection) -> list[Partition]:
    rows = await connection.execute(text(LIST))
    return partitions_in(map(tuple, rows))


def _without(ids: Iterable[int], there: Sequence[Partition]) -> list[int]:
    """The ids that have no partition, where `there` are in the order of ids."""

    def has_one(id_: int) -> bool:
        behind = bisect_right(there, id_, key=lambda each: each.start)
        return behind > 0 and id_ < there[behind - 1].end

    return [id_ for id_ in ids if not has_one(id_)]


async def _make(connection: AsyncConnection, start: int, end: int) -> None:
    name = f"incidents_{start}"
    await connection.execute(text(f"CREATE TABLE {name} (LIKE incidents INCLUDING ALL)"))
    await connection.execute(
        text(f"ALTER TABLE incidents ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})")
    )
