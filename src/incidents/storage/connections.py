"""Connections that stay open, and are lent to one reader after another.

SQLAlchemy opens them. To ask its pool for one, each time, takes longer than PostgreSQL takes for
most finds: docs/decisions/0004.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from incidents.errors import Unavailable
from incidents.storage.engine import driver_of, translated


class Lent(NamedTuple):
    """A connection, and the driver's own beneath it."""

    connection: AsyncConnection
    driver: asyncpg.Connection


class Connections:
    """At most `count` connections of an engine, which nobody else uses."""

    def __init__(self, engine: AsyncEngine, count: int, wait_seconds: float) -> None:
        self._engine = engine
        self._places = asyncio.Semaphore(count)
        self._wait_seconds = wait_seconds
        self._free: list[Lent] = []

    async def lend(self) -> Lent:
        """A connection that works, as far as one can see; the caller gives or throws it back.

        Raises Unavailable when none came free in time, or none could be opened.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise Unavailable("no connection to PostgreSQL came free in time") from error
        try:
            while self._free:
                lent = self._free.pop()
                if not lent.driver.is_closed():
                    return lent
                await forget(lent)
            with translated():
                return await opened(self._engine)
        except BaseException:
            self._places.release()
            raise

    async def spare(self) -> Lent | None:
        """As `lend`; None when that would have to wait."""
        return None if self._places.locked() else await self.lend()

    def give_back(self, lent: Lent) -> None:
        """It is as it was, for the next."""
        self._free.append(lent)
        self._places.release()

    async def throw_away(self, lent: Lent) -> None:
        """It is lost, or nobody knows what it does; the next gets a new one."""
        try:
            await forget(lent)
        finally:
            self._places.release()

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[asyncpg.Connection]:
        """A driver's connection for the block; one that an error may have spoilt is thrown away."""
        lent = await self.lend()
        try:
            yield lent.driver
        except asyncpg.QueryCanceledError:  # nothing is wrong with the connection
            self.give_back(lent)
            raise
        except BaseException:
            await self.throw_away(lent)
            raise
        self.give_back(lent)

    async def close(self) -> None:
        """Closes those that nobody has."""
        while self._free:
            await self._free.pop().connection.close()


async def opened(engine: AsyncEngine) -> Lent:
    """A new connection."""
    connection = await engine.connect()
    return Lent(connection, await driver_of(connection))


async def forget(lent: Lent) -> None:
    """Closes one that is lost, or that nobody knows the state of."""
    await lent.connection.invalidate()
    await lent.connection.close()
