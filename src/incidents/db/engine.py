"""SQLAlchemy's connections to PostgreSQL, and its errors as the program's own."""

from typing import cast

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from incidents.core.errors import StorageError, Unavailable
from incidents.db.driver import Connection, Translating, connect_driver
from incidents.db.refusals import translation


def connect(
    url: str,
    *,
    name: str,
    connections: int,
    wait_seconds: float,
    isolation: str = "AUTOCOMMIT",
    session: dict[str, str] | None = None,
) -> AsyncEngine:
    """An engine of at most `connections` connections, each opened when it is first needed.

    `name` and `session` are as for `connect_driver`; `isolation` is the level of its transactions.
    Waiting for a connection ends after `wait_seconds`.
    """

    async def open_connection() -> asyncpg.Connection:
        return await connect_driver(url, name=name, wait_seconds=wait_seconds, session=session)

    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=open_connection,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=wait_seconds,
        isolation_level=isolation,
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
            case PoolTimeout():
                return Unavailable("no connection to PostgreSQL became free in time")
            case SQLAlchemyError():
                return Unavailable(f"PostgreSQL cannot be reached: {error}")
        return super().translation(error)


_OF_QUERIES, _OF_ROWS = _Translating(of_rows=False), _Translating(of_rows=True)


def translated(*, of_rows: bool = False) -> Translating:
    """Raises errors of SQLAlchemy, the driver and PostgreSQL as StorageError.

    `of_rows` is as for `driver_errors`.
    """
    return _OF_ROWS if of_rows else _OF_QUERIES
