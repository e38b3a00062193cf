"""One PostgreSQL that stores all rows. Citus overrides what differs there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from asyncpg import Connection
from asyncpg.transaction import Transaction

from incidents.db.parameters import Parameters
from incidents.db.partition_catalog import PartitionCatalog

Settings = Mapping[str, str]
Block = AbstractAsyncContextManager[None] | Transaction

_GROWN = """
    SELECT key FROM unnest($1::bigint[], $2::bigint[]) AS asked (key, after)
    WHERE EXISTS (SELECT FROM incidents WHERE group_key = key AND id > after)
"""


class Backend:
    """One PostgreSQL. Every connection has a backend (db/driver.py), and no caller asks which."""

    # Whether one statement can take ids from the sequence and insert rows if they are the expected
    # ones.
    predicts_ids = True
    # Whether an INSERT without ON CONFLICT that fails has its SQLSTATE.
    tells_why = True
    # Whether each partition has its indexes here, so that they can be built and merged one by one.
    has_indexes = True
    # Whether pg_locks shows every statement that is storing incidents.
    settles = True
    # Whether any expression over a row can be asked for; else only those that can be pushed down.
    evaluates = True
    # Names the tables for a search.
    catalog: type[PartitionCatalog] = PartitionCatalog
    # Selected together with ids from the sequence, so that they are flushed before their rows are.
    # The order of PostgreSQL's log is enough for that: the reservation itself is not flushed.
    reservation = "set_config('synchronous_commit', 'off', true)"

    def reading(self, _: Connection, __: Settings) -> Block:
        """A block for one statement, with these settings of the session on every machine."""
        return nullcontext()

    def writing(self, _: Connection, __: Settings) -> Block:
        """As `reading`; at its end the statement is committed and flushed on every machine."""
        return nullcontext()

    def transaction(self, driver: Connection, _: Settings) -> Block:
        """As `writing`, for several statements."""
        return driver.transaction()

    async def begin_snapshot(self, driver: Connection) -> None:
        """The following statements see one snapshot, where that is possible."""
        await driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")

    async def recover(self, _: Connection) -> None:
        """Completes commits that were interrupted on some machines."""

    async def wait_by_storing(self, _: Callable[[], Awaitable[int]]) -> int:
        """The number of rows inserted to wait for abandoned statements that may still store."""
        return 0

    def rows_near(self, ids: Sequence[int], width: int, parameters: Parameters) -> str:
        """SQL for FROM: the rows of the `width` ids from each of `ids` on."""
        starts = parameters.add(ids, "bigint[]")
        count = parameters.add(width, "bigint")
        # Because of the LIMIT, the only possible plan is to look up one block after the other.
        return (
            f"unnest({starts}) AS block (start) CROSS JOIN LATERAL (SELECT * FROM incidents "  # noqa: S608
            f"WHERE id >= block.start AND id < block.start + {count} ORDER BY id LIMIT {count}"
            ") AS near WHERE true"
        )

    async def grown(
        self, driver: Connection, groups: Sequence[int], after: Sequence[int]
    ) -> set[int]:
        """The groups that have an incident with an id above `after`, each with its own."""
        rows = await driver.fetch(_GROWN, groups, after)
        return {row["key"] for row in rows}

    async def check_fit(self, driver: Connection) -> None:
        """Raises CannotStart if incidents cannot be stored on all machines."""

    async def has_to_distribute(self, _: Connection) -> bool:
        """Whether the table must still be distributed, at least in part."""
        return False

    async def distribute(self, driver: Connection) -> None:
        """Returns when it is distributed. Reports wait; an interrupted call can be repeated."""

    async def detach(self, driver: Connection, partition: str, _: str) -> None:
        """Detaches a partition. Nobody waits for that longer than the last argument says.

        Raises asyncpg.LockNotAvailableError if the partition is in use.
        """
        # Waits, without a lock, for current readers; new readers do not see the partition.
        await driver.execute(f"ALTER TABLE incidents DETACH PARTITION {partition} CONCURRENTLY")

    async def estimate(self, driver: Connection, partition: str) -> int:
        """The estimated number of rows of a partition; negative if there is no estimate."""
        query = "SELECT reltuples FROM pg_class WHERE oid = $1::text::regclass"
        return int(await driver.fetchval(query, partition))

    async def machines(self, _: Connection) -> tuple[int | None, int]:
        """The number of machines (None: only this one), and the bytes stored on the others."""
        return None, 0

    async def switched_off(self, _: Connection, __: Sequence[str]) -> list[tuple[str, str]]:
        """The other machines on which one of these settings is off, and that setting."""
        return []
