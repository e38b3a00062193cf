"""Citus: the table is distributed over several machines.

The program connects to the coordinator only, which forwards each statement to the machines that
have the shards. Settings of a session stay on the coordinator. A commit is one commit for each
machine, in two phases. (https://docs.citusdata.com/)
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from asyncpg import Connection

from incidents.core.errors import CannotStart, Unavailable
from incidents.db.backend.backend import Backend, Block, Settings
from incidents.db.condition import Window
from incidents.db.parameters import Parameters
from incidents.db.partition_catalog import TABLE, Part, PartitionCatalog, growing

# Whether the extension exists in this database: a lookup in a cache.
PRESENT = "to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL"

# Not citus_is_coordinator(), which requires that a machine was added.
_IS_COORDINATOR = "SELECT groupid = 0 FROM pg_dist_local_group"
_IS_DISTRIBUTED = "SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('incidents')"
_STORING = "SELECT FROM pg_dist_node WHERE isactive AND shouldhaveshards AND noderole = 'primary'"
_RECOVER = "SELECT recover_prepared_transactions()"
_MAY_RECOVER = "SELECT has_function_privilege('recover_prepared_transactions()', 'EXECUTE')"

# The hash of the id decides on the shard. Existing rows are copied.
_DISTRIBUTE = "SELECT create_distributed_table('incidents', 'id')"
_LEFT = """
    SELECT bool_or(pg_relation_size(inhrelid) > 0) FROM pg_inherits
    WHERE inhparent = 'incidents'::regclass
"""
_CLEAR = "SELECT truncate_local_data_after_distributing_table('incidents')"
# Functions that were made before the extension was in the database. Later ones are sent with their
# CREATE, and to machines that are added.
_UNSENT = r"""
    SELECT oid::regprocedure::text AS name FROM pg_proc
    WHERE proname LIKE 'incidents\_%' AND pronamespace = current_schema()::regnamespace
        AND NOT EXISTS (
            SELECT FROM pg_dist_object WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid
        )
"""
_SEND = "SELECT create_distributed_function($1::text::regprocedure)"

_MACHINES = """
    SELECT count(*) FILTER (WHERE shouldhaveshards) AS machines,
           coalesce((SELECT sum(result::bigint)::bigint FROM run_command_on_workers(
               'SELECT pg_database_size(current_database())'
           )), 0) AS bytes
    FROM pg_dist_node WHERE isactive AND noderole = 'primary'
"""
_ESTIMATE = """
    SELECT CASE WHEN bool_and(result::bigint >= 0) THEN sum(result::bigint) ELSE -1 END
    FROM run_command_on_shards(
        $1::text::regclass, $$SELECT reltuples::bigint FROM pg_class WHERE oid = '%s'::regclass$$
    )
"""
_SWITCHED_OFF = """
    SELECT nodename || ':' || nodeport AS machine, unnest(string_to_array(result, ' ')) AS name
    FROM run_command_on_workers(format($$
        SELECT string_agg(name, ' ') FROM pg_settings
        WHERE setting = 'off' AND name = ANY(%L::text[])
    $$, $1::text[]))
    WHERE success
