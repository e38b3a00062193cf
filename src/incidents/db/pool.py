"""Open connections, leased to one reader after another.

SQLAlchemy opens them. Asking its pool each time takes longer than PostgreSQL needs for most finds:
docs/decisions/*-libraries.md.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import NamedTuple

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from incidents.core.errors import Unavailable
from incidents.db.driver import Connection
from incidents.db.engine import driver_of, translated
from incidents.db.scheduler import FairScheduler, Slot
from incidents.support.source import SourceQueues, current_source


class Lease(NamedTuple):
    """A connection, the driver's connection behind it, and the slot of its holder."""

    connection: AsyncConnection
    driver: Connection
    turn: Slot | None = None

    def end_slot(self) -> None:
        """The next reader may begin."""
        if self.turn is not None:
            self.turn.end()


class ConnectionPool:
    """At most `count` connections of an engine, for this pool alone.

    Readers begin one after another: the next when the last one is done, or after `turn_seconds`; a
    little later while `is_busy` says that there is other work. Sources take turns: of a source with
    many searches, one at a time waits among those of others.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        count: int,
        wait_seconds: float,
        turn_seconds: float = 0,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engine = engine
        self._places = asyncio.Semaphore(count)
        self._turns = FairScheduler(turn_seconds, is_busy)
        self._queues = SourceQueues()
        self._wait_seconds = wait_seconds
        self._free: list[Lease] = []

    async def acquire(self) -> Lease:
        """A connection that works as far as can be seen; release or discard it afterwards.

        Raises Unavailable if none becomes free in time, or none can be opened.
        """
        with ExitStack() as undo:
            try:
                async with (
                    asyncio.timeout(self._wait_seconds),
                    self._queues.of(current_source()),
                ):
                    turn = await self._turns.begin()
                    undo.callback(turn.end)
                    await self._places.acquire()
            except TimeoutError as error:
                raise Unavailable("no connection to PostgreSQL became free in time") from error
            lease = (await self._one())._replace(turn=turn)
            undo.pop_all()
            return lease

    async def _one(self) -> Lease:
        """A connection for a permit that was taken; the permit is returned if this fails."""
        try:
            while self._free:
                lease = self._free.pop()
                if not lease.driver.is_closed():
                    return lease
                await forget(lease)
            with translated():
                return await opened(self._engine)
        except BaseException:
            self._places.release()
            raise

    def release(self, lease: Lease) -> None:
        """Returns it to the pool."""
        lease.end_slot()
        self._free.append(lease._replace(turn=None))
        self._places.release()

    async def discard(self, lease: Lease) -> None:
        """Closes a connection that is lost or in an unknown state."""
        lease.end_slot()
        try:
            await forget(lease)
        finally:
            self._places.release()

    @asynccontextmanager
    async def leased(self) -> AsyncGenerator[Connection]:
        """The driver's connection for a block, discarded if an error may have broken it."""
        lease = await self.acquire()
        try:
            yield lease.driver
        except asyncpg.QueryCanceledError:  # the connection can still be used
            self.release(lease)
            raise
        except BaseException:
            await self.discard(lease)
            raise
        self.release(lease)

    async def close(self) -> None:
        """Closes the free connections."""
        while self._free:
            await self._free.pop().connection.close()


async def opened(engine: AsyncEngine) -> Lease:
    """A new connection."""
    connection = await engine.connect()
    return Lease(connection, await driver_of(connection))


async def forget(lease: Lease) -> None:
    """Closes a connection that is lost or in an unknown state."""
    await lease.connection.invalidate()
    await lease.connection.close()
