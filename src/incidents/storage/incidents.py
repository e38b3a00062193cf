"""Incidents in and out of PostgreSQL: a batch inserted, a window of ids read."""

from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import asyncpg
from sqlalchemy import ColumnElement, Row, Text, bindparam, cast, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from incidents.errors import IdsTaken, NoPartition, StorageError, Unavailable
from incidents.incident import Incident, StoredIncident
from incidents.storage.driver import in_time
from incidents.storage.engine import driver_of, translated
from incidents.storage.partitions import Partitions
from incidents.storage.revision import check_revision, current_revision
from incidents.storage.tables import id_sequence, incidents, searched

# The way in speaks to the driver itself; docs/decisions/0004 has what that was worth.
# A reservation needs no flush of its own: the log is written in order, so when a batch is on
# disk, the reservation of its ids is. set_config's last argument ends that with the transaction.
_RESERVE = f"""
    SELECT array(SELECT nextval('{id_sequence.name}') FROM generate_series(1, $1)),
           set_config('synchronous_commit', 'off', true)
"""  # noqa: S608

# A batch that is sent again, because nobody knows whether it was committed, changes nothing
# if it was: its ids are there. Should the first try still be running, the second waits for it.
_INSERT = """
    INSERT INTO incidents (id, received_at, hash, headers, body, body_for_search)
    SELECT id, received_at, hash, headers::json, body::json, body_for_search::json
    FROM unnest(
        $1::bigint[], $2::timestamptz[], $3::bytea[], $4::text[], $5::text[], $6::text[]
    ) AS batch (id, received_at, hash, headers, body, body_for_search)
    ON CONFLICT (id) DO NOTHING
"""

_WHOSE = "SELECT id, hash, received_at FROM incidents WHERE id = ANY($1::bigint[])"

# What still works on a connection that was given up must have ended before anyone can say what
# came of it. (https://www.postgresql.org/docs/current/functions-admin.html)
_END_BACKENDS = """
    SELECT bool_and(pg_terminate_backend(pid, $2)) FROM pg_stat_activity
    WHERE pid = ANY($1::int[]) AND pid <> pg_backend_pid() AND usename = current_user
        AND application_name = current_setting('application_name')
"""

_WITHDRAW = """
    DELETE FROM incidents USING unnest($1::bigint[], $2::bytea[], $3::timestamptz[])
        AS doubtful (id, hash, received_at)
    WHERE incidents.id = doubtful.id AND incidents.hash = doubtful.hash
        AND incidents.received_at = doubtful.received_at
"""

_END_MS_MAX = 1000
_GIVEN_UP_MAX = 256

_STORED = select(
    incidents.c.id,
    incidents.c.received_at,
    incidents.c.hash,
    cast(incidents.c.headers, Text).label("headers"),
    cast(incidents.c.body, Text).label("body"),
)

# PostgreSQL ends a query itself; this is for one that has fallen silent.
_MARGIN_SECONDS = 1

_NEXT_ID = text(f"SELECT last_value + 1 FROM {id_sequence.name}")  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Condition:
    """What the incidents of a search have in common; what is None does not matter.

    `entries` is an example's (see `Example`), `hash` 32 bytes; `since` is inclusive,
    `until` exclusive.
    """

    entries: str | None = None
    hash: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None


class Key(NamedTuple):
    """One incident, and no other: an id alone can go to somebody else, after a restore."""

    id: int
    hash: bytes
    received_at: datetime


class Snapshot:
    """All incidents as they were when it was opened; every one has an id below `end`."""

    def __init__(self, connection: AsyncConnection, end: int) -> None:
        self._connection = connection
        self.end = end

    async def close(self) -> None:
        """Gives the connection back; one that was lost is forgotten."""
        with suppress(StorageError), translated():
            await self._connection.close()

    async def window(
        self,
        condition: Condition,
        *,
        low: int,
        high: int,
        walk: bool,
        seconds: float,
        limit: int | None,
        rows_at_once: int,
    ) -> AsyncGenerator[StoredIncident]:
        """The incidents with `low` <= id < `high`, newest first, at most `limit`.

        Only `rows_at_once` are in memory at a time. With `walk` PostgreSQL may go through the
        primary key backwards; without, it must start from another index. Raises OutOfTime
        when the query, or one fetch of it, takes longer than `seconds`; then the snapshot
        is at its end.
        """
        order = incidents.c.id if walk else incidents.c.id + 0
        query = (
            _STORED.where(incidents.c.id >= low, incidents.c.id < high, *_criteria(condition))
            .order_by(order.desc())
            .limit(limit)
            .execution_options(yield_per=rows_at_once)
        )
        with translated():
            await self._connection.execute(
                text("SELECT set_config('statement_timeout', :value, true)"),
                {"value": f"{max(1, round(seconds * 1000))}ms"},
            )
            async with self._connection.stream(query) as rows:
                while chunk := await in_time(
                    rows.fetchmany(rows_at_once), seconds + _MARGIN_SECONDS
                ):
                    for row in chunk:
                        yield _stored(row)


