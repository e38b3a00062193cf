"""Incidents into PostgreSQL together with the key of their request, in one transaction.

Who sends again, or lost the connection in the middle of a commit, finds the key there, or not: that
alone says whether the incidents are stored. Nobody else works on a key meanwhile, in whichever
process: it is locked (an advisory lock), which ends with the transaction, however that ends.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from incidents.core.errors import IdsTaken, NoPartition, Unavailable
from incidents.db.cluster import committed_everywhere, is_clustered, recover
from incidents.db.leases import WriterPool
from incidents.db.partitions import Partitions
from incidents.db.tables import id_sequence
from incidents.ingest.gin_flusher import PendingList
from incidents.ingest.idempotency_key import Found, Remembered, Unit, hashes_in
from incidents.ingest.sequence import raise_over_all
from incidents.ingest.statements import END_BACKENDS, INSERT_RESERVED
from incidents.ingest.store import SESSION

_LOCK = """
    SELECT lock FROM unnest($1::bigint[]) AS wanted (lock) WHERE pg_try_advisory_xact_lock(lock)
"""

# In the transaction of their rows: flushed with it, on a Citus as well, where the keys lie on the
# coordinator, as the sequence does.
_RESERVE = f"""
    SELECT array(SELECT nextval('{id_sequence.name}') FROM generate_series(1, $1::integer))
"""  # noqa: S608 - a constant

# A row that is past its time counts for nothing, also where nobody has deleted it yet.
_NEW_KEYS = """
    INSERT INTO incidents_idempotency_keys AS known
        (key, content, status, ids, hashes, received_at, expires_at)
    SELECT key, content, status, ids::bigint[], hashes, received_at,
        now() + make_interval(secs => seconds)
    FROM unnest(
        $1::bytea[], $2::bytea[], $3::smallint[], $4::text[], $5::bytea[], $6::timestamptz[],
        $7::float8[]
    ) AS new (key, content, status, ids, hashes, received_at, seconds)
    ON CONFLICT (key) DO UPDATE
        SET content = excluded.content, status = excluded.status, ids = excluded.ids,
            hashes = excluded.hashes, received_at = excluded.received_at,
            expires_at = excluded.expires_at, repeats = 0
        WHERE known.expires_at <= now()
    RETURNING key
"""

# From now on somebody was told of it: it is not taken back. (In the same order everywhere: who
# waits for a row has none that the other waits for.)
_REMEMBERED = """
    UPDATE incidents_idempotency_keys AS known SET repeats = repeats + 1
    FROM (
        SELECT key FROM incidents_idempotency_keys
        WHERE key = ANY($1::bytea[]) AND expires_at > now() ORDER BY key FOR UPDATE
    ) AS asked
    WHERE known.key = asked.key
    RETURNING known.key, content, status, ids, hashes
"""

_FORGET = """
    DELETE FROM incidents_idempotency_keys AS known
    USING unnest($1::bytea[], $2::timestamptz[]) AS doubtful (key, received_at)
    WHERE known.key = doubtful.key AND known.received_at = doubtful.received_at
        AND known.repeats = 0
    RETURNING known.ids
