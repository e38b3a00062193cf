"""Counts of incidents by time: all that match, or those of a sample."""

from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from time import monotonic

import asyncpg

from incidents.db.backend.backend import Backend
from incidents.db.condition import Condition
from incidents.db.conditions import Parameters, Terms, row_matches, strings_of
from incidents.db.driver import Connection, in_time
from incidents.db.engine import translated
from incidents.db.partition_catalog import Part, PartitionCatalog
from incidents.db.partitions import list_partitions
from incidents.db.pool import ConnectionPool
from incidents.db.tables import id_sequence
from incidents.search.queries import all_columns

# Every plan is made for its values: what is null falls away.
_WITHIN = """
    ($2::timestamptz IS NULL OR received_at >= $2)
    AND ($3::timestamptz IS NULL OR received_at < $3)
"""
_COUNT_ALL = f"""
    SELECT width_bucket(received_at, $1::timestamptz[]) AS bin, count(*) AS count
    FROM incidents WHERE {_WITHIN} GROUP BY bin
"""  # noqa: S608 - constants
# The index of times leads to the few pages that can hold such a time.
_OLDEST = "SELECT min(received_at) AS time FROM incidents WHERE received_at < $1"
_NEWEST = "SELECT max(received_at) AS time FROM incidents WHERE received_at >= $1"
_NEXT_ID = f"SELECT last_value + 1 FROM {id_sequence.name}"  # noqa: S608 - a constant

_SAMPLE = f"""
    SELECT width_bucket(received_at, $1::timestamptz[]) AS bin, count(*) AS count
    FROM {{rows}} AND {_WITHIN} AND {{matches}}
    GROUP BY bin
"""  # noqa: S608 - constants
_ENDS = "SELECT min(id), max(id) FROM incidents"

# Connections that search have it otherwise (see session.SESSION): here this is what is right.
_ALWAYS = "SET LOCAL plan_cache_mode = force_custom_plan"
_BY_KEY = "SET LOCAL enable_indexscan = on"
_BY_TIME = "SET LOCAL enable_indexscan = off"
_WHOLE = "SET LOCAL enable_seqscan = on"

_MARGIN_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted: the matches of a condition by example or by time.

    `starts` are the times at which bins begin, ascending, and where the last one ends. What is
    before the first is counted with 0, else with the number of its bin, from 1 on.
    """

    starts: Sequence[datetime]
    condition: Condition

    @property
    def values(self) -> tuple[object, ...]:
        """As the queries take them."""
        return self.starts, self.condition.since, self.condition.until

    def matches(self, *, first: int) -> tuple[str, Sequence[object]]:
        """Whether a row matches the example, as SQL, and its values, from that number on."""
        example = self.condition.example
        if example is None:
            return "true", ()
        types = "jsonb[]", "jsonb[]", "text[]"
        terms = Terms(*(f"(${number}::{type_})" for number, type_ in enumerate(types, first)))
        values = [example.entries, example.in_headers]
        if example.prefilters:
            values.append(strings_of(example))
        return row_matches(example, terms), values


class Counting:
    """Counts within a time. All methods raise StorageError, OutOfTime when it took longer."""

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections
        self._known: Backend | None = None

    async def probes(self, strata: int, seconds: float) -> list[tuple[int, datetime]]:
        """The bounds of so many strata of the ids, each with the time of the first at or behind it.

        Empty where there are no incidents. Where PostgreSQL looks for that in vain one is left out.
        """
        ((low, high),) = await self._fetch(seconds, _BY_KEY, _ENDS)
        if low is None:
            return []
        ids = [low, *(await self.catalog()).spread((low, high), strata - 1), high]
        backend = await self._backend()
        parameters = Parameters()
        rows = backend.rows_near(ids, backend.near_ids, 1, parameters)
        query = f"SELECT id, received_at FROM {rows} ORDER BY id"  # noqa: S608 - no user's text
        found = list(map(tuple, await self._fetch(seconds, _BY_KEY, query, *parameters.values)))
        behind = [bisect_left(found, id_, key=itemgetter(0)) for id_ in ids]
        return [
            (id_, found[n][1])
            for id_, n in zip(ids, behind, strict=True)
            if n < len(found) and found[n][0] < id_ + backend.near_ids
        ]

    async def oldest_before(self, time: datetime, seconds: float) -> datetime | None:
        """The time of the oldest incident before that one, None where there is none."""
        (row,) = await self._fetch(seconds, _BY_TIME, _OLDEST, time)
        oldest: datetime | None = row["time"]
        return oldest

    async def newest_from(self, time: datetime, seconds: float) -> datetime | None:
        """The time of the newest incident from that one on, None where there is none."""
        (row,) = await self._fetch(seconds, _BY_TIME, _NEWEST, time)
        newest: datetime | None = row["time"]
        return newest

    async def all(self, counted: Counted, seconds: float) -> dict[int, int]:
        """How many match, by bin."""
        if counted.condition.example is None:
            return _by_bin(await self._fetch(seconds, _WHOLE, _COUNT_ALL, *counted.values))
        deadline = monotonic() + seconds
        found: Counter[int] = Counter()
        for parts in await self._queries():
            query, values = all_columns(counted.condition, parts, "received_at")
            starts = f"${len(values) + 1}::timestamptz[]"
            count = (
                f"SELECT width_bucket(received_at, {starts}) AS bin, count(*) AS count "  # noqa: S608
                f"FROM ({query}) AS found GROUP BY bin"
            )
            left = deadline - monotonic()
            found.update(_by_bin(await self._fetch(left, "", count, *values, counted.starts)))
        return found

    async def _queries(self) -> Iterator[list[Part]]:
        """All that there is, as one query after the other asks for it."""
        async with self._driver() as driver:
            end = await driver.fetchval(_NEXT_ID)
            catalog = driver.backend.catalog(partitions=await list_partitions(driver))
        return catalog.queries((1, end))

    async def catalog(self) -> PartitionCatalog:
        """The partitions that there are."""
        async with self._driver() as driver:
            return PartitionCatalog(partitions=await list_partitions(driver))

    async def sample(
        self, counted: Counted, starts: Sequence[int], width: int, seconds: float
    ) -> dict[int, int]:
        """How many match among the ids of the blocks of `width` ids that begin at `starts`.

        No block overlaps another.
        """
        parameters = Parameters()
        parameters.values += counted.values
        rows = (await self._backend()).rows_near(starts, width, width, parameters)
        matches, more = counted.matches(first=len(parameters.values) + 1)
        query = _SAMPLE.format(rows=rows, matches=matches)
        return _by_bin(await self._fetch(seconds, _BY_KEY, query, *parameters.values, *more))

    async def _backend(self) -> Backend:
        if self._known is None:
            async with self._driver() as driver:
                self._known = driver.backend
        return self._known

    async def _fetch(
        self, seconds: float, plan: str, query: str, *values: object
    ) -> list[asyncpg.Record]:
        milliseconds = max(1, round(seconds * 1000))
        async with self._driver() as driver, driver.transaction():
            await driver.execute(f"SET LOCAL statement_timeout = {milliseconds}; {_ALWAYS}; {plan}")
            return await in_time(driver.fetch(query, *values), seconds + _MARGIN_SECONDS)

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[Connection]:
        with translated():
            async with self._connections.leased() as driver:
                yield driver


def _by_bin(rows: list[asyncpg.Record]) -> dict[int, int]:
    return {row["bin"]: row["count"] for row in rows}
