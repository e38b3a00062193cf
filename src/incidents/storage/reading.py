"""Incidents out of PostgreSQL: found in windows of ids, fetched, or copied out as text.

The queries are written for the driver, which a page asks several times.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from incidents.errors import StorageError
from incidents.incident import StoredIncident
from incidents.storage import texts
from incidents.storage.cluster import PRESENT, everywhere
from incidents.storage.conditions import Condition, Parameters, Window, ids_in, where
from incidents.storage.driver import in_time
from incidents.storage.engine import translated
from incidents.storage.tables import id_sequence

# Without these two PostgreSQL would walk through the primary key, or through the table, where
# it guesses that matches are common: fast when it is right, a walk through everything when not.
# A bitmap of an index costs what it is worth, and bitmaps of two indexes can be met.
SESSION = {
    "enable_indexscan": "off",
    "enable_seqscan": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}

_IN_ORDER = {"enable_indexscan": "on"}

# PostgreSQL ends a query itself; this is for one that has fallen silent.
_MARGIN_SECONDS = 5

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ"
_TIMEOUT = "set_config('statement_timeout', $1, false)"
_NEXT_ID = f"SELECT last_value + 1, {PRESENT}, {_TIMEOUT} FROM {id_sequence.name}"  # noqa: S608 - constants
# Whoever has the connection next may leave the limit as it is, if it is no less.
_LEFT_SECONDS_MIN = 1.0

_FETCH = """
    SELECT id, received_at, hash, headers::text, body::text FROM incidents
    WHERE id = ANY($1::bigint[]) AND id BETWEEN $2 AND $3
