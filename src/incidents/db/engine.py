"""SQLAlchemy's connections to PostgreSQL, for migrations, and its errors as the program's own."""

from typing import cast

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from incidents.core.errors import StorageError, Unavailable
from incidents.db.driver import Connection, Translating, connector
from incidents.db.refusals import translation


def connect(url: str, *, name: str, wait_seconds: float) -> AsyncEngine:
    """An engine whose transactions are READ COMMITTED, for migrations.

    The arguments are as for `connect_driver`.
    """
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connector(url, name=name, wait_seconds=wait_seconds),
        poolclass=NullPool,
        isolation_level="READ COMMITTED",
    )


async def driver_of(connection: AsyncConnection) -> Connection:
    """The driver's connection behind one of SQLAlchemy's."""
    raw = await connection.get_raw_connection()
    return cast("Connection", raw.driver_connection)


class _Translating(Translating):
    def translation(self, error: BaseException) -> StorageError | None:
        match error:
            case DBAPIError():
                # The driver's message follows the name of its class.
                message = str(error.orig).rpartition(">: ")[2]
                state = getattr(error.orig, "sqlstate", None)
                return translation(state, message, of_rows=self.of_rows)
            case SQLAlchemyError():
                return Unavailable(f"PostgreSQL cannot be reached: {error}")
        return super().translation(error)


def translated() -> Translating:
    """A context manager: as `driver_errors`, of SQLAlchemy's errors, too."""
    return _Translating(of_rows=False)
