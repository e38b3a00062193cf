"""Incidents that have an id already, into the table: what an import stores."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import asyncpg

from incidents.errors import IdsTaken, Refused
from incidents.incident import Incident
from incidents.settings import Settings
from incidents.storage.connections import Connections
from incidents.storage.driver import patiently
from incidents.storage.engine import connect, driver_of, translated
from incidents.storage.incidents import Store
from incidents.storage.partitions import Partitions
from incidents.storage.sequence import raise_sequence

Batch = Sequence[tuple[int, Incident]]

_TIMES = "SELECT id, received_at FROM incidents WHERE id = ANY($1::bigint[])"


class Loader:
    """Stores incidents under the ids that they have, beside running servers or without."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._wait_seconds = settings.database_wait_seconds
        self._engine = connect(
            url,
            name="import",
            connections=3,
            wait_seconds=self._wait_seconds,
            session={"synchronous_commit": "on"},
        )
        self._partitions = Partitions(
            self._engine, settings.partition_ids, settings.migrate_lock_seconds
        )
        readers = Connections(self._engine, 1, self._wait_seconds)
        self._store = Store(self._engine, readers, self._partitions)
        self._raised_to = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._partitions.close()
        await self._store.close()
        await self._engine.dispose()

    async def store(self, batch: Batch) -> dict[int, str]:
        """Returns when all of it is on disk, but for those it gives back: why, by their ids.

        What is there already, the same, stays as it is. Ids that are given from now on are
        higher than those of the batch. Raises Unavailable when PostgreSQL is away for longer
        than it is waited for; then it can be called again with the same batch.
        """
        ids = [id_ for id_, _ in batch]
        await patiently(lambda: self._raise_sequence(max(ids)), self._wait_seconds)
        await patiently(lambda: self._partitions.cover_each(ids), self._wait_seconds)
        try:
            await patiently(lambda: self._store.insert(batch, reserved=False), self._wait_seconds)
        except IdsTaken as taken:
            return dict.fromkeys(taken.ids, "another incident has this id")
        except Refused as refusal:
            return await self._store_apart(batch, refusal)
        return {}

    async def times(self, ids: Sequence[int]) -> dict[int, datetime]:
        """When those of `ids` that are there already were received."""
        rows = await patiently(lambda: self._times(ids), self._wait_seconds)
        return {row["id"]: row["received_at"] for row in rows}

    async def _times(self, ids: Sequence[int]) -> list[asyncpg.Record]:
        with translated():
            async with self._engine.connect() as connection:
                return await (await driver_of(connection)).fetch(_TIMES, ids)

    async def _store_apart(self, batch: Batch, refusal: Refused) -> dict[int, str]:
        if len(batch) == 1:
            return {batch[0][0]: str(refusal)}
        middle = len(batch) // 2
        return await self.store(batch[:middle]) | await self.store(batch[middle:])

    async def _raise_sequence(self, id_: int) -> None:
        if id_ <= self._raised_to:
            return
        with translated():
            async with self._engine.connect() as connection:
                await raise_sequence(await driver_of(connection), id_)
        self._raised_to = id_
