"""How many incidents there are, since when, and what the retention deletes next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from incidents.db.driver import Connection, connect_driver, driver_errors
from incidents.db.partition_catalog import Partition
from incidents.db.partitions import list_partitions
from incidents.db.settled import NOT_INDEXED
from incidents.maintenance.clock import Observed, read_clock
from incidents.maintenance.retention import Cutoff, Lot, lot_of

_TABLE = """
    SELECT current_setting('server_version') AS version,
           pg_database_size(current_database()) AS bytes,
           (SELECT min(id) FROM incidents) AS first, (SELECT max(id) FROM incidents) AS last
"""
# What is kept of settled blocks; none has ids of two partitions.
_SETTLED = """
    SELECT sum(high - low)::bigint AS ids, sum(count)::bigint AS incidents
    FROM incidents_blocks WHERE low >= $1 AND high <= $2 AND count IS NOT NULL
"""
_GROUPS = """
    SELECT (
        SELECT count(*) FROM incidents_groups WHERE first_at > now() - interval '1 day'
    ) AS new, (SELECT groups_full FROM incidents_settled) AS is_full
"""
# Backwards through the index of groups: what has none stands behind the others.
_NOT_GROUPED = """
    SELECT id FROM {partition} WHERE group_key IS NULL ORDER BY group_key DESC, id DESC LIMIT 1
"""
# Needs a superuser or the role pg_monitor.
_MAY_SEE_WAL = "SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE')"
_WAL = "SELECT sum(size)::bigint FROM pg_ls_waldir()"
_SESSION = {"enable_seqscan": "off", "jit": "off", "default_transaction_read_only": "on"}


@dataclass(frozen=True, slots=True)
class End:
    """The incident with the lowest or the highest id."""

    id: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Groups:
    """How many groups are `new` within a day, and whether these are as many as can be.

    Incidents of earlier versions up to the id `not_grouped` have no group yet; None if all have.
    """

    new: int
    is_full: bool
    not_grouped: int | None


@dataclass(frozen=True, slots=True)
class Next:
    """What the retention deletes first: `incidents` of one partition, all of it if `whole`.

    `at` is when that begins; in the past if it is in progress.
    """

    partition: str
    whole: bool
    incidents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """What is in a database. `incidents` is counted if `exact`, otherwise PostgreSQL's estimate.

    `machines` is the number of machines with incidents; None if PostgreSQL itself has them.
    `wal_bytes` is the size of its write-ahead log, which is not in `bytes`; None if the role may
    not see it. So many settled ids are `not_indexed` yet. `clock` is the last observation of the
    retention.
    """

    postgresql: str
    machines: int | None
    bytes: int
    wal_bytes: int | None
    incidents: int
    exact: bool
    partitions: int
    first: End | None
    last: End | None
    next: Next | None
    groups: Groups
    not_indexed: int
    clock: Observed


async def read_status(
    url: str, keep: timedelta | None, now: datetime, wait_seconds: float
) -> Status:
    """The status of the database at `url`, with a retention of `keep`. Raises StorageError.

    Full partitions that are not settled are estimated; everything else is exact, from indexes and
    from what is kept of settled blocks.
    """
    with driver_errors():
        connection = await connect_driver(
            url, name="status", wait_seconds=wait_seconds, session=_SESSION
        )
        try:
            return await _read(connection, keep, now)
        finally:
            await connection.close()


async def _read(connection: Connection, keep: timedelta | None, now: datetime) -> Status:
    row = await connection.fetchrow(_TABLE)
    assert row is not None
    machines, bytes_elsewhere = await connection.backend.machines(connection)
    partitions = await list_partitions(connection)
    counts = [await _count(connection, each, row["last"] or 0) for each in partitions]
    return Status(
        postgresql=row["version"],
        machines=machines,
        bytes=row["bytes"] + bytes_elsewhere,
        wal_bytes=await _wal_bytes(connection),
        incidents=sum(count for count, _ in counts),
        exact=all(exact for _, exact in counts),
        partitions=len(partitions),
        first=await _end(connection, row["first"]),
        last=await _end(connection, row["last"]),
        next=None if keep is None else await _next(connection, partitions, keep, now),
        groups=await _groups(connection, partitions),
        not_indexed=await connection.fetchval(NOT_INDEXED),
        clock=await read_clock(connection),
    )


async def _groups(connection: Connection, partitions: list[Partition]) -> Groups:
    row = await connection.fetchrow(_GROUPS)
    assert row is not None
    for partition in reversed(partitions):
        id_ = await connection.fetchval(_NOT_GROUPED.format(partition=partition.name))
        if id_ is not None:
            return Groups(row["new"], row["is_full"], id_)
    return Groups(row["new"], row["is_full"], None)


async def _wal_bytes(connection: asyncpg.Connection) -> int | None:
    may_see: bool = await connection.fetchval(_MAY_SEE_WAL)
    return await connection.fetchval(_WAL) if may_see else None


async def _end(connection: asyncpg.Connection, id_: int | None) -> End | None:
    query = "SELECT received_at FROM incidents WHERE id = $1"
    return None if id_ is None else End(id_, await connection.fetchval(query, id_))


async def _count(connection: Connection, partition: Partition, last: int) -> tuple[int, bool]:
    """The number of incidents of a partition, and whether it was counted, not estimated."""
    kept = await connection.fetchrow(_SETTLED, partition.start, partition.end)
    if kept is not None and kept["ids"] == partition.end - partition.start:
        return kept["incidents"], True
    if partition.end <= last:
        estimate = await connection.backend.estimate(connection, partition.name)
        if estimate > 0:
            return estimate, False
    return await connection.fetchval(f"SELECT count(*) FROM {partition.name}"), True  # noqa: S608


async def _next(
    connection: asyncpg.Connection, partitions: list[Partition], keep: timedelta, now: datetime
) -> Next | None:
    cutoff = Cutoff.at(now, keep)
    for partition in partitions:
        lot = await lot_of(connection, partition, cutoff)
        ends = await _times(connection, partition)
        if ends is None:
            continue
        oldest, newest = ends
        whole = lot in (Lot.DROP, Lot.WAIT)
        query = f"SELECT count(*) FROM {partition.name}"  # noqa: S608
        if lot is Lot.THIN:
            count = await connection.fetchval(f"{query} WHERE received_at < $1", cutoff.ended)
        else:
            count = await connection.fetchval(query)
        return Next(partition.name, whole, count, (newest if whole else oldest) + keep)
    return None


async def _times(
    connection: asyncpg.Connection, partition: Partition
) -> tuple[datetime, datetime] | None:
    """When the first and the last incident of a partition, by id, were received."""
    query = f"SELECT received_at FROM {partition.name} ORDER BY id"  # noqa: S608
    oldest = await connection.fetchval(f"{query} LIMIT 1")
    newest = await connection.fetchval(f"{query} DESC LIMIT 1")
    return None if oldest is None else (oldest, newest)
