"""How much there is, how far back, and what the retention lets go next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from incidents.storage.driver import connect_driver, driver_errors
from incidents.storage.partitions import Partition
from incidents.storage.retention import Cutoff, Lot, list_partitions, lot_of

_TABLE = """
    SELECT current_setting('server_version') AS version,
           pg_database_size(current_database()) AS bytes,
           (SELECT min(id) FROM incidents) AS first, (SELECT max(id) FROM incidents) AS last
"""
_SESSION = {"enable_seqscan": "off", "jit": "off", "default_transaction_read_only": "on"}


@dataclass(frozen=True, slots=True)
class End:
    """The incident with the lowest or the highest id."""

    id: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Next:
    """What the retention lets go first: `incidents` of one partition, all of it when `whole`.

    `at` is when that begins; it is past when it is under way.
    """

    partition: str
    whole: bool
    incidents: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """What is in a database. `incidents` is counted where `exact`, else PostgreSQL's estimate."""

    postgresql: str
    bytes: int
    incidents: int
    exact: bool
    partitions: int
    first: End | None
    last: End | None
    next: Next | None


async def read_status(
    url: str, keep: timedelta | None, now: datetime, wait_seconds: float
) -> Status:
    """The status of the database at `url`, were the retention `keep`. Raises StorageError.

    Full partitions are not counted through; everything else is looked up in indexes.
    """
    with driver_errors():
        connection = await connect_driver(
            url, name="status", wait_seconds=wait_seconds, session=_SESSION
        )
        try:
            return await _read(connection, keep, now)
        finally:
            await connection.close()


async def _read(connection: asyncpg.Connection, keep: timedelta | None, now: datetime) -> Status:
    row = await connection.fetchrow(_TABLE)
    assert row is not None
    partitions = await list_partitions(connection)
    counts = [await _count(connection, each, row["last"] or 0) for each in partitions]
    return Status(
        postgresql=row["version"],
        bytes=row["bytes"],
        incidents=sum(count for count, _ in counts),
        exact=all(exact for _, exact in counts),
        partitions=len(partitions),
        first=await _end(connection, row["first"]),
        last=await _end(connection, row["last"]),
        next=None if keep is None else await _next(connection, partitions, keep, now),
    )


async def _end(connection: asyncpg.Connection, id_: int | None) -> End | None:
    query = "SELECT received_at FROM incidents WHERE id = $1"
    return None if id_ is None else End(id_, await connection.fetchval(query, id_))


async def _count(
    connection: asyncpg.Connection, partition: Partition, last: int
) -> tuple[int, bool]:
    """How many a partition holds, and whether they were counted."""
    estimate = await connection.fetchval(
        "SELECT reltuples::bigint FROM pg_class WHERE oid = $1::text::regclass", partition.name
    )
    if partition.end <= last and estimate > 0:
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
    """When the first and the last incident of a partition, by their ids, were received."""
    query = f"SELECT received_at FROM {partition.name} ORDER BY id"  # noqa: S608
    oldest = await connection.fetchval(f"{query} LIMIT 1")
    newest = await connection.fetchval(f"{query} DESC LIMIT 1")
    return None if oldest is None else (oldest, newest)
