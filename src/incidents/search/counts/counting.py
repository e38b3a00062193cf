"""Counts of incidents by group: all that match, or those of a sample."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import chain
from time import monotonic

import asyncpg

from incidents.core.errors import OutOfTime
from incidents.db.backend.backend import Backend
from incidents.db.condition import Condition, Window
from incidents.db.conditions import ids_in, row_by_row
from incidents.db.driver import Connection, driver_errors, in_time
from incidents.db.names import ID_SEQUENCE
from incidents.db.parameters import Parameters
from incidents.db.partition_catalog import Part, PartitionCatalog
from incidents.db.partitions import list_partitions
from incidents.db.pool import ConnectionPool
from incidents.search.counts.group_query import Counted, GroupQuery
from incidents.search.counts.kept_counts import Block
from incidents.search.counts.tally import STRANDS, Group, Row, Tally
from incidents.search.queries import all_rows

Span = tuple[datetime, datetime] | None

_NOT_SETTLED_IDS = f"""
    SELECT lower(ids) AS low, upper(ids) AS high
    FROM {ID_SEQUENCE}, unnest(int8multirange(int8range(1, last_value + 1)) - coalesce(
        (SELECT range_agg(int8range(low, high)) FROM incidents_blocks WHERE count IS NOT NULL),
        '{{}}'
    )) AS ids
"""  # noqa: S608 - constants
# Settled blocks, with the counts of their units where an edge cuts them; and the ids that are in
# none. In one statement: else a block that is forgotten meanwhile could be in neither.
_BLOCKS = f"""
    SELECT low, high, oldest, newest, count, unit_seconds,
        CASE WHEN width_bucket(oldest, $1::timestamptz[]) <> width_bucket(newest, $1::timestamptz[])
            THEN counts END
    FROM incidents_blocks
    WHERE count > 0 AND newest >= coalesce($2::timestamptz, '-infinity')
        AND oldest < coalesce($3::timestamptz, 'infinity')
    UNION ALL
    SELECT low, high, $2::timestamptz, $3::timestamptz, NULL, NULL, NULL
    FROM ({_NOT_SETTLED_IDS}) AS ids
"""  # noqa: S608 - constants
_OF_TIME = f"""
    SELECT lower(ids), upper(ids)
    FROM {ID_SEQUENCE}, unnest(incidents_ids_of_time($1, $2, 1, last_value + 1)) AS ids
"""  # noqa: S608 - constants

_SPAN_OF_BLOCKS = """
    SELECT min(oldest), max(newest) FROM incidents_blocks WHERE count > 0
"""
_SPAN = "SELECT min(received_at), max(received_at) FROM incidents WHERE {windows}"
_SPAN_BY_IDS = """
    SELECT min(received_at), max(received_at) FROM (
        (SELECT received_at FROM incidents ORDER BY id LIMIT 1) UNION ALL
        (SELECT received_at FROM incidents ORDER BY id DESC LIMIT 1)
    ) AS ends
