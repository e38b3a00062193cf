"""Sorts new incidents into the index of examples, beside the reports and not in their way.

PostgreSQL first puts what is new into a list beside the index (GIN's fastupdate). Every search
reads that list through, and who finds it full sorts it in, while others wait: some tens of
milliseconds for a report in a thousand. So it is sorted in here, all the time and some at a time,
on a connection of its own: that keeps nobody from adding to the list.
https://www.postgresql.org/docs/current/gin.html#GIN-FAST-UPDATE
"""

import asyncio
import logging

import asyncpg

from incidents.core.errors import StorageError
from incidents.db.engine import translated
from incidents.db.pool import ConnectionPool

log = logging.getLogger(__name__)

# So long new incidents stay in the list, at the least: some at a time cost less than each alone.
_PAUSE_SECONDS = 0.1

_SORT_IN = """
    SELECT gin_clean_pending_list(x.indexrelid) FROM pg_index x
    JOIN pg_inherits h ON h.inhrelid = x.indexrelid
    WHERE h.inhparent = to_regclass('incidents_searched_by_section_idx')
        AND x.indrelid IN (SELECT tableoid FROM incidents WHERE id = ANY($1::bigint[]))
"""


class PendingList:
    """The lists of the partitions that are written to. One for each worker."""

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections
        # Two, where what is new goes on in the next partition.
        self._first_id: int | None = None
        self._last_id = 0
        self._work: asyncio.Task[None] | None = None
        self._given_up = False

    def grew(self, first_id: int, last_id: int) -> None:
        """Incidents were stored, from the first id up to the last: soon they are sorted in."""
        if self._first_id is None:
            self._first_id = self._last_id = first_id
        self._first_id = min(self._first_id, first_id)
        self._last_id = max(self._last_id, last_id)
        if self._work is None and not self._given_up:
            self._work = asyncio.create_task(self._sort_in())

    async def close(self) -> None:
        """Returns when nothing is in flight any more; what is left is sorted in some time."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        await self._connections.close()

    async def _sort_in(self) -> None:
        try:
            while self._first_id is not None:
                await asyncio.sleep(_PAUSE_SECONDS)
                ends, self._first_id = [self._first_id, self._last_id], None
                with translated():
                    async with self._connections.leased() as driver:
                        await driver.execute(_SORT_IN, ends)
        except StorageError as error:
            if isinstance(error.__cause__, asyncpg.InsufficientPrivilegeError):
                # The index belongs to another role: then PostgreSQL does it, when it must.
                self._given_up = True
                log.warning("the index's pending list cannot be merged: %s", error)
            else:  # the next report tries again
                log.debug("new incidents were not sorted into the index: %s", error)
        finally:
            self._work = None
