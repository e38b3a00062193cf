"""Periodic jobs, each run by one process at a time."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import asyncpg

from incidents.core.errors import StorageError
from incidents.db.driver import Connection, connect_driver, driver_errors
from incidents.support.metrics.kinds import Gauge

# Statements that could block others stop waiting for their lock after this time; the next pass
# repeats them.
LOCK_WAIT = "50ms"

log = logging.getLogger(__name__)


class PeriodicJob:
    """Runs every `every_seconds` from `open` to `close`. `failed` is called with a StorageError."""

    def __init__(
        self,
        do: Callable[[], Awaitable[object]],
        *,
        every_seconds: float,
        failed: Callable[[StorageError], None],
    ) -> None:
        self._do = do
        self._every_seconds = every_seconds
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts the job."""
        self._task = asyncio.create_task(self._again_and_again())

    async def close(self) -> None:
        """Returns when the job has stopped; another process continues with the rest."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _again_and_again(self) -> None:
        while True:
            try:
                await self._do()
            except StorageError as error:
                self._failed(error)
            await asyncio.sleep(self._every_seconds)


@asynccontextmanager
async def advisory_lock(
    url: str, *, name: str, key: int, wait_seconds: float, session: dict[str, str]
) -> AsyncGenerator[Connection | None]:
    """A connection that holds the lock `key`; None if another process holds it.

    `name` shows in pg_stat_activity. Raises StorageError.
    """
    with driver_errors():
        connection = await connect_driver(
            url, name=name, wait_seconds=wait_seconds, session=session
        )
        try:
            # Held until the connection ends, however that happens.
            is_alone = await connection.fetchval("SELECT pg_try_advisory_lock($1)", key)
            yield connection if is_alone else None
        finally:
            await connection.close(timeout=wait_seconds)


class LockedJob(ABC):
    """Looks every `every_seconds`, from `open` to `close`, in one process at a time.

    `failure` says in the log what did not work. `gauges` are 0 where another process does the work.
    The other arguments are those of `advisory_lock`.
    """

    def __init__(
        self,
        url: str,
        wait_seconds: float,
        *,
        name: str,
        key: int,
        every_seconds: float,
        session: dict[str, str],
        failure: str,
        gauges: Sequence[Gauge] = (),
    ) -> None:
        self._alone = partial(
            advisory_lock, url, name=name, key=key, wait_seconds=wait_seconds, session=session
        )
        self._failure = failure
        self._gauges = gauges
        self._job = PeriodicJob(self.look, every_seconds=every_seconds, failed=self._tell)

    def open(self) -> None:
        """Begins to look."""
        self._job.open()

    async def close(self) -> None:
        """Returns when nothing is in flight any more; another process continues."""
        await self._job.close()

    async def look(self) -> bool:
        """True when what there was to do is done; False if another process does it.

        Raises StorageError.
        """
        async with self._alone() as connection:
            if connection is not None:
                await self._work(connection)
                return True
            for gauge in self._gauges:
                gauge.set(0)
            return False

    @abstractmethod
    async def _work(self, connection: Connection) -> None:
        """Does what there is to do."""

    def _tell(self, error: StorageError) -> None:
        log.warning("%s; it will be retried: %s", self._failure, error)


@asynccontextmanager
async def with_lock_timeout(connection: asyncpg.Connection, what: str) -> AsyncGenerator[None]:
    """Runs the block with a short lock timeout; on timeout, logs `what` was deferred."""
    await connection.execute(f"SET lock_timeout = '{LOCK_WAIT}'")
    try:
        yield
    except asyncpg.LockNotAvailableError:
        log.info("%s: the table is in use; it will be retried", what)
    finally:
        await connection.execute("SET lock_timeout = 0")