"""

_HAS_GROWN = "SELECT true FROM incidents WHERE group_key = $1 AND id > $2 LIMIT 1"


class WholeTable(PartitionCatalog):
    """Queries name the table: all machines search a window at once."""

    def parts(self, window: Window) -> list[Part]:
        """The window."""
        return [Part(TABLE, *window)]

    def queries(self, window: Window) -> Iterator[list[Part]]:
        """Pieces of the window, each much wider than the one before."""
        return ([each] for each in growing(window))

    def tables_of(self, _: Iterable[int]) -> Iterator[list[str]]:
        """The table."""
        return iter([[TABLE]])


class Citus(Backend):
    """The coordinator of a Citus."""

    predicts_ids = False
    # It copies the rows to the machines; an error of COPY arrives with the SQLSTATE XX000.
    tells_why = False
    has_indexes = False
    settles = False
    evaluates = False
    catalog = WholeTable
    # Rows are in the logs of other machines, so the reservation itself is flushed. The message is
    # needed because PostgreSQL logs a sequence ahead, and then does not flush.
    reservation = "pg_logical_emit_message(true, 'incidents', '')::text"

    def reading(self, driver: Connection, settings: Settings) -> Block:
        """A transaction. Every query is planned: a generic plan would contain all partitions."""
        return _transaction(driver, {**settings, "plan_cache_mode": "force_custom_plan"})

    def writing(self, driver: Connection, settings: Settings) -> Block:
        """A transaction."""
        return self.transaction(driver, settings)

    @asynccontextmanager
    async def transaction(self, driver: Connection, settings: Settings) -> AsyncGenerator[None]:
        """Ends when the transaction is on disk, and visible, on every machine.

        If a machine is lost between the two phases of a commit, Citus warns, and completes the
        commit on that machine later. Then this completes it now, if possible, and raises
        Unavailable: the caller repeats the transaction, and finds it done.
        """
        warnings: list[str] = []

        def heard(_: object, message: asyncpg.PostgresLogMessage) -> None:
            if message.severity_en == "WARNING":
                warnings.append(message.message)

        try:
            async with _transaction(driver, {**settings, "client_min_messages": "warning"}):
                yield
                driver.add_log_listener(heard)  # from here on, during the commit
        finally:
            driver.remove_log_listener(heard)
        if warnings:
            await self.recover(driver)
            raise Unavailable(f"PostgreSQL: {warnings[0]}")

    async def begin_snapshot(self, _: Connection) -> None:
        """Does nothing: each machine has its own snapshots, so each statement has a new one."""

    async def recover(self, driver: Connection) -> None:
        """On the machines that can be reached."""
        await driver.execute(_RECOVER)

    async def wait_by_storing(self, store: Callable[[], Awaitable[int]]) -> int:
        """Inserts the same ids, which waits for statements that still run on other machines."""
        return await store()

    def rows_near(self, ids: Sequence[int], width: int, parameters: Parameters) -> str:
        """All rows. Citus cannot join blocks to a distributed table, so the ids are listed."""
        near = sorted({id_ for start in ids for id_ in range(start, start + width)})
        return f"incidents WHERE id = ANY({parameters.add(near, 'bigint[]')})"

    async def grown(
        self, driver: Connection, groups: Sequence[int], after: Sequence[int]
    ) -> set[int]:
        """One question for each, as Citus does not join a list to a distributed table."""
        asked = zip(groups, after, strict=True)
        return {group for group, id_ in asked if await driver.fetchval(_HAS_GROWN, group, id_)}

    async def check_fit(self, driver: Connection) -> None:
        """Raises CannotStart, with what the operator has to do."""
        if not await driver.fetchval(_IS_COORDINATOR):
            raise CannotStart(
                "this is a worker of a Citus cluster: give the database URL of its coordinator"
            )
        if not await driver.fetch(_STORING):
            raise CannotStart(
                "Citus has no machine for the incidents yet: add its workers first, each with "
                "SELECT citus_add_node('name', 5432)"
            )
        if not await driver.fetchval(_MAY_RECOVER):
            user = await driver.fetchval("SELECT quote_ident(current_user)")
            raise CannotStart(
                "commits that a lost worker left half done must be ended: as a superuser, GRANT "
                f"EXECUTE ON FUNCTION recover_prepared_transactions() TO {user}"
            )

    async def has_to_distribute(self, driver: Connection) -> bool:
        """Also if the coordinator still has rows from before, or alone has a function."""
        return (
            not await driver.fetch(_IS_DISTRIBUTED)
            or bool(await driver.fetchval(_LEFT))
            or bool(await driver.fetch(_UNSENT))
        )

    async def distribute(self, driver: Connection) -> None:
        """Moves existing incidents."""
        if unsent := await driver.fetch(_UNSENT):
            # Some are of tables that the machines do not have.
            async with _transaction(driver, {"check_function_bodies": "off"}):
                for row in unsent:
                    await driver.execute(_SEND, row["name"])
        if not await driver.fetch(_IS_DISTRIBUTED):
            await driver.execute(_DISTRIBUTE)
        if await driver.fetchval(_LEFT):
            await driver.execute(_CLEAR)

    async def detach(self, driver: Connection, partition: str, lock_wait: str) -> None:
        """Citus can only detach with a lock for which everybody waits."""
        async with _transaction(driver, {"lock_timeout": lock_wait}):
            await driver.execute(f"ALTER TABLE incidents DETACH PARTITION {partition}")

    async def estimate(self, driver: Connection, partition: str) -> int:
        """The sum over its shards."""
        return int(await driver.fetchval(_ESTIMATE, partition))

    async def machines(self, driver: Connection) -> tuple[int | None, int]:
        """The machines that have shards; the bytes of all but the coordinator."""
        ((machines, bytes_),) = await driver.fetch(_MACHINES)
        return machines, bytes_

    async def switched_off(self, driver: Connection, names: Sequence[str]) -> list[tuple[str, str]]:
        """All of them, because each has a part of the data."""
        return [(row[0], row[1]) for row in await driver.fetch(_SWITCHED_OFF, names)]


@asynccontextmanager
async def _transaction(driver: Connection, settings: Settings) -> AsyncGenerator[None]:
    """A transaction with these settings on every machine.

    An error of PostgreSQL rolls it back. After another error it stays open.
    """
    *sets, last = [f"SET LOCAL {name} = '{value}'" for name, value in settings.items()]
    await driver.execute("BEGIN")
    # From propagate_set_commands on, Citus forwards the text of a whole command with SET to the
    # machines. So the command may contain nothing else.
    await driver.execute(
        "; ".join([*sets, "SET LOCAL citus.propagate_set_commands = 'local'", last])
    )
    try:
        yield
    except asyncpg.PostgresError:
        if not driver.is_closed():
            await driver.execute("ROLLBACK")
        raise
    await driver.execute("COMMIT")
