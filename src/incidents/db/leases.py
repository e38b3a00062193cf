"""Connections that writers hold, so that nobody asks SQLAlchemy's pool while a report waits."""

from collections import deque

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from incidents.core.errors import IdsTaken
from incidents.db.engine import translated
from incidents.db.pool import Lease, forget, opened

_GIVEN_UP_MAX = 256
# After these nothing is wrong with the connection.
_HARMLESS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, IdsTaken)


class WriterPool:
    """As many connections of an engine as there are writers at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free: list[Lease] = []
        # PostgreSQL's processes behind the connections that were given up last.
        self.given_up: deque[int] = deque(maxlen=_GIVEN_UP_MAX)

    def one(self) -> "_One":
        """The driver's own connection, for a block in which rows are sent (see `translated`).

        One that an error may have spoilt is not used again.
        """
        return _One(self)

    async def take(self) -> Lease:
        """One that is free, or a new one."""
        return self._free.pop() if self._free else await opened(self._engine)

    async def release(self, lease: Lease, error: BaseException | None) -> None:
        """It is free, unless the error says that it cannot be used any more."""
        if error is None or isinstance(error, _HARMLESS):
            self._free.append(lease)
            return
        self.given_up.append(lease.driver.get_server_pid())
        await forget(lease)

    async def close(self) -> None:
        """Closes those that are free."""
        while self._free:
            await self._free.pop().connection.close()


class _One:
    # A class: every batch takes two, and a generator would cost more.
    __slots__ = ("_held", "_lent")

    def __init__(self, held: WriterPool) -> None:
        self._held = held

    async def __aenter__(self) -> asyncpg.Connection:
        with translated(of_rows=True):
            self._lent = await self._held.take()
        return self._lent.driver

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        with translated(of_rows=True):
            await self._held.release(self._lent, error)
            if error is not None:
                raise error
