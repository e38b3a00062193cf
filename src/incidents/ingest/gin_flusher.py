"""Merges new incidents into the index in the background, so that reports do not have to.

PostgreSQL first adds new entries to a pending list (GIN's fastupdate). Every search reads that
list, and the report that finds it full merges it, tens of milliseconds for one report in a
thousand. So this merges it all the time, a few entries at a time, on a connection of its own;
reports can add to the list meanwhile.
https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE
"""

import asyncio
import logging

import asyncpg

from incidents.core.errors import StorageError
from incidents.db.driver import driver_errors
from incidents.db.pool import ConnectionPool

log = logging.getLogger(__name__)

# Entries stay in the list for at least this time: merging several together costs less.
_PAUSE_SECONDS = 0.1

_SORT_IN = """
    SELECT gin_clean_pending_list(x.indexrelid) FROM pg_index x
    JOIN pg_inherits h ON h.inhrelid = x.indexrelid
    WHERE h.inhparent = to_regclass('incidents_searched_by_section_idx')
        AND x.indrelid IN (SELECT tableoid FROM incidents WHERE id = ANY($1::bigint[]))
"""


class PendingList:
    """The pending lists of the partitions that are written to. One object for each worker."""

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections
        # Two partitions if the new incidents continue in the next one.
        self._first_id: int | None = None
        self._last_id = 0
        self._work: asyncio.Task[None] | None = None
        self._given_up = False

    def grew(self, first_id: int, last_id: int) -> None:
        """Incidents from the first to the last id were stored: they will be merged soon."""
        if self._first_id is None:
            self._first_id = self._last_id = first_id
        self._first_id = min(self._first_id, first_id)
        self._last_id = max(self._last_id, last_id)
        if self._work is None and not self._given_up:
            self._work = asyncio.create_task(self._sort_in())

    async def close(self) -> None:
        """Returns when no merge is in flight; the rest is merged later."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        await self._connections.close()

    async def _sort_in(self) -> None:
        try:
            while self._first_id is not None:
                await asyncio.sleep(_PAUSE_SECONDS)
                ends, self._first_id = [self._first_id, self._last_id], None
                with driver_errors():
                    async with self._connections.leased() as driver:
                        if driver.backend.has_indexes:
                            await driver.execute(_SORT_IN, ends)
        except StorageError as error:
            if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
                # Another role owns the index: PostgreSQL merges it when the list is full.
                self._given_up = True
                log.warning("the index's pending list cannot be merged: %s", error)
            else:  # the next report starts another attempt
                log.debug("new incidents were not sorted into the index: %s", error)
        finally:
            self._work = None