"""

_HIGHEST_BELOW = "SELECT max(id) FROM incidents WHERE id < $1 AND id >= $2"
# A bitmap of so many ids is soon made.
_FEW_IDS = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """The ids in a window, in no order; not all of them when it is `crowded`."""

    low: int
    high: int
    ids: list[int]
    crowded: bool


class Reading:
    """A connection that reads; every incident there was when it was opened is below `end`."""

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection) -> None:
        self._connection = connection
        self._driver = driver
        self._seconds = 0.0
        self._copying = False
        self._clustered = False
        self.end = 0

    async def open(self, seconds: float, *, snapshot: bool) -> None:
        """Returns when `end` is known; with `snapshot`, from here on nothing changes.

        `seconds` is about what statements will be given: to say so later is a round trip.
        But in a cluster each machine has snapshots of its own, and each window is of the moment
        when it is read: docs/scaling.md.
        """
        with translated():
            row = await self._driver.fetchrow(_NEXT_ID, _milliseconds(seconds))
            assert row is not None
            self.end, self._clustered, _ = row
            self._seconds = seconds
            if snapshot and not self._clustered:
                await self._driver.execute(_BEGIN)

    async def aclose(self) -> None:
        """Gives the connection back; one that was lost, or is not done, is forgotten."""
        with suppress(StorageError), translated():
            try:
                await self._leave_as_found()
            except BaseException:
                await self._connection.invalidate()
                raise
            finally:
                await self._connection.close()

    async def _leave_as_found(self) -> None:
        if self._copying:
            await self._connection.invalidate()
            return
        if self._driver.is_in_transaction():
            await in_time(self._driver.execute("ROLLBACK"), _MARGIN_SECONDS)
        if self._seconds < _LEFT_SECONDS_MIN:
            await in_time(self._driver.execute("RESET statement_timeout"), _MARGIN_SECONDS)

    async def rows(
        self, query: str, *values: object, seconds: float, in_order: bool = False
    ) -> list[asyncpg.Record]:
        """What PostgreSQL answers. Raises OutOfTime when it takes longer than `seconds`.

        With `in_order` it may go through an index in its order: the first is all that is wanted.
        """
        silent_after = max(0, seconds) + _MARGIN_SECONDS
        with translated():
            await self._limit(seconds)
            async with self._statement(_IN_ORDER if in_order else {}):
                return await in_time(self._driver.fetch(query, *values), silent_after)

    async def find(
        self,
        condition: Condition,
        windows: Sequence[Window],
        *,
        by_index: bool,
        most: int,
        partition_ids: int | None,
        seconds: float,
    ) -> list[Found]:
        """What is in the windows, which are given and come newest first, as low <= id < high.

        After more than `most` ids it stops: the last one that comes is crowded, and what is
        behind it was not looked at. With `partition_ids` each window is what is left of a
        partition of so many ids. Raises OutOfTime after `seconds`.
        """
        if self._clustered and len(windows) > 1:
            return await self._find_one_by_one(
                condition,
                windows,
                by_index=by_index,
                most=most,
                partition_ids=partition_ids,
                seconds=seconds,
            )
        parameters = Parameters()
        criteria = where(condition, parameters, by_index=by_index)
        ranges = [ids_in(window, partition_ids, parameters) for window in windows]
        query = " UNION ALL ".join(
            f"(SELECT {number} AS number, id FROM incidents WHERE {ids}{criteria} LIMIT {most + 1})"  # noqa: S608 - no user's text
            for number, ids in enumerate(ranges)
        )
        query = f"SELECT * FROM ({query}) AS found LIMIT {most + 1}"  # noqa: S608
        rows = await self.rows(query, *parameters.values, seconds=seconds)
        last = rows[-1]["number"] if len(rows) > most else len(windows)
        return [
            Found(low, high, [row["id"] for row in rows if row["number"] == number], number == last)
            for number, (low, high) in enumerate(windows[: last + 1])
        ]

    async def _find_one_by_one(
        self,
        condition: Condition,
        windows: Sequence[Window],
        *,
        by_index: bool,
        most: int,
        partition_ids: int | None,
        seconds: float,
    ) -> list[Found]:
        """As `find`, and what is behind enough is not asked for.

        In a cluster PostgreSQL would have every machine look through every window.
        """
        deadline = monotonic() + seconds
        found: list[Found] = []
        for window in windows:
            left = most - sum(len(each.ids) for each in found)
            found += await self.find(
                condition,
                [window],
                by_index=by_index,
                most=left,
                partition_ids=partition_ids,
                seconds=deadline - monotonic(),
            )
            if found[-1].crowded:
                break
        return found

    async def incidents(self, ids: Sequence[int], seconds: float) -> list[StoredIncident]:
        """The incidents of these ids that are there, in the order of the ids. Raises OutOfTime."""
        rows = await self.rows(_FETCH, ids, min(ids), max(ids), seconds=seconds)
        there = {row["id"]: StoredIncident(*row) for row in rows}
        return [there[id_] for id_ in ids if id_ in there]

    async def highest_below(self, id_: int, seconds: float) -> int:
        """The id of the next incident that there is below `id_`; 0 where there is none.

        Ids can lie far apart, where an import brought them in.
        """
        rows = await self.rows(_HIGHEST_BELOW, id_, id_ - _FEW_IDS, seconds=seconds)
        if rows[0][0] is None:
            rows = await self.rows(_HIGHEST_BELOW, id_, 0, seconds=seconds, in_order=True)
        return rows[0][0] or 0

    async def copy(
        self,
        condition: Condition,
        window: Window,
        sink: Callable[[bytes, int], Awaitable[None]],
        *,
        in_lines: bool,
        seconds: float,
    ) -> int:
        """How many incidents were in the window; their texts went to `sink`, newest first.

        It gets some at a time, whole, and the id of the last of them. Each text ends with a line
        break, and with `in_lines` there is no other in it; without, each begins with ", ".
        PostgreSQL makes them, and waits for the sink. Raises OutOfTime.
        """
        parameters = Parameters()
        ids = ids_in(window, None, parameters)
        criteria = where(condition, parameters, by_index=condition.in_an_index)
        text = texts.LINE if in_lines else texts.IN_A_LIST
        found = f"SELECT * FROM incidents WHERE {ids}{criteria}"  # noqa: S608 - no user's text
        if self._clustered:  # each machine makes its own texts
            query = found.replace("*", text, 1) + " ORDER BY id DESC"
        else:
            query = f"SELECT {text} FROM ({found} ORDER BY id + 0 DESC OFFSET 0) AS found"  # noqa: S608

        async def take(rows: bytes) -> None:
            await sink(texts.unquoted(rows), texts.last_id(rows))

        with translated():
            await self._limit(seconds)
            async with self._statement({}):
                self._copying = True
                done = await self._driver.copy_from_query(
                    query,
                    *parameters.values,
                    output=take,
                    format="csv",
                    delimiter=texts.DELIMITER,
                    quote=texts.QUOTE,
                )
                self._copying = False
        return int(done.rpartition(" ")[2])

    @asynccontextmanager
    async def _statement(self, settings: Mapping[str, str]) -> AsyncGenerator[None]:
        """What a statement runs in: these settings, for it alone.

        In a cluster those of the session, too: what is set is to hold on every machine. After an
        error the connection is left as it is.
        """
        if self._clustered:
            async with everywhere(self._driver, {**SESSION, **settings}):
                yield
        elif settings:
            sets = "; ".join(f"SET LOCAL {name} = {value}" for name, value in settings.items())
            await self._driver.execute(f"BEGIN; {sets}")
            yield
            await self._driver.execute("ROLLBACK")
        else:
            yield

    async def _limit(self, seconds: float) -> None:
        """Statements take at most `seconds`, or no less than about half of them.

        It is said anew only when it matters.
        """
        if seconds * 0.45 <= self._seconds <= seconds * 1.1:
            return
        await self._driver.fetchval(f"SELECT {_TIMEOUT}", _milliseconds(seconds))
        self._seconds = seconds


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"
