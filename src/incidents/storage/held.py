"""Connections that writers hold, so that nobody asks SQLAlchemy's pool while a report waits."""

from collections import deque

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from incidents.errors import IdsTaken
from incidents.storage.engine import driver_of, translated

_GIVEN_UP_MAX = 256
# After these nothing is wrong with the connection.
_HARMLESS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, IdsTaken)


class Held:
    """As many connections of an engine as there are writers at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free: list[tuple[AsyncConnection, asyncpg.Connection]] = []
        # PostgreSQL's processes behind the connections that were given up last.
        self.given_up: deque[int] = deque(maxlen=_GIVEN_UP_MAX)

    def one(self) -> "_One":
        """The driver's own connection, for a block in which rows are sent (see `translated`).

        One that an error may have spoilt is not used again.
        """
        return _One(self)

    async def take(self) -> tuple[AsyncConnection, asyncpg.Connection]:
        """One that is free, or a new one."""
        if self._free:
            return self._free.pop()
        connection = await self._engine.connect()
        return connection, await driver_of(connection)

    async def give_back(
        self, connection: AsyncConnection, driver: asyncpg.Connection, error: BaseException | None
    ) -> None:
        """It is free, unless the error says that it cannot be used any more."""
        if error is None or isinstance(error, _HARMLESS):
            self._free.append((connection, driver))
            return
        self.given_up.append(driver.get_server_pid())
        await connection.invalidate()
        await connection.close()

    async def close(self) -> None:
        """Closes those that are free."""
        while self._free:
            connection, _ = self._free.pop()
            await connection.close()


class _One:
    # A class: every batch takes two, and a generator would cost more.
    __slots__ = ("_connection", "_driver", "_held")

    def __init__(self, held: Held) -> None:
        self._held = held

    async def __aenter__(self) -> asyncpg.Connection:
        with translated(of_rows=True):
            self._connection, self._driver = await self._held.take()
        return self._driver

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        with translated(of_rows=True):
            await self._held.give_back(self._connection, self._driver, error)
            if error is not None:
                raise error