"""

# Connections that search have it otherwise (see session.SESSION): here this is what is right.
_ALWAYS = "SET LOCAL plan_cache_mode = force_custom_plan"
BY_KEY = "SET LOCAL enable_indexscan = on"
WHOLE = "SET LOCAL enable_seqscan = on"

# Where there is no incident.
_EMPTY_RANGE = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)

_MARGIN_SECONDS = 1
# However little time there is.
_SPAN_SECONDS_MIN = 5.0


class Counting:
    """Counts within a time. All methods raise StorageError, OutOfTime when it took longer."""

    def __init__(self, connections: ConnectionPool) -> None:
        self._connections = connections
        self._known: Backend | None = None

    async def windows(self, condition: Condition) -> list[Window]:
        """The ids that incidents of its times may have, ascending."""
        async with self._driver() as driver:
            rows = await driver.fetch(_OF_TIME, condition.since, condition.until)
        windows = (condition.within((row[0], row[1])) for row in rows)
        return [each for each in windows if each[0] < each[1]]

    async def span(self, seconds: float) -> Span:
        """When the oldest and the newest incident came, if `seconds` are enough to say it.

        Else when those with the lowest and the highest id did.
        """
        with suppress(OutOfTime):
            (kept,) = await self.fetch(seconds, "", _SPAN_OF_BLOCKS)
            parameters = Parameters()
            windows = [(row[0], row[1]) for row in await self.fetch(seconds, "", _NOT_SETTLED_IDS)]
            query = _SPAN.format(windows=_any_of(windows, parameters))
            (new,) = await self.fetch(seconds, WHOLE, query, *parameters.values)
            times = [each for each in (*kept, *new) if each is not None]
            return (min(times), max(times)) if times else None
        (by_ids,) = await self.fetch(max(seconds, _SPAN_SECONDS_MIN), BY_KEY, _SPAN_BY_IDS)
        return None if by_ids[0] is None else (by_ids[0], by_ids[1])

    async def times(self, condition: Condition, seconds: float) -> tuple[datetime, datetime]:
        """The times of a chart: those of the condition, and what it leaves open.

        Without `since` from the oldest incident on. Without `until` up to now, or, where it is of
        all of time, up to an incident that an import brought from the future.
        """
        since, until = condition.since, condition.until or datetime.now(UTC)
        if since is None:
            since, newest = await self.span(seconds) or (until - _EMPTY_RANGE, until)
            if condition.until is None:
                until = max(until, newest + _MICROSECOND)
        return min(since, until), until

    async def all(self, counted: Counted, windows: Sequence[Window], seconds: float) -> Tally:
        """All that match; `windows` are those of its times.

        Raises OutOfTime, too, when there are more groups than can be told apart.
        """
        if counted.is_of_all:
            return await self._all_by_time(counted, seconds)
        deadline = monotonic() + seconds
        tally = Tally()
        for parts in await self.queries(windows):
            query = await self._query(counted)
            rows = all_rows(counted.condition, parts, query.parameters)
            left, plan = deadline - monotonic(), plan_of(counted.condition)
            tally.add(await self._rows(query.of(rows), plan, left, is_whole=True))
            if len(tally.groups) > query.groups_max:
                raise OutOfTime("too many different values to count each")
        return tally

    async def _all_by_time(self, counted: Counted, seconds: float) -> Tally:
        """All incidents: of settled blocks what is kept, the others one by one."""
        condition, tally = counted.condition, Tally()
        windows: list[Window] = []
        times = counted.starts, condition.since, condition.until
        for row in await self.fetch(seconds, "", _BLOCKS, *times):
            block = Block(*row) if row["count"] is not None else None
            kept = block.by_bin(counted.starts) if block else None
            if block is None or kept is None:
                windows.append((row["low"], row["high"]))
            else:
                tally.add(
                    Row(Group(bin_), 0, count, block.oldest, block.newest)
                    for bin_, count in kept.items()
                )
        query = await self._query(counted)
        criteria = row_by_row(condition, query.parameters)
        rows = f"incidents WHERE ({_any_of(windows, query.parameters)}){criteria}"
        tally.add(await self._rows(query.of(rows), WHOLE, seconds, is_whole=True))
        return tally

    async def queries(self, windows: Sequence[Window]) -> Iterator[list[Part]]:
        """All that there is in the windows, as one query after the other asks for it."""
        async with self._driver() as driver:
            catalog = driver.backend.catalog(partitions=await list_partitions(driver))
        return chain.from_iterable(catalog.queries(each) for each in reversed(windows))

    async def catalog(self) -> PartitionCatalog:
        """The partitions that there are."""
        async with self._driver() as driver:
            return PartitionCatalog(partitions=await list_partitions(driver))

    async def sample(
        self, counted: Counted, starts: Sequence[int], width: int, seconds: float
    ) -> list[Row]:
        """Matches among the ids of the blocks of `width` ids that begin at `starts`, ascending.

        No block overlaps another; the strand of each is `strand_of` its number.
        """
        query = await self._query(counted)
        rows = (await self.backend()).rows_near(starts, width, query.parameters)
        number = f"width_bucket(id, {query.parameters.add(tuple(starts), 'bigint[]')}) - 1"
        criteria = row_by_row(counted.condition, query.parameters)
        query.of(rows + criteria, f"(({number}) % {STRANDS})")
        return await self._rows(query, BY_KEY, seconds, is_whole=False)

    async def _query(self, counted: Counted) -> GroupQuery:
        return GroupQuery(counted, evaluates=(await self.backend()).evaluates)

    async def _rows(
        self, query: GroupQuery, plan: str, seconds: float, *, is_whole: bool
    ) -> list[Row]:
        begun = monotonic()
        records = await self.fetch(seconds, plan, query.text, *query.parameters.values)
        if is_whole and query.is_cut(records):
            raise OutOfTime("too many matches, or different values, to count each")
        return await query.rows(records, seconds - (monotonic() - begun) if is_whole else None)

    async def backend(self) -> Backend:
        """That of the connections."""
        if self._known is None:
            async with self._driver() as driver:
                self._known = driver.backend
        return self._known

    async def fetch(
        self, seconds: float, plan: str, query: str, *values: object
    ) -> list[asyncpg.Record]:
        """What PostgreSQL answers; `plan` is BY_KEY, WHOLE or empty."""
        milliseconds = max(1, round(seconds * 1000))
        async with self._driver() as driver, driver.transaction():
            await driver.execute(f"SET LOCAL statement_timeout = {milliseconds}; {_ALWAYS}; {plan}")
            return await in_time(driver.fetch(query, *values), seconds + _MARGIN_SECONDS)

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[Connection]:
        with driver_errors():
            async with self._connections.leased() as driver:
                yield driver


def plan_of(condition: Condition) -> str:
    """How PostgreSQL goes through all rows that match (see search/queries.py)."""
    return BY_KEY if condition.is_by_words else ""


def _any_of(windows: Sequence[Window], parameters: Parameters) -> str:
    return " OR ".join(f"({ids_in(each, parameters)})" for each in windows) or "false"
