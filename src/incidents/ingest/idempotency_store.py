"""Stores incidents and the key of their request in one transaction.

After a retry or a connection lost during the commit, the presence of the key alone says whether the
incidents are stored. An advisory lock on the key excludes all other processes; it is released when
the transaction ends. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from incidents.core.errors import IdsTaken, NoPartition, Unavailable
from incidents.db.driver import Connection, Connector
from incidents.db.partitions import Partitions
from incidents.db.pool import WriterPool
from incidents.db.settled import forget_blocks
from incidents.ingest.gin_flusher import PendingList
from incidents.ingest.idempotency_key import Found, Remembered, Unit, hashes_in
from incidents.ingest.sequence import raise_over_all
from incidents.ingest.statements import INSERT_RESERVED_MISSING, RESERVE
from incidents.ingest.store import SESSION

_LOCK = """
    SELECT lock FROM unnest($1::bigint[]) AS wanted (lock) WHERE pg_try_advisory_xact_lock(lock)
"""

# An expired row does not count, even if it is not deleted yet.
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

# Clients were told that these are stored, so they must not be deleted any more. (Rows are locked in
# the same order everywhere, which excludes deadlocks.)
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

# A request without a key from its client only has to recognize its own attempts.
_OF_NO_CLIENT_SECONDS = 600.0


_Numbered = dict[bytes, tuple[Unit, list[int]]]


class DoubtfulUnit(NamedTuple):
    """A unit that may be stored although its client got an error."""

    key: bytes
    received_at: datetime

    @property
    def name(self) -> str:
        """Its name in the log."""
        return f"received at {self.received_at}"


class IdempotencyKeys:
    """The table of keys, and the incidents with them. All methods raise StorageError."""

    def __init__(
        self,
        connector: Connector,
        partitions: Partitions,
        pending: PendingList,
        remember_seconds: float,
    ) -> None:
        self._pool = WriterPool(connector)
        self._partitions = partitions
        self._pending = pending
        self._seconds = remember_seconds

    async def find_or_store(self, units: Sequence[Unit]) -> Found:
        """What is on disk under the keys of these units, from before or from now.

        The keys are different. Raises Refused if PostgreSQL can never store one of the rows; then
        none is stored. After another error it is unknown what is stored, and this can be called
        again.
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
        except NoPartition as error:  # the partition was dropped, or the sequence skipped these ids
            self._partitions.forget()
            raise Unavailable("a partition was dropped meanwhile") from error
        if ids := [id_ for each in stored.values() for id_ in each.ids]:
            self._pending.grew(min(ids), max(ids))
        return stored

    async def _insert(self, driver: Connection, units: Sequence[Unit]) -> dict[bytes, Remembered]:
        """Inserts those that no other process works on and that did not become known meanwhile."""
        try:
            async with driver.backend.transaction(driver, SESSION):
                locks = await driver.fetch(_LOCK, list({unit.request.lock for unit in units}))
                free = {row["lock"] for row in locks}
                ours = [unit for unit in units if unit.request.lock in free]
                if not ours:
                    return {}
                numbered = await self._with_ids(driver, ours)
                rows = await driver.fetch(_NEW_KEYS, *self._columns(numbered))
                new = [numbered[row["key"]] for row in rows]
                await _insert_incidents(driver, new)
        except IdsTaken as error:
            # A sequence can go back when PostgreSQL crashes, fails over or is restored.
            await raise_over_all(driver)
            raise Unavailable("the ids were taken by others: new ones are needed") from error
        return {unit.key: _remembered(unit, ids) for unit, ids in new}

    async def _with_ids(self, driver: asyncpg.Connection, units: Sequence[Unit]) -> _Numbered:
        """The units by their keys, each with ids for its incidents, in order."""
        count = sum(len(unit.incidents) for unit in units)
        # Flushed with the keys, which lie where the sequence does.
        ids = sorted(await driver.fetchval(RESERVE, count))
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
        """Deletes these units; returns how many incidents were stored. None can appear afterwards.

        Except for units that were sent again meanwhile and acknowledged as stored.
        """
        async with self._pool.one() as driver:
            await self._pool.end_discarded(driver)
            await driver.backend.recover(driver)
            async with driver.backend.transaction(driver, SESSION):
                rows = await driver.fetch(_FORGET, *map(list, zip(*units, strict=True)))
                ids = [id_ for row in rows for id_ in row["ids"]]
                await forget_blocks(driver, ids)
                await driver.execute(_WITHDRAW, ids)
        return len(ids)

    async def close(self) -> None:
        """Closes the connections."""
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
        stored = await driver.fetch(INSERT_RESERVED_MISSING, *zip(*rows, strict=True))
        if len(stored) < len(rows):  # others have them, or their block is settled
            raise IdsTaken({row[0] for row in rows})


def _hashes(unit: Unit) -> list[bytes]:
    return [incident.hash for incident in unit.incidents]


def _remembered(unit: Unit, ids: Sequence[int]) -> Remembered:
    return Remembered(unit.content, unit.status, ids, _hashes(unit))
