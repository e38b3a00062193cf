"""Connections reserved for writers, so that no report waits for SQLAlchemy's pool."""

from collections import deque

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from incidents.core.errors import IdsTaken
from incidents.db.driver import Connection
from incidents.db.engine import translated
from incidents.db.pool import Lease, forget, opened

_GIVEN_UP_MAX = 256
# Errors after which the connection can still be used.
_HARMLESS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, IdsTaken)


class WriterPool:
    """As many connections of an engine as there are concurrent writers."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free: list[Lease] = []
        # The process ids of PostgreSQL behind the connections that were discarded last.
        self.given_up: deque[int] = deque(maxlen=_GIVEN_UP_MAX)

    def one(self) -> "_One":
        """The driver's connection, for a block that sends rows (see `translated`).

        After an error that may have broken it, the connection is not used again.
        """
        return _One(self)

    async def take(self) -> Lease:
        """A free connection, or a new one."""
        return self._free.pop() if self._free else await opened(self._engine)

    async def release(self, lease: Lease, error: BaseException | None) -> None:
        """Makes it free again, unless the error means that it is broken."""
        if error is None or isinstance(error, _HARMLESS):
            self._free.append(lease)
            return
        self.given_up.append(lease.driver.get_server_pid())
        await forget(lease)

    async def close(self) -> None:
        """Closes the free connections."""
        while self._free:
            await self._free.pop().connection.close()


class _One:
    # A class instead of a generator, which would cost more: every batch takes two.
    __slots__ = ("_held", "_lent")

    def __init__(self, held: WriterPool) -> None:
        self._held = held

    async def __aenter__(self) -> Connection:
        with translated(of_rows=True):
            self._lent = await self._held.take()
        return self._lent.driver

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        with translated(of_rows=True):
            await self._held.release(self._lent, error)
            if error is not None:
                raise error
