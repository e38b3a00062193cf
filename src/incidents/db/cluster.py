"""Citus: the table spread over the machines of a cluster, and what holds otherwise there.

The program speaks to the coordinator alone, which sends each statement on to the machines that
hold the shards. What is set in a session stays with the coordinator, and what is committed is
committed on each machine by itself, in two phases. (https://docs.citusdata.com/)
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import asyncpg

from incidents.core.errors import CannotStart, Unavailable

# Whether the extension was created in this database; it costs a look into a cache.
PRESENT = "to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL"

# Not citus_is_coordinator(): that one wants a machine added first.
_IS_COORDINATOR = "SELECT groupid = 0 FROM pg_dist_local_group"
_IS_DISTRIBUTED = (
    "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass('incidents'))"
)
_HAS_MACHINES = (
    "SELECT EXISTS (SELECT FROM pg_dist_node "
    "WHERE isactive AND shouldhaveshards AND noderole = 'primary')"
)
_RECOVER = "SELECT recover_prepared_transactions()"
_MAY_RECOVER = (
    "SELECT has_function_privilege('pg_catalog.recover_prepared_transactions()', 'EXECUTE')"
)

# Shards lie where their ids' hashes put them; what was in the table before is copied there.
_DISTRIBUTE = "SELECT create_distributed_table('incidents', 'id')"
_LEFT = """
    SELECT bool_or(pg_relation_size(inhrelid) > 0) FROM pg_inherits
    WHERE inhparent = 'incidents'::regclass
"""
_CLEAR = "SELECT truncate_local_data_after_distributing_table('incidents')"


async def is_clustered(driver: asyncpg.Connection) -> bool:
    """Whether Citus was created in this database."""
    return bool(await driver.fetchval(f"SELECT {PRESENT}"))


async def has_to_distribute(driver: asyncpg.Connection) -> bool:
    """Whether Citus is there, and the table is not spread yet, or not wholly."""
    if not await is_clustered(driver):
        return False
    return not await driver.fetchval(_IS_DISTRIBUTED) or bool(await driver.fetchval(_LEFT))


async def check_fit(driver: asyncpg.Connection) -> None:
    """Returns when there is no cluster, or one that is fit for it. Raises CannotStart."""
    if not await is_clustered(driver):
        return
    if not await driver.fetchval(_IS_COORDINATOR):
        raise CannotStart(
            "this is a worker of a Citus cluster: give the database URL of its coordinator"
        )
    if not await driver.fetchval(_HAS_MACHINES):
        raise CannotStart(
            "Citus has no machine for the incidents yet: add its workers first, each with "
            "SELECT citus_add_node('name', 5432)"
        )
    if not await driver.fetchval(_MAY_RECOVER):
        raise CannotStart(
            "commits that a lost worker left half done must be ended: as a superuser, GRANT "
            f"EXECUTE ON FUNCTION recover_prepared_transactions() TO {await _user(driver)}"
        )


async def _user(driver: asyncpg.Connection) -> str:
    return str(await driver.fetchval("SELECT quote_ident(current_user)"))


async def distribute(driver: asyncpg.Connection) -> None:
    """Returns when the table is spread over the machines; at once where there is no cluster.

    Incidents that are there already are moved. Meanwhile reports wait. When it is interrupted
    it can be called again.
    """
    if not await has_to_distribute(driver):
        return
    if not await driver.fetchval(_IS_DISTRIBUTED):
        await driver.execute(_DISTRIBUTE)
    await driver.execute(_CLEAR)


@asynccontextmanager
async def everywhere(
    driver: asyncpg.Connection, settings: Mapping[str, str]
) -> AsyncGenerator[None]:
    """A transaction whose settings hold on every machine.

    It is rolled back when PostgreSQL refuses something in it; after any other error the
    connection is left in it.
    """
    *sets, last = [f"SET LOCAL {name} = '{value}'" for name, value in settings.items()]
    await driver.execute("BEGIN")
    # Once it is told to, Citus passes on the whole text that a SET stands in: here, at the last.
    # Nothing else may stand there.
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


@asynccontextmanager
async def committed_everywhere(
    driver: asyncpg.Connection, settings: Mapping[str, str]
) -> AsyncGenerator[None]:
    """As `everywhere`; returns when what is done inside is on disk, and seen, on every machine.

    When a machine is lost between the two phases of a commit Citus says so in a warning, and ends
    the commit on that machine later. Then this ends it now, as far as it can, and raises
    Unavailable: what was done is to be done again, and will be found done.
    """
    warnings: list[str] = []

    def heard(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if message.severity_en == "WARNING":
            warnings.append(message.message)

    try:
        async with everywhere(driver, {**settings, "client_min_messages": "warning"}):
            yield
            driver.add_log_listener(heard)  # from here on: the commit
    finally:
        driver.remove_log_listener(heard)
    if warnings:
        await recover(driver)
        raise Unavailable(f"PostgreSQL: {warnings[0]}")


async def recover(driver: asyncpg.Connection) -> None:
    """Ends what commits left half done on machines that were lost, and are there again."""
    await driver.execute(_RECOVER)
