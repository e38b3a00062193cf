"""The rejected reports in PostgreSQL: written in batches, within limits, read, and stored.

The reasons are in docs/decisions/*-rejected-reports.md.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg

from incidents.db.driver import connector, driver_errors
from incidents.db.periodic_job import LOCK_WAIT
from incidents.db.pool import ConnectionPool
from incidents.rejected.rejection import RejectedReport, StoredRejection
from incidents.support.settings import Settings

_TABLE = "incidents_rejected"

# One for writing, one for reading, one for storing a report.
CONNECTIONS = 3

_INSERT = f"""
    INSERT INTO {_TABLE} (received_at, status, detail, headers, address, key, body, truncated, size)
    SELECT received_at, status, detail, headers::json, address::inet, key, body, truncated, size
    FROM unnest(
        $1::timestamptz[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::bytea[], $8::boolean[], $9::integer[]
    ) WITH ORDINALITY AS new (
        received_at, status, detail, headers, address, key, body, truncated, size, number
    )
    ORDER BY number
"""  # noqa: S608 - constants

_EXPIRE = f"DELETE FROM {_TABLE} WHERE received_at < $1"  # noqa: S608 - a constant
# Keeps the newest of each key and address, then the next of each, and so on up to the limits. So
# addresses of one key share what the key gets, and a sender with few is not displaced by one with
# many. An IPv6 /64 network counts as one address.
_PRUNE = f"""
    DELETE FROM {_TABLE} WHERE id IN (SELECT id FROM (
        SELECT id, row_number() OVER turns AS place, sum(size) OVER turns AS bytes
        FROM (
            SELECT id, size, row_number() OVER (PARTITION BY owner ORDER BY turn, id DESC) AS turn
            FROM (
                SELECT id, size, coalesce('key ' || key, 'address ' || network) AS owner,
                    row_number() OVER (PARTITION BY key, network ORDER BY id DESC) AS turn
                FROM (
                    SELECT id, size, key, network(set_masklen(
                        address, CASE family(address) WHEN 4 THEN 32 ELSE 64 END
                    ))::text AS network
                    FROM {_TABLE}
                ) AS all_
            ) AS of_addresses
        ) AS of_owners
        WINDOW turns AS (ORDER BY turn, id DESC)
    ) AS placed WHERE place > $1 OR bytes > $2)
"""  # noqa: S608 - constants
_SIZE = f"SELECT pg_total_relation_size('{_TABLE}')"
# Frees the space of dead rows at once, including those that an old snapshot still sees, which
# VACUUM cannot remove.
_COMPACT = f"""
    DO $$
    DECLARE
        kept {_TABLE}[];
    BEGIN
        LOCK TABLE {_TABLE} IN ACCESS EXCLUSIVE MODE;
        SELECT array_agg(each ORDER BY id) INTO kept FROM {_TABLE} AS each;
        TRUNCATE {_TABLE};
        INSERT INTO {_TABLE} OVERRIDING SYSTEM VALUE SELECT * FROM unnest(kept);
    END
    $$
"""  # noqa: S608 - constants

_COLUMNS = (
    "rejected.id, received_at, status, detail, headers::text, host(address), key, body, truncated"
)
_IS_SHOWN = "incident_id IS NULL AND received_at >= $1"
# A page has at most this many bytes, and one report more.
_PAGE_BYTES_MAX = 1024 * 1024
# Each row has the total; without rows it comes alone.
_PAGE = f"""
    WITH shown AS (
        SELECT id, size FROM {_TABLE}
        WHERE {_IS_SHOWN} AND ($3::int IS NULL OR status = $3)
    ),
    page AS (
        SELECT id, sum(size) OVER (ORDER BY id DESC) - size AS before,
            row_number() OVER (ORDER BY id DESC) AS number
        FROM shown WHERE $2::bigint IS NULL OR id < $2
        ORDER BY id DESC LIMIT $4::bigint + 1
    )
    SELECT {_COLUMNS}, last, total
    FROM (
        SELECT (SELECT max(number) FROM page) AS last, (SELECT count(*) FROM shown) AS total
    ) AS numbers
    LEFT JOIN page ON number <= $4 AND before < {_PAGE_BYTES_MAX}
    LEFT JOIN {_TABLE} AS rejected ON rejected.id = page.id
    ORDER BY number
"""  # noqa: S608 - constants
_ONE = f"SELECT {_COLUMNS} FROM {_TABLE} AS rejected WHERE {_IS_SHOWN} AND id = $2"  # noqa: S608
_LOCKED = f"""
    SELECT {_COLUMNS}, incident_id, incident_hash FROM {_TABLE} AS rejected WHERE id = $1 FOR UPDATE
"""  # noqa: S608 - constants
_SAME = "SELECT max(id) FROM incidents WHERE hash = $1"
# It is an incident now. The row stays, as a reference, for as long as it would have been kept.
_MARK = f"""
    UPDATE {_TABLE} SET incident_id = $2, incident_hash = $3, body = NULL, size = 512 WHERE id = $1
"""  # noqa: S608 - constants

_LOCK_SECONDS = 5


class Page(NamedTuple):
    """Some rejected reports, the newest first; `total` is the number of all.

    `next_` is the id after which the next page begins.
    """

    rejected: list[StoredRejection]
    next_: int | None
    total: int


class Locked(NamedTuple):
    """A rejected report that nobody else can store meanwhile.

    `incident_id` and `hash` are those of its incident, if it was stored.
    """

    rejection: StoredRejection
    incident_id: int | None
    hash: bytes | None
    driver: asyncpg.Connection

    async def stored_as(self, hash_: bytes) -> int | None:
        """The id of an incident with that hash."""
        id_: int | None = await self.driver.fetchval(_SAME, hash_)
        return id_

    async def mark(self, incident_id: int, hash_: bytes) -> None:
        """It was stored as that incident, and is not listed any more."""
        await self.driver.execute(_MARK, self.rejection.id, incident_id, hash_)


class RejectedTable:
    """The table, over connections of its own: no report and no search waits for it.

    All methods raise StorageError.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        wait = settings.database_wait_seconds
        opens = connector(
            url,
            name="rejected",
            wait_seconds=wait,
            session={
                "statement_timeout": f"{max(1, round(wait * 1000))}ms",
                # Not flushed at each commit: a crash may lose some of the newest.
                "synchronous_commit": "off",
                "jit": "off",
            },
        )
        self._writer = ConnectionPool(opens, 1, wait)
        self._readers = ConnectionPool(opens, CONNECTIONS - 1, wait)
        self._keep = settings.rejected_retention
        self._reports_max = settings.rejected_reports_max
        self._bytes_max = settings.rejected_bytes_max
        # Deleted rows take space until it is used again.
        self._disk_bytes_max = 3 * self._bytes_max + 16 * 1024 * 1024

    async def close(self) -> None:
        """Returns when all connections are closed."""
        await self._writer.close()
        await self._readers.close()

    async def write(self, reports: Sequence[RejectedReport]) -> bool:
        """Returns when they are written; False if the table takes too much disk space."""
        columns = [list(column) for column in zip(*reports, strict=True)]
        sizes = [each.size for each in reports]
        with driver_errors():
            async with self._writer.leased() as driver:
                if not await self._has_room(driver):
                    return False
                await driver.execute(_INSERT, *columns, sizes)
                return True

    async def prune(self, *, are_too_many: bool) -> None:
        """Returns when expired ones are deleted; with `are_too_many`, the excess too."""
        with driver_errors():
            async with self._writer.leased() as driver:
                await driver.execute(_EXPIRE, self._oldest())
                if are_too_many:
                    await driver.execute(_PRUNE, self._reports_max, self._bytes_max)

    async def page(self, limit: int, after: int | None, status: int | None) -> Page:
        """The newest, or those after `after`. A page can be shorter than its limit."""
        with driver_errors():
            async with self._readers.leased() as driver:
                rows = await driver.fetch(_PAGE, self._oldest(), after, status, limit)
        *_, last, total = rows[0]
        found = [StoredRejection(*tuple(row)[:-2]) for row in rows if row["id"] is not None]
        goes_on = bool(found) and last > len(found)
        return Page(found, found[-1].id if goes_on else None, total)

    async def one(self, id_: int) -> StoredRejection | None:
        """The one with that id; None if it was deleted or stored."""
        with driver_errors():
            async with self._readers.leased() as driver:
                row = await driver.fetchrow(_ONE, self._oldest(), id_)
        return None if row is None else StoredRejection(*row)

    @asynccontextmanager
    async def locked(self, id_: int) -> AsyncGenerator[Locked | None]:
        """The one with that id, stored or not. What is marked in the block is on disk after it."""
        with driver_errors():
            async with self._readers.leased() as driver, driver.transaction():
                await driver.execute(
                    f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'; "
                    "SET LOCAL synchronous_commit = on"
                )
                row = await driver.fetchrow(_LOCKED, id_)
                yield None if row is None else _locked(row, driver)

    async def _has_room(self, driver: asyncpg.Connection) -> bool:
        """Whether the table's files are small enough, perhaps after it was rewritten."""
        if await driver.fetchval(_SIZE) <= self._disk_bytes_max:
            return True
        await driver.execute(_PRUNE, self._reports_max, self._bytes_max)
        await driver.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
        try:
            await driver.execute(_COMPACT)
        except asyncpg.LockNotAvailableError:
            return False  # for example, a backup is reading it
        finally:
            await driver.execute("SET lock_timeout = 0")
        return bool(await driver.fetchval(_SIZE) <= self._disk_bytes_max)

    def _oldest(self) -> datetime:
        return datetime.now(UTC) - self._keep


def _locked(row: asyncpg.Record, driver: asyncpg.Connection) -> Locked:
    *columns, incident_id, hash_ = row
    return Locked(StoredRejection(*columns), incident_id, hash_, driver)
