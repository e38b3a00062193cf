"""Incidents into PostgreSQL, a batch at a time; and connections to read them with."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from datetime import datetime
from typing import NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from incidents.errors import IdsTaken, NoPartition, Unavailable
from incidents.incident import Incident, StoredIncident
from incidents.storage.cluster import committed_everywhere, is_clustered, recover
from incidents.storage.connections import Connections, Lent
from incidents.storage.held import Held
from incidents.storage.listing import Listing
from incidents.storage.next_ids import NextIds
from incidents.storage.partitions import Partitions
from incidents.storage.pending import PendingList
from incidents.storage.reading import Reading
from incidents.storage.sequence import raise_over_all
from incidents.storage.statements import (
    END_BACKENDS,
    INSERT,
    INSERT_FORESEEN,
    INSERT_MISSING,
    RESERVE,
    WHOSE,
    WITHDRAW,
)
from incidents.storage.tables import NEW_GENERATION

# How a session writes. In a cluster it is said to every machine, for each commit.
SESSION = {
    # An answer means: on disk. Whatever the database or the role says.
    "synchronous_commit": "on",
    # Should nobody sort in what is new (see pending.py), who finds it so long does.
    "gin_pending_list_limit": "1MB",
}

_END_MS_MAX = 1000

# The caller has a wait of its own; this is for one that has fallen silent.
_FETCH_SECONDS = 60


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
    """The table of incidents, for a writer and for readers. All methods raise StorageError."""

    def __init__(
        self,
        writing: AsyncEngine,
        reading: Connections,
        partitions: Partitions,
        pending: PendingList | None = None,
    ) -> None:
        self._held = Held(writing)
        self._reading = reading
        self._partitions = partitions
        self._pending = pending
        self._listing = Listing()
        self._clustered: bool | None = None  # not known yet
        self._next_ids = NextIds()

    async def reserve_ids(self, count: int) -> list[int]:
        """`count` ids, ascending, that nobody else has or will have."""
        async with self._held.one() as driver:
            return self._reserved(await driver.fetchrow(RESERVE, count))

    def _reserved(self, row: asyncpg.Record | None) -> list[int]:
        assert row is not None
        self._clustered = row["clustered"]
        ids = sorted(row["ids"])
        self._next_ids.given(ids)
        return ids

    def foreseen_ids(self, count: int) -> list[int] | None:
        """The ids that are next, unless somebody else takes them; None when that is likely."""
        return None if self._clustered is not False else self._next_ids.foreseen(count)

    async def insert_foreseen(self, batch: Sequence[tuple[int, Incident]]) -> list[int] | None:
        """None when every incident of the batch is on disk under its id, which was foreseen.

        Else as many ids, reserved in their place: then nothing is stored, as after Refused.
        After another error nobody knows; then `insert` may be called with the same batch, once
        ids were reserved that are no lower.
        """
        last_id = batch[-1][0]
        await self._partitions.cover(last_id)
        ids, incidents = zip(*batch, strict=True)
        try:
            async with self._held.one() as driver:
                columns = zip(*incidents, strict=True)
                try:
                    row = await driver.fetchrow(INSERT_FORESEEN, ids, *columns)
                except asyncpg.UniqueViolationError:
                    # They were reserved, and there already: a sequence can go back.
                    self._next_ids.forget()
                    return list(ids)
        except BaseException:
            self._next_ids.forget()
            raise
        assert row is not None
        if row["stored"] < len(batch):
            self._next_ids.forget()
            return self._reserved(row)
        if self._pending is not None:
            self._pending.grew(ids[0], last_id)
        return None

    async def insert(self, batch: Sequence[tuple[int, Incident]], *, reserved: bool = True) -> None:
        """Returns when every incident of the batch is on disk under its id, exactly once.

        May be called again with the same batch when a call before ended without an answer.
        The ids were `reserved` just now; else a new generation begins with them.
        Raises Refused when PostgreSQL can never take one of the rows, and then none is
        stored; IdsTaken when other incidents have some of the ids, and then all but those
        are stored.
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
        async with self._held.one() as driver:
            plain = reserved and not await self._is_clustered(driver)
            async with (
                nullcontext() if plain else self._commit(driver, new_generation=not reserved)
            ):
                send = self._send_new if reserved else self._send
                ids, incidents = zip(*batch, strict=True)
                # The columns of the table are in the order of an incident's fields.
                inserted = await send(driver, ids, *zip(*incidents, strict=True))
            if inserted < len(batch):
                await self._check_ids(driver, batch, reserved=reserved)
        if self._pending is not None and not self._clustered:
            self._pending.grew(min(ids), max(ids))

    async def _send(self, driver: asyncpg.Connection, *columns: Sequence[object]) -> int:
        """How many of the rows were not there yet. Citus counts those that were there, too."""
        if await self._is_clustered(driver):
            return len(await driver.fetch(f"{INSERT_MISSING} RETURNING id", *columns))
        return _count(await driver.execute(INSERT_MISSING, *columns))

    async def _send_new(self, driver: asyncpg.Connection, *columns: Sequence[object]) -> int:
        """As `_send`, for rows that mostly are not there: to look first costs a tenth of all."""
        if await self._is_clustered(driver):
            return await self._send(driver, *columns)
        try:
            return _count(await driver.execute(INSERT, *columns))
        except asyncpg.UniqueViolationError:
            return await self._send(driver, *columns)

    async def withdraw(self, keys: Sequence[Key]) -> int:
        """How many of these were stored; when it returns, none is, and none will be.

        For incidents whose `insert` ended without an answer and is not called again.
        """
        async with self._held.one() as driver:
            given_up = list(self._held.given_up)
            if await driver.fetchval(END_BACKENDS, given_up, _END_MS_MAX) is False:
                raise Unavailable("PostgreSQL still works on abandoned statements")
            if await self._is_clustered(driver):
                return await self._withdraw_everywhere(driver, keys)
            return _count(await driver.execute(WITHDRAW, *_columns(keys)))

    async def _withdraw_everywhere(self, driver: asyncpg.Connection, keys: Sequence[Key]) -> int:
        """As `withdraw`; what other machines have begun ends on them by itself.

        So the same ids are inserted first: that waits for whoever is still at it.
        """
        await recover(driver)
        await self._partitions.cover_each(key.id for key in keys)
        none = [None] * len(keys)
        nothing = ["{}"] * len(keys), ["null"] * len(keys), none, none
        ids, hashes, times = _columns(keys)
        async with committed_everywhere(driver, SESSION):
            inserted = await self._send(driver, ids, times, hashes, *nothing)
            deleted = await driver.execute(WITHDRAW, ids, hashes, times)
        return _count(deleted) - inserted

    async def _check_ids(
        self, driver: asyncpg.Connection, batch: Sequence[tuple[int, Incident]], *, reserved: bool
    ) -> None:
        """Returns when every row that was there already is this batch's own.

        A sequence can go back: when PostgreSQL crashes, fails over or is restored.
        """
        found = await driver.fetch(WHOSE, [id_ for id_, _ in batch])
        there = {row["id"]: (row["hash"], row["received_at"]) for row in found}
        taken = {id_ for id_, each in batch if there.get(id_) != (each.hash, each.received_at)}
        if taken:
            if reserved:
                await raise_over_all(driver)
            raise IdsTaken(taken)

    @asynccontextmanager
    async def _commit(
        self, driver: asyncpg.Connection, *, new_generation: bool
    ) -> AsyncGenerator[None]:
        """What is done inside is committed, together with a `new_generation`, when it returns."""
        if await self._is_clustered(driver):
            async with committed_everywhere(driver, SESSION):
                if new_generation:
                    await driver.execute(NEW_GENERATION)
                yield
            if new_generation:
                # The coordinator had committed the first a moment before other machines did.
                await driver.execute(NEW_GENERATION)
        else:
            async with driver.transaction():
                if new_generation:
                    await driver.execute(NEW_GENERATION)
                yield

    async def _is_clustered(self, driver: asyncpg.Connection) -> bool:
        """As it was when ids were reserved last."""
        if self._clustered is None:
            self._clustered = await is_clustered(driver)
        return self._clustered

    async def close(self) -> None:
        """Gives the connections back that were held for writing."""
        if self._pending is not None:
            await self._pending.close()
        await self._held.close()

    async def fetch(self, id_: int) -> StoredIncident | None:
        """The incident of that id with all that is kept of it, or None."""
        async with aclosing(await self.read(_FETCH_SECONDS)) as reading:
            found = await reading.incidents([id_], _FETCH_SECONDS, with_raw=True)
        return found[0] if found else None

    async def read(self, seconds: float, *, snapshot: bool = False, heavy: bool = False) -> Reading:
        """A reading that sees all that was acknowledged before; the caller closes it.

        Its statements will be given about so many seconds. While it is at `heavy` ones, others
        begin.
        """
        lent = await self._reading.lend()
        if heavy:
            lent.end_turn()
        try:
            reading = Reading(self._reading, lent, self._listing)
            await reading.open(seconds, snapshot=snapshot)
        except BaseException:
            await self._reading.throw_away(lent)
            raise
        self._listing = reading.listing
        return reading

    async def read_beside(self, reading: Reading) -> Reading | None:
        """A reading that can be asked while the other one is, if a connection is free."""
        return _beside(reading, await self._reading.spare())


def _beside(reading: Reading, lent: Lent | None) -> Reading | None:
    return None if lent is None else reading.beside(lent)


def _count(done: str) -> int:
    """The rows of a command that PostgreSQL says is done, such as "DELETE 3"."""
    return int(done.rpartition(" ")[2])


def _columns(keys: Sequence[Key]) -> tuple[list[int], list[bytes], list[datetime]]:
    return (
        [key.id for key in keys],
        [key.hash for key in keys],
        [key.received_at for key in keys],
    )
