"""Stores incidents that have an id already, for imports."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import asyncpg

from incidents.core.errors import CannotStart, IdsTaken, Refused
from incidents.core.incident import Incident
from incidents.db.driver import connector, driver_errors, with_retry
from incidents.db.names import LAST_ID
from incidents.db.partitions import Partitions
from incidents.db.pool import ConnectionPool
from incidents.ingest.sequence import raise_sequence
from incidents.ingest.store import Store
from incidents.support.settings import Settings

Batch = Sequence[tuple[int, Incident]]

# Skipped ids are lost, because ids are never reused. This many last one database for years, and
# could be skipped four million times.
_RAISE_IDS_MAX = 2**40

_TIMES = "SELECT id, received_at FROM incidents WHERE id = ANY($1::bigint[])"


class Loader:
    """Stores incidents under their ids, with or without running servers."""

    def __init__(self, settings: Settings, url: str) -> None:
        self._wait_seconds = settings.database_wait_seconds
        opens = connector(
            url,
            name="import",
            wait_seconds=self._wait_seconds,
            session={"synchronous_commit": "on"},
        )
        self._connections = ConnectionPool(opens, 1, self._wait_seconds)
        self._partitions = Partitions(opens, settings.partition_ids, self._wait_seconds)
        self._store = Store(opens, self._partitions)
        self._reserved = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._partitions.close()
        await self._store.close()
        await self._connections.close()

    async def store(self, batch: Batch) -> dict[int, str]:
        """Returns when all are on disk, except for those it returns with a reason, by id.

        Incidents that are stored already, unchanged, stay. Raises Unavailable if PostgreSQL is
        unavailable for too long; then it can be called again with the same batch.
        """
        if (highest := max(id_ for id_, _ in batch)) > self._reserved:
            await self.reserve(highest)
        try:
            await with_retry(lambda: self._store.insert(batch, reserved=False), self._wait_seconds)
        except IdsTaken as taken:
            return dict.fromkeys(taken.ids, "another incident has this id")
        except Refused as refusal:
            return await self._store_apart(batch, refusal)
        return {}

    async def reserve(self, highest: int, *, allowed: int = 0) -> None:
        """Returns when running servers will not use ids up to `highest` any more.

        Ids that they have used keep their incidents. Raises CannotStart, and skips nothing, if
        `highest` is far above the used ids and higher than `allowed`; Unavailable.
        """
        await with_retry(lambda: self._reserve(highest, allowed), self._wait_seconds)
        self._reserved = highest

    async def times(self, ids: Sequence[int]) -> dict[int, datetime]:
        """When those of `ids` that are stored were received."""
        rows = await with_retry(lambda: self._times(ids), self._wait_seconds)
        return {row["id"]: row["received_at"] for row in rows}

    async def _times(self, ids: Sequence[int]) -> list[asyncpg.Record]:
        with driver_errors():
            async with self._connections.leased() as driver:
                return await driver.fetch(_TIMES, ids)

    async def _store_apart(self, batch: Batch, refusal: Refused) -> dict[int, str]:
        if len(batch) == 1:
            return {batch[0][0]: str(refusal)}
        middle = len(batch) // 2
        return await self.store(batch[:middle]) | await self.store(batch[middle:])

    async def _reserve(self, highest: int, allowed: int) -> None:
        with driver_errors():
            async with self._connections.leased() as driver:
                last_id = await driver.fetchval(LAST_ID)
                if highest <= last_id:
                    return
                if highest > max(allowed, last_id + _RAISE_IDS_MAX):
                    raise CannotStart(
                        f"the highest id to import is {highest}, the last one given here is "
                        f"{last_id}: all ids between them would be skipped. Nothing was "
                        f"stored. If that id is right, add --highest-id {highest}"
                    )
                # First the partition of the highest id: otherwise a server would create all
                # partitions below it.
                await self._partitions.cover_each([highest])
                await raise_sequence(driver, highest)
