"""Incidents into PostgreSQL, a batch at a time."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import NamedTuple

import asyncpg

from incidents.core.errors import IdsTaken, NoPartition
from incidents.core.incident import Incident
from incidents.db.driver import Connection, Connector
from incidents.db.known_groups import learn_old_groups
from incidents.db.partitions import Partitions
from incidents.db.pool import WriterPool
from incidents.db.settled import forget_blocks
from incidents.ingest.gin_flusher import PendingList
from incidents.ingest.predicted_ids import PredictedIds
from incidents.ingest.sequence import raise_over_all
from incidents.ingest.statements import (
    COMPENSATE,
    INSERT_MISSING,
    INSERT_PREDICTED,
    INSERT_RESERVED,
    INSERT_RESERVED_MISSING,
    MARK_IMPORTED,
    RESERVE,
    WHOSE,
)

# How a session writes.
SESSION = {
    # An answer means: on disk. Whatever the database or the role says.
    "synchronous_commit": "on",
    # Should nobody sort in what is new (see gin_flusher.py), who finds it so long does.
    "gin_pending_list_limit": "1MB",
    # Settling goes by it that each statement sees what was committed before it.
    "default_transaction_isolation": "read committed",
}


class Key(NamedTuple):
    """One incident, and no other: an id alone can go to somebody else, after a restore."""

    id: int
    hash: bytes
    received_at: datetime

    @property
    def name(self) -> str:
        """What a log calls it."""
        return f"id {self.id}"


class Store:
    """The table of incidents, for writers. All methods raise StorageError."""

    def __init__(
        self,
        connector: Connector,
        partitions: Partitions,
        pending: PendingList | None = None,
    ) -> None:
        self._pool = WriterPool(connector)
        self._partitions = partitions
        self._pending = pending
        self._predicted_ids = PredictedIds()

    async def reserve_ids(self, count: int) -> list[int]:
        """`count` ids, ascending, that nobody else has or will have."""
        async with self._pool.one() as driver:
            backend = driver.backend
            ids = sorted(await driver.fetchval(f"{RESERVE}, {backend.reservation}", count))
        if backend.predicts_ids:
            self._predicted_ids.given(ids)
        return ids

    def predicted_ids(self, count: int) -> list[int] | None:
        """The ids that are next, unless somebody else takes them; None when that is likely."""
        return self._predicted_ids.predicted(count)

    async def insert_predicted(self, batch: Sequence[tuple[int, Incident]]) -> list[int] | None:
        """None when every incident of the batch is on disk under its id, which was predicted.

        Else as many ids, reserved in their place: then nothing is stored, as after Refused.
        After another error nobody knows; then `insert` may be called with the same batch, once
        ids were reserved that are no lower.
        """
        last_id = batch[-1][0]
        await self._partitions.cover(last_id)
        ids, incidents = zip(*batch, strict=True)
        try:
            async with self._pool.one() as driver:
                columns = zip(*incidents, strict=True)
                try:
                    row = await driver.fetchrow(INSERT_PREDICTED, ids, *columns)
                except asyncpg.UniqueViolationError:
                    # They were reserved, and there already: a sequence can go back.
                    self._predicted_ids.forget()
                    return list(ids)
        except BaseException:
            self._predicted_ids.forget()
            raise
        assert row is not None
        if row["stored"] < len(batch):
            self._predicted_ids.forget()
            reserved = sorted(row["ids"])
            self._predicted_ids.given(reserved)
            return reserved
        if self._pending is not None:
            self._pending.grew(ids[0], last_id)
        return None

    async def insert(self, batch: Sequence[tuple[int, Incident]], *, reserved: bool = True) -> None:
        """Returns when every incident of the batch is on disk under its id, exactly once.

        May be called again with the same batch when a call before ended without an answer.
        The ids were `reserved`; else they come with an import, and may be those of a settled block.
        Raises Refused when PostgreSQL can never take one of the rows, and then none is
        stored; IdsTaken when other incidents have some of the ids, or it is too late for them, and
        then all but those are stored.
        """
        ids = [id_ for id_, _ in batch]
        await (self._partitions.cover(max(ids)) if reserved else self._partitions.cover_each(ids))
        try:
            await self._insert(batch, reserved=reserved)
        except NoPartition:  # somebody dropped it, or the sequence was raised over these ids
            self._partitions.forget()
            await self._partitions.cover_each(ids)
            await self._insert(batch, reserved=reserved)

    async def _insert(self, batch: Sequence[tuple[int, Incident]], *, reserved: bool) -> None:
        ids, incidents = zip(*batch, strict=True)
        # The columns of the table are in the order of an incident's fields.
        columns = ids, *zip(*incidents, strict=True)
        async with self._pool.one() as driver:
            if reserved:
                inserted = await _insert_reserved(driver, *columns)
            else:
                groups = [each.group for each in incidents]
                inserted = await _insert_imported(driver, groups, *columns)
            if inserted < len(batch):
                await self._check_ids(driver, batch, reserved=reserved)
        if self._pending is not None:
            self._pending.grew(min(ids), max(ids))

    async def compensate(self, keys: Sequence[Key]) -> int:
        """How many of these were stored; when it returns, none is, and none will be.

        For incidents whose `insert` ended without an answer and is not called again.
        """
        async with self._pool.one() as driver:
            await self._pool.end_discarded(driver)
            await driver.backend.recover(driver)
            async with driver.backend.transaction(driver, SESSION):
                store_none = partial(self._store_none, driver, keys)
                stored = await driver.backend.wait_by_storing(store_none)
                await forget_blocks(driver, [key.id for key in keys])
                deleted = await driver.execute(COMPENSATE, *_columns(keys))
        return _count(deleted) - stored

    async def _store_none(self, driver: Connection, keys: Sequence[Key]) -> int:
        """Stores empty incidents under these keys, where there are none, and says how many."""
        await self._partitions.cover_each(key.id for key in keys)
        none = [None] * len(keys)
        ids, hashes, times = _columns(keys)
        empty = ["{}"] * len(keys), ["null"] * len(keys), none, none, none, none, none
        return len(await driver.fetch(INSERT_MISSING, ids, times, hashes, *empty))

    async def _check_ids(
        self, driver: Connection, batch: Sequence[tuple[int, Incident]], *, reserved: bool
    ) -> None:
        """Returns when each row that was not stored now is there already, as this batch's own.

        Others have an id where a sequence went back: when PostgreSQL crashes, fails over or is
        restored. And it can be too late for one: then no try of before may come later still.
        """
        if reserved:
            await self._pool.end_discarded(driver)
        found = await driver.fetch(WHOSE, [id_ for id_, _ in batch])
        there = {row["id"]: (row["hash"], row["received_at"]) for row in found}
        taken = {id_ for id_, each in batch if there.get(id_) != (each.hash, each.received_at)}
        if taken:
            if reserved:
                await raise_over_all(driver)
            raise IdsTaken(taken)

    async def close(self) -> None:
        """Gives the connections back that were held for writing."""
        if self._pending is not None:
            await self._pending.close()
        await self._pool.close()


async def _insert_reserved(driver: Connection, *columns: Sequence[object]) -> int:
    """How many of the rows were stored now. Mostly all: to look first costs a tenth of all."""
    if driver.backend.tells_why:
        with suppress(asyncpg.UniqueViolationError):
            async with driver.backend.writing(driver, SESSION):
                return _count(await driver.execute(INSERT_RESERVED, *columns))
    async with driver.backend.writing(driver, SESSION):
        return len(await driver.fetch(INSERT_RESERVED_MISSING, *columns))


async def _insert_imported(
    driver: Connection, groups: Sequence[int], ids: Sequence[int], *columns: Sequence[object]
) -> int:
    """How many of the rows were not there yet. An import brings groups without a bound."""
    async with driver.backend.transaction(driver, SESSION):
        await forget_blocks(driver, ids)
        await learn_old_groups(driver, groups)
        await driver.execute(MARK_IMPORTED, ids)
        return len(await driver.fetch(INSERT_MISSING, ids, *columns))


def _count(done: str) -> int:
    """The rows of a command that PostgreSQL says is done, such as "DELETE 3"."""
    return int(done.rpartition(" ")[2])


def _columns(keys: Sequence[Key]) -> tuple[list[int], list[bytes], list[datetime]]:
    return (
        [key.id for key in keys],
        [key.hash for key in keys],
        [key.received_at for key in keys],
    )
