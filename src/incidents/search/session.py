"""A connection that reads, and what each of its statements is given."""

from contextlib import suppress

import asyncpg

from incidents.core.errors import StorageError
from incidents.db.driver import driver_errors, in_time
from incidents.db.names import ID_SEQUENCE
from incidents.db.partition_catalog import PartitionCatalog
from incidents.db.partitions import list_partitions
from incidents.db.pool import ConnectionPool, Lease

# Without these two PostgreSQL would walk through the primary key, or through the table, where
# it guesses that matches are common: fast when it is right, a walk through everything when not.
# A bitmap of an index costs what it is worth, and bitmaps of two indexes can be met.
SESSION = {
    "enable_indexscan": "off",
    "enable_seqscan": "off",
    # A row that is looked at is parsed, and may be large: whatever leads to fewer rows is cheaper,
    # also a read of the whole list of new entries that GIN keeps beside its index. (Not so much
    # that PostgreSQL, to which costs are the same within 1 %, sees no other difference.)
    "cpu_tuple_cost": "100",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # What names its partitions has one plan, whatever is asked; see db/partition_catalog.py.
    "plan_cache_mode": "force_generic_plan",
}

# PostgreSQL ends a query itself; this is for one that has fallen silent.
MARGIN_SECONDS = 5

_TIMEOUT = "set_config('statement_timeout', $1, false)"
# A partition that comes or goes changes it: none has the number of another.
_STATE = """(
    SELECT count(*) || ' ' || coalesce(sum(inhrelid::bigint), 0) FROM pg_inherits
    WHERE inhparent = 'incidents'::regclass AND NOT inhdetachpending
)"""
_OPEN = f"""
    SELECT last_value + 1, {_STATE}, {_TIMEOUT} FROM {ID_SEQUENCE}
"""  # noqa: S608 - constants
# Whoever has the connection next may leave the limit as it is, if it is no less.
_LEFT_SECONDS_MIN = 1.0
# A limit is said a little shorter than it may be, so that it holds for the next statements, too,
# which have a little less time; and it holds while it is no less than this part of what it may be.
_SAID_PART = 0.95
_HOLDS_PART = 0.45
# A limit of a millisecond also ends the statement that says another, where the machine is busy.
_TRIES = 10


class Session:
    """A connection that reads; every incident there was when it was opened is below `end`.

    `catalog` has the partitions that there were then, or is from before.
    """

    def __init__(
        self, connections: ConnectionPool, lease: Lease, catalog: PartitionCatalog
    ) -> None:
        self._connections = connections
        self._lent = lease
        self.driver = lease.driver
        self._seconds = 0.0
        self.copying = False
        self.catalog = catalog
        self.end = 0

    async def open(self, seconds: float, *, snapshot: bool) -> None:
        """Returns when `end` is known; with `snapshot`, from here on nothing changes.

        `seconds` is about what statements will be given: to say so later is a round trip, which
        what is given next to nothing costs. This is not to run out of time itself.
        """
        seconds = max(seconds, _LEFT_SECONDS_MIN / _SAID_PART)
        with driver_errors():
            row = await self.driver.fetchrow(_OPEN, self._said(seconds))
            assert row is not None
            self.end, state, _ = row
            if state != self.catalog.state:
                catalog = self.driver.backend.catalog
                self.catalog = catalog(state, await list_partitions(self.driver))
            if snapshot:
                await self.driver.backend.begin_snapshot(self.driver)

    async def aclose(self) -> None:
        """Gives the connection back; one that was lost, or is not done, is forgotten."""
        with suppress(StorageError), driver_errors():
            try:
                is_as_found = not self.copying and not self.driver.is_closed()
                if is_as_found:
                    await self._leave_as_found()
            except BaseException:
                self._connections.discard(self._lent)
                raise
            if is_as_found:
                self._connections.release(self._lent)
            else:
                self._connections.discard(self._lent)

    async def _leave_as_found(self) -> None:
        if self.driver.is_in_transaction():
            await in_time(self.driver.execute("ROLLBACK"), MARGIN_SECONDS)
        if self._seconds < _LEFT_SECONDS_MIN:
            await in_time(self.driver.execute("RESET statement_timeout"), MARGIN_SECONDS)

    async def rows(self, query: str, *values: object, seconds: float) -> list[asyncpg.Record]:
        """What PostgreSQL answers. Raises OutOfTime when it takes longer than `seconds`."""
        silent_after = max(0, seconds) + MARGIN_SECONDS
        with driver_errors():
            await self.limit(seconds)
            async with self.driver.backend.reading(self.driver, SESSION):
                return await in_time(self.driver.fetch(query, *values), silent_after)

    async def limit(self, seconds: float) -> None:
        """Statements take at most `seconds`, or no less than about half of them.

        It is said anew only when it matters.
        """
        if seconds * _HOLDS_PART <= self._seconds <= seconds:
            return
        said = self._said(seconds)
        for _ in range(_TRIES - 1):
            with suppress(asyncpg.QueryCanceledError):
                await self.driver.fetchval(f"SELECT {_TIMEOUT}", said)
                return
        await self.driver.fetchval(f"SELECT {_TIMEOUT}", said)

    def _said(self, seconds: float) -> str:
        """The limit as it is said to PostgreSQL, which then has it."""
        self._seconds = seconds * _SAID_PART
        return f"{max(1, round(self._seconds * 1000))}ms"
