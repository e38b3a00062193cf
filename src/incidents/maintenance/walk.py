"""Reads all incidents, the oldest first."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import asyncpg

from incidents.core.errors import Damaged, StorageError, Unavailable
from incidents.core.incident import StoredIncident
from incidents.core.query.tree import EVERYTHING, Tree
from incidents.db.condition import Condition
from incidents.db.conditions import ids_in, row_by_row
from incidents.db.driver import connect_driver, driver_errors, with_retry
from incidents.db.parameters import Parameters

# Ids that one query reads, in a transaction of its own: neither vacuum nor retention waits for the
# whole walk.
_WINDOW_IDS = 10_000
_NARROWING = 10
_RETRY_SECONDS = 0.1

_ENDS = "SELECT min(id), max(id) FROM incidents"
_NEXT = "SELECT min(id) FROM incidents WHERE id >= $1"
_WINDOW = """
    SELECT id, received_at, hash, headers::text AS headers, body::text AS body, raw
    FROM incidents
    WHERE {which}
    ORDER BY id
"""

# Always along the primary key: nothing is sorted, and a damaged page only affects its own
# incidents.
_SESSION = {"enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off"}

_PAST_EVERY_ID = 2**63 - 1

# SQLSTATE: data exception, system error, internal error (also a wrong checksum).
_OF_THE_DISK = ("22", "58", "XX")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An incident that PostgreSQL cannot read, and its error."""

    id: int
    why: str


class Walk:
    """Reads the incidents that were there when it was opened.

    Each comes once, in order of ids, which are in the range `ids`. After a lost connection it
    continues where it was.
    """

    def __init__(self, url: str, *, wait_seconds: float, rows_at_once: int) -> None:
        self._url = url
        self._wait_seconds = wait_seconds
        self._rows_at_once = rows_at_once
        self._connection: asyncpg.Connection | None = None
        self._clock = asyncio.get_running_loop().time
        self.ids = range(0)

    async def __aenter__(self) -> Self:
        """Determines the range of ids. Raises Unavailable."""
        first, last = await with_retry(self._ends, self._wait_seconds)
        self.ids = range(first or 1, (last or 0) + 1)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._connection is not None:
            with suppress(StorageError), driver_errors():
                await self._connection.close(timeout=self._wait_seconds)
            self._connection = None

    async def incidents(
        self,
        *,
        after: int = 0,
        since: datetime | None = None,
        until: datetime | None = None,
        tree: Tree = EVERYTHING,
    ) -> AsyncGenerator[StoredIncident | Unreadable]:
        """The incidents with an id above `after`, received in `since` <= t < `until`, that match.

        Only `rows_at_once` are in memory. Damaged ones come as Unreadable, and the walk continues.
        Raises Unavailable if PostgreSQL is unavailable for `wait_seconds`.
        """
        condition = Condition(tree, since=since, until=until)
        low, width = max(self.ids.start, after + 1), _WINDOW_IDS
        given_up_at: float | None = None
        while low < self.ids.stop:
            try:
                # A damaged page makes this query fail too.
                with suppress(Damaged):
                    low = await self._next(low)
                high = min(low + width, self.ids.stop)
                async with aclosing(self._window(low, high, condition)) as found:
                    async for incident in found:
                        yield incident
                        low, given_up_at = incident.id + 1, None
                low, given_up_at = high, None
                width = min(width * _NARROWING, _WINDOW_IDS)
            except Damaged as error:
                if width == 1:
                    yield Unreadable(low, str(error))
                    low += 1
                width = max(1, width // _NARROWING)
            except Unavailable:
                given_up_at = given_up_at or self._clock() + self._wait_seconds
                if self._clock() >= given_up_at:
                    raise
                await self._close()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _ends(self) -> tuple[int | None, int | None]:
        with _reading():
            row = await (await self._connected()).fetchrow(_ENDS)
        assert row is not None
        return row[0], row[1]

    async def _next(self, low: int) -> int:
        """The first existing id from `low` on; above all ids if there is none."""
        connection = await self._connected()
        with _reading():
            found = await connection.fetchval(_NEXT, low)
        return _PAST_EVERY_ID if found is None else int(found)

    async def _window(
        self, low: int, high: int, condition: Condition
    ) -> AsyncGenerator[StoredIncident]:
        if low >= high:
            return
        connection = await self._connected()
        parameters = Parameters()
        which = ids_in((low, high), parameters) + row_by_row(condition, parameters)
        query = _WINDOW.format(which=which)
        with _reading():
            async with connection.transaction(readonly=True):
                cursor = await connection.cursor(query, *parameters.values)
                while rows := await cursor.fetch(self._rows_at_once):
                    for row in rows:
                        yield StoredIncident(*row)

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await with_retry(self._connect, self._wait_seconds)
        return self._connection

    async def _connect(self) -> asyncpg.Connection:
        with driver_errors():
            return await connect_driver(
                self._url, name="walk", wait_seconds=self._wait_seconds, session=_SESSION
            )


@contextmanager
def _reading() -> Iterator[None]:
    """As `driver_errors`; raises Damaged if the disk is the cause."""
    with driver_errors():
        try:
            yield
        except asyncpg.PostgresError as error:
            if not (error.sqlstate or "").startswith(_OF_THE_DISK):
                raise
            raise Damaged(f"PostgreSQL cannot read it: {error}") from error
        except UnicodeDecodeError as error:
            raise Damaged("its text is not UTF-8") from error
