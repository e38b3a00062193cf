"""Open connections, leased to one task after another.

asyncpg's own pool takes longer than PostgreSQL needs for most finds: docs/decisions/*-libraries.md.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import NamedTuple

import asyncpg

from incidents.core.errors import IdsTaken, Unavailable
from incidents.db.driver import Connection, Connector, driver_errors
from incidents.db.scheduler import FairScheduler, Slot
from incidents.support.source import SourceQueues, current_source

# PostgreSQL answers a goodbye at once; one that does not is not waited for.
_CLOSE_SECONDS_MAX = 2

_GIVEN_UP_MAX = 256
# What still works on a discarded connection must have ended before anyone can say what came of it.
# (https://www.postgresql.org/docs/current/functions-admin.html)
_END_BACKENDS = """
    SELECT bool_and(pg_terminate_backend(pid, $2)) FROM pg_stat_activity
    WHERE pid = ANY($1::int[]) AND pid <> pg_backend_pid() AND usename = current_user
        AND application_name = current_setting('application_name')
"""
_END_MS_MAX = 1000
# Errors after which a writer's connection can still be used.
_HARMLESS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, IdsTaken)


class Lease(NamedTuple):
    """A connection, and the slot of its holder."""

    driver: Connection
    turn: Slot | None = None

    def end_slot(self) -> None:
        """The next reader may begin."""
        if self.turn is not None:
            self.turn.end()


class ConnectionPool:
    """At most `count` connections.

    Readers begin one after another: the next when the last one is done, or after `turn_seconds`; a
    little later while `is_busy` says that there is other work. Sources take turns: of a source with
    many searches, one at a time waits among those of others.
    """

    def __init__(
        self,
        connector: Connector,
        count: int,
        wait_seconds: float,
        turn_seconds: float = 0,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connector = connector
        self._places = asyncio.Semaphore(count)
        self._turns = FairScheduler(turn_seconds, is_busy)
        self._queues = SourceQueues()
        self._wait_seconds = wait_seconds
        self._free: list[Connection] = []

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
            lease = Lease(await self._one(), turn)
            undo.pop_all()
            return lease

    async def _one(self) -> Connection:
        """A connection for a permit that was taken; the permit is returned if this fails."""
        try:
            while self._free:
                driver = self._free.pop()
                if not driver.is_closed():
                    return driver
            with driver_errors():
                return await self._connector()
        except BaseException:
            self._places.release()
            raise

    def release(self, lease: Lease) -> None:
        """Returns it to the pool."""
        lease.end_slot()
        self._free.append(lease.driver)
        self._places.release()

    def discard(self, lease: Lease) -> None:
        """Closes a connection that is lost or in an unknown state."""
        lease.end_slot()
        lease.driver.terminate()
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
            self.discard(lease)
            raise
        self.release(lease)

    async def close(self) -> None:
        """Closes the free connections."""
        while self._free:
            await _close(self._free.pop())


class WriterPool:
    """As many connections as there are concurrent writers."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._free: list[Connection] = []
        # The process ids of PostgreSQL behind the connections that were discarded last.
        self._given_up: deque[int] = deque(maxlen=_GIVEN_UP_MAX)

    def one(self) -> "_One":
        """The driver's connection, for a block that sends rows (see `driver_errors`).

        After an error that may have broken it, the connection is not used again.
        """
        return _One(self)

    async def take(self) -> Connection:
        """A free connection, or a new one."""
        return self._free.pop() if self._free else await self._connector()

    def release(self, driver: Connection, error: BaseException | None) -> None:
        """Makes it free again, unless the error means that it is broken."""
        if error is None or isinstance(error, _HARMLESS):
            self._free.append(driver)
            return
        self._given_up.append(driver.get_server_pid())
        driver.terminate()

    async def end_discarded(self, driver: Connection) -> None:
        """Returns when nothing goes on of what was sent on connections that were discarded.

        Raises Unavailable if something does.
        """
        if await driver.fetchval(_END_BACKENDS, list(self._given_up), _END_MS_MAX) is False:
            raise Unavailable("PostgreSQL still works on abandoned statements")

    async def close(self) -> None:
        """Closes the free connections."""
        while self._free:
            await _close(self._free.pop())


class _One:
    # A class instead of a generator, which would cost more: every batch takes two.
    __slots__ = ("_driver", "_pool")

    def __init__(self, pool: WriterPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> Connection:
        with driver_errors(of_rows=True):
            self._driver = await self._pool.take()
        return self._driver

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._pool.release(self._driver, error)
        if error is not None:
            with driver_errors(of_rows=True):
                raise error


async def _close(driver: Connection) -> None:
    try:
        await driver.close(timeout=_CLOSE_SECONDS_MAX)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # TimeoutError is an OSError
        driver.terminate()
