"""Which revision a database has, and which one this program needs."""

import asyncpg

from incidents.core.errors import NotMigrated
from incidents.db.driver import check_sessions, connect_driver, driver_errors

# The newest revision under migrations/versions; a test compares them.
HEAD = "0027"
BASE = "base"
ONE_BACK = "-1"

# Another program in the same database may have an alembic_version of its own.
VERSION_TABLE = "incidents_alembic_version"


async def is_ready(url: str, wait_seconds: float) -> bool:
    """Whether the database at `url` has the needed revision. Raises StorageError."""
    with driver_errors():
        connection = await connect_driver(url, name="revision", wait_seconds=wait_seconds)
        try:
            await check_sessions(connection, url, wait_seconds)
            if await current_revision(connection) != HEAD:
                return False
            return not await connection.backend.has_to_distribute(connection)
        finally:
            await connection.close()


async def revision_of(url: str, wait_seconds: float) -> str | None:
    """The revision of the database at `url`. Raises StorageError."""
    with driver_errors():
        connection = await connect_driver(url, name="revision", wait_seconds=wait_seconds)
        try:
            return await current_revision(connection)
        finally:
            await connection.close()


async def current_revision(connection: asyncpg.Connection) -> str | None:
    """The revision of the database; None if it was never migrated."""
    if await connection.fetchval("SELECT to_regclass($1)", VERSION_TABLE) is None:
        return None
    query = f"SELECT version_num FROM {VERSION_TABLE}"  # noqa: S608 - a constant
    revision: str | None = await connection.fetchval(query)
    return revision


def check_revision(revision: str | None) -> None:
    """Returns if it is the needed revision. Raises NotMigrated."""
    if revision != HEAD:
        raise NotMigrated(
            f"the database is at revision {revision}, this program needs {HEAD}: "
            "run `incidents migrate`"
        )