class Store:
    """The table of incidents, for a writer and for readers. All methods raise StorageError."""

    def __init__(self, writing: AsyncEngine, reading: AsyncEngine, partitions: Partitions) -> None:
        self._writing = writing
        self._reading = reading
        self._partitions = partitions
        self._held: list[tuple[AsyncConnection, asyncpg.Connection]] = []
        # PostgreSQL's processes behind the connections that were given up last.
        self._given_up: deque[int] = deque(maxlen=_GIVEN_UP_MAX)

    async def reserve_ids(self, count: int) -> list[int]:
        """`count` ids, ascending, that nobody else has or will have."""
        async with self._driver() as driver:
            return sorted(await driver.fetchval(_RESERVE, count))

    async def insert(self, batch: Sequence[tuple[int, Incident]]) -> None:
        """Returns when every incident of the batch is on disk under its id, exactly once.

        May be called again with the same batch when a call before ended without an answer.
        Raises Refused when PostgreSQL can never take one of the rows, and then none is
        stored; IdsTaken when other incidents have some of the ids, and then all but those
        are stored.
        """
        last_id = max(id_ for id_, _ in batch)
        await self._partitions.cover(last_id)
        try:
            await self._insert(batch)
        except NoPartition:  # somebody dropped it
            self._partitions.forget()
            await self._partitions.cover(last_id)
            await self._insert(batch)

    async def _insert(self, batch: Sequence[tuple[int, Incident]]) -> None:
        async with self._driver() as driver:
            done = await driver.execute(
                _INSERT,
                [id_ for id_, _ in batch],
                [incident.received_at for _, incident in batch],
                [incident.hash for _, incident in batch],
                [incident.headers for _, incident in batch],
                [incident.body for _, incident in batch],
                [incident.body_for_search for _, incident in batch],
            )
            if int(done.rpartition(" ")[2]) < len(batch):
                await self._check_ids(driver, batch)

    async def withdraw(self, keys: Sequence[Key]) -> int:
        """How many of these were stored; when it returns, none is, and none will be.

        For incidents whose `insert` ended without an answer and is not called again.
        """
        async with self._driver() as driver:
            if await driver.fetchval(_END_BACKENDS, list(self._given_up), _END_MS_MAX) is False:
                raise Unavailable("PostgreSQL still works on what was given up")
            done = await driver.execute(
                _WITHDRAW,
                [key.id for key in keys],
                [key.hash for key in keys],
                [key.received_at for key in keys],
            )
        return int(done.rpartition(" ")[2])

    async def _check_ids(
        self, driver: asyncpg.Connection, batch: Sequence[tuple[int, Incident]]
    ) -> None:
        """Returns when every row that was there already is this batch's own.

        A sequence can go back: when PostgreSQL crashes, fails over or is restored.
        """
        found = await driver.fetch(_WHOSE, [id_ for id_, _ in batch])
        there = {row["id"]: (row["hash"], row["received_at"]) for row in found}
        taken = {id_ for id_, each in batch if there.get(id_) != (each.hash, each.received_at)}
        if taken:
            raise IdsTaken(taken)

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[asyncpg.Connection]:
        """A connection that is held for writing, the driver's own.

        Each writer has one at a time. One that an error may have spoilt is not used again.
        """
        with translated(of_rows=True):
            connection, driver = self._held.pop() if self._held else await self._connect()
            try:
                yield driver
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, IdsTaken):
                self._held.append((connection, driver))  # nothing is wrong with it
                raise
            except BaseException:
                self._given_up.append(driver.get_server_pid())
                await connection.invalidate()
                await connection.close()
                raise
            self._held.append((connection, driver))

    async def _connect(self) -> tuple[AsyncConnection, asyncpg.Connection]:
        connection = await self._writing.connect()
        return connection, await driver_of(connection)

    async def close(self) -> None:
        """Gives the connections back that were held for writing."""
        while self._held:
            connection, _ = self._held.pop()
            await connection.close()

    async def check_ready(self) -> None:
        """Returns when the database answers and is migrated."""
        with translated():
            async with self._reading.connect() as connection:
                check_revision(await current_revision(await driver_of(connection)))

    async def fetch(self, id_: int) -> StoredIncident | None:
        """The incident of that id, or None."""
        with translated():
            async with self._reading.connect() as connection:
                rows = await connection.execute(_STORED.where(incidents.c.id == id_))
                row = rows.one_or_none()
        return None if row is None else _stored(row)

    async def open_snapshot(self) -> Snapshot:
        """A snapshot that holds all that was acknowledged before; the caller closes it."""
        with translated():
            connection = await self._reading.connect()
            try:
                end = int(await connection.scalar(_NEXT_ID) or 0)
            except BaseException:
                await connection.close()
                raise
        return Snapshot(connection, end)


def _criteria(condition: Condition) -> list[ColumnElement[bool]]:
    criteria: list[ColumnElement[bool]] = []
    if condition.entries is not None:
        entries = cast(bindparam("entries", condition.entries, Text), JSONB)
        criteria.append(searched.op("@>", is_comparison=True)(entries))
    if condition.hash is not None:
        criteria.append(incidents.c.hash == condition.hash)
    if condition.since is not None:
        criteria.append(incidents.c.received_at >= condition.since)
    if condition.until is not None:
        criteria.append(incidents.c.received_at < condition.until)
    return criteria


def _stored(row: Row[tuple[int, datetime, bytes, str, str]]) -> StoredIncident:
    return StoredIncident(row.id, row.received_at, row.hash, row.headers, row.body)