"""
_WITHDRAW = "DELETE FROM incidents WHERE id = ANY($1::bigint[])"

_END_MS_MAX = 1000
# A request without a key of its own is recognised by its own tries alone.
_OF_NO_CLIENT_SECONDS = 600.0


_Numbered = dict[bytes, tuple[Unit, list[int]]]


class DoubtfulUnit(NamedTuple):
    """A unit of which its client was told that it is not stored, while nobody knows."""

    key: bytes
    received_at: datetime

    @property
    def name(self) -> str:
        """What a log calls it."""
        return f"received at {self.received_at}"


class IdempotencyKeys:
    """The table of keys, and the incidents that come with them. All methods raise StorageError."""

    def __init__(
        self,
        writing: AsyncEngine,
        partitions: Partitions,
        pending: PendingList,
        remember_seconds: float,
    ) -> None:
        self._pool = WriterPool(writing)
        self._partitions = partitions
        self._pending = pending
        self._seconds = remember_seconds

    async def find_or_store(self, units: Sequence[Unit]) -> Found:
        """What of these units, of different keys, is on disk under its key: before, or since now.

        Raises Refused when PostgreSQL can never take one of the rows; then none is stored. After
        another error nobody knows: then it may be called again.
        """
        known = await self._known([unit.key for unit in units])
        missing = [unit for unit in units if unit.key not in known]
        return Found(known, await self._store(missing) if missing else {})

    async def _known(self, keys: Sequence[bytes]) -> dict[bytes, Remembered]:
        async with self._pool.one() as driver:
            rows = await driver.fetch(_REMEMBERED, keys)
        return {
            row["key"]: Remembered(
                row["content"], row["status"], row["ids"], hashes_in(row["hashes"])
            )
            for row in rows
        }

    async def _store(self, units: Sequence[Unit]) -> dict[bytes, Remembered]:
        try:
            async with self._pool.one() as driver:
                stored = await self._insert(driver, units)
        except NoPartition as error:  # somebody dropped it, or raised the sequence over these ids
            self._partitions.forget()
            raise Unavailable("a partition was dropped meanwhile") from error
        if ids := [id_ for each in stored.values() for id_ in each.ids]:
            self._pending.grew(min(ids), max(ids))
        return stored

    async def _insert(
        self, driver: asyncpg.Connection, units: Sequence[Unit]
    ) -> dict[bytes, Remembered]:
        """Those that nobody else works on, and that did not become known meanwhile."""
        try:
            async with _transaction(driver):
                locks = await driver.fetch(_LOCK, list({unit.request.lock for unit in units}))
                free = {row["lock"] for row in locks}
                ours = [unit for unit in units if unit.request.lock in free]
                if not ours:
                    return {}
                numbered = await self._with_ids(driver, ours)
                rows = await driver.fetch(_NEW_KEYS, *self._columns(numbered))
                new = [numbered[row["key"]] for row in rows]
                await _insert_incidents(driver, new)
        except (asyncpg.UniqueViolationError, IdsTaken) as error:
            # A sequence can go back: when PostgreSQL crashes, fails over or is restored.
            await raise_over_all(driver)
            raise Unavailable("the ids were taken by others: new ones are needed") from error
        return {unit.key: _remembered(unit, ids) for unit, ids in new}

    async def _with_ids(self, driver: asyncpg.Connection, units: Sequence[Unit]) -> _Numbered:
        """The units by their keys, each with ids for its incidents, in order."""
        count = sum(len(unit.incidents) for unit in units)
        ids = sorted(await driver.fetchval(_RESERVE, count))
        await self._partitions.cover(ids[-1])
        given = iter(ids)
        return {unit.key: (unit, [next(given) for _ in unit.incidents]) for unit in units}

    def _columns(self, units: _Numbered) -> list[list[object]]:
        rows = [
            (
                unit.key,
                unit.content,
                unit.status,
                "{" + ",".join(map(str, ids)) + "}",
                b"".join(_hashes(unit)),
                unit.incidents[0].received_at,
                self._seconds if unit.request.is_given else _OF_NO_CLIENT_SECONDS,
            )
            for unit, ids in units.values()
        ]
        return [list(column) for column in zip(*rows, strict=True)]

    async def compensate(self, units: Sequence[DoubtfulUnit]) -> int:
        """How many incidents of these were stored; when it returns none is, and none will be.

        But for what was sent again meanwhile, and its client told that it is stored.
        """
        async with self._pool.one() as driver:
            given_up = list(self._pool.given_up)
            if await driver.fetchval(END_BACKENDS, given_up, _END_MS_MAX) is False:
                raise Unavailable("PostgreSQL still works on abandoned statements")
            if await is_clustered(driver):
                await recover(driver)
            async with _transaction(driver):
                rows = await driver.fetch(_FORGET, *map(list, zip(*units, strict=True)))
                ids = [id_ for row in rows for id_ in row["ids"]]
                await driver.execute(_WITHDRAW, ids)
        return len(ids)

    async def close(self) -> None:
        """Gives the connections back."""
        await self._pool.close()


async def _insert_incidents(
    driver: asyncpg.Connection, units: Iterable[tuple[Unit, list[int]]]
) -> None:
    rows = [
        (id_, *incident)
        for unit, ids in units
        for id_, incident in zip(ids, unit.incidents, strict=True)
    ]
    if rows:
        rows.sort(key=lambda row: row[0])
        done = await driver.execute(INSERT_RESERVED, *zip(*rows, strict=True))
        if done != f"INSERT 0 {len(rows)}":
            raise IdsTaken({row[0] for row in rows})  # their block is settled


@asynccontextmanager
async def _transaction(driver: asyncpg.Connection) -> AsyncGenerator[None]:
    if await is_clustered(driver):
        async with committed_everywhere(driver, SESSION):
            yield
    else:
        async with driver.transaction():
            yield


def _hashes(unit: Unit) -> list[bytes]:
    return [incident.hash for incident in unit.incidents]


def _remembered(unit: Unit, ids: Sequence[int]) -> Remembered:
    return Remembered(unit.content, unit.status, ids, _hashes(unit))
