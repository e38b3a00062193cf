"""Counts of incidents by time: all that match, or those of a sample."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import asyncpg

from incidents.db.cluster import is_clustered
from incidents.db.condition import Condition
from incidents.db.conditions import Terms, row_matches, strings_of
from incidents.db.driver import in_time
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

# The limit in it keeps PostgreSQL from any plan but one that looks up block after block.
_SAMPLE = f"""
    SELECT width_bucket(received_at, $1::timestamptz[]) AS bin, count(*) AS count
    FROM unnest($4::bigint[]) AS block (start)
    CROSS JOIN LATERAL (
        SELECT * FROM incidents WHERE id >= block.start AND id < block.start + $5
        ORDER BY id LIMIT $5
    ) AS near
    WHERE {_WITHIN} AND {{matches}}
    GROUP BY bin
"""  # noqa: S608 - constants

# One query: to plan it is most of its work, and each partition is looked at for it. Only ids that
# have a partition count: an import can leave gaps that are wider than all else.
_PROBES = """
    WITH ends AS (SELECT min(id) AS low, max(id) AS high FROM incidents),
    clipped AS (
        SELECT greatest(start, low) AS start, least(stop, high + 1) AS stop
        FROM ends, unnest($2::bigint[], $3::bigint[]) AS partition (start, stop)
        WHERE start <= high AND stop > low
    ),
    placed AS (
        SELECT start, stop - start AS width, sum(stop - start) OVER (ORDER BY start)
            - (stop - start) AS before, sum(stop - start) OVER () AS total FROM clipped
    )
    SELECT probe.id, near.received_at FROM generate_series(0, $1::bigint) AS n
    JOIN placed ON div((total - 1) * n, $1) >= before AND div((total - 1) * n, $1) < before + width
    CROSS JOIN LATERAL (
        SELECT start + (div((total - 1) * n, $1) - before)::bigint AS id
    ) AS probe
    JOIN LATERAL (
        SELECT received_at FROM incidents WHERE id >= probe.id ORDER BY id LIMIT 1
    ) AS near ON true
    ORDER BY probe.id
"""

# Citus joins no block to a table that is spread: there every id of a block is named.
_SAMPLE_OF_IDS = f"""
    SELECT width_bucket(received_at, $1::timestamptz[]) AS bin, count(*) AS count
    FROM incidents WHERE id = ANY($4::bigint[]) AND {_WITHIN} AND {{matches}}
    GROUP BY bin
"""  # noqa: S608 - constants
_TIMES_OF_IDS = "SELECT id, received_at FROM incidents WHERE id = ANY($1::bigint[])"
_NEAR_IDS = 16
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
        self._clustered: bool | None = None  # not known yet

    async def probes(self, strata: int, seconds: float) -> list[tuple[int, datetime]]:
        """The bounds of so many strata of the ids, each with the time of the first at or behind it.

        Empty where there are no incidents. In a cluster those are left out that have none among
        the next few ids.
        """
        if await self._is_clustered():
            return await self._probes_by_ids(strata, seconds)
        partitions = (await self.catalog()).partitions
        starts, ends = [each.start for each in partitions], [each.end for each in partitions]
        rows = await self._fetch(seconds, _BY_KEY, _PROBES, strata, starts, ends)
        return [(row["id"], row["received_at"]) for row in rows]

    async def _probes_by_ids(self, strata: int, seconds: float) -> list[tuple[int, datetime]]:
        ((low, high),) = await self._fetch(seconds, _BY_KEY, _ENDS)
        if low is None:
            return []
        ids = [low, *(await self.catalog()).spread((low, high), strata - 1), high]
        near = [range(id_, id_ + _NEAR_IDS) for id_ in ids]
        rows = await self._fetch(seconds, _BY_KEY, _TIMES_OF_IDS, sorted(set().union(*near)))
        times = dict(map(tuple, rows))
        first = [next((times[each] for each in some if each in times), None) for some in near]
        return [(id_, time) for id_, time in zip(ids, first, strict=True) if time is not None]

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
        catalog = await self.catalog()
        return catalog.queries((1, end), clustered=await self._is_clustered())

    async def catalog(self) -> PartitionCatalog:
        """The partitions that there are."""
        async with self._driver() as driver:
            return PartitionCatalog(partitions=await list_partitions(driver))

    async def sample(
        self, counted: Counted, starts: Sequence[int], width: int, seconds: float
    ) -> dict[int, int]:
        """How many match among the ids of the blocks of `width` ids that begin at `starts`."""
        if await self._is_clustered():
            ids = {id_ for start in starts for id_ in range(start, start + width)}
            # Blocks that overlap are counted as often as they are asked for.
            weight = len(starts) * width / len(ids)
            found = await self._sample(_SAMPLE_OF_IDS, counted, seconds, list(ids))
            return {bin_: round(count * weight) for bin_, count in found.items()}
        return await self._sample(_SAMPLE, counted, seconds, starts, width)

    async def _sample(
        self, query: str, counted: Counted, seconds: float, *which: object
    ) -> dict[int, int]:
        values = *counted.values, *which
        matches, more = counted.matches(first=len(values) + 1)
        query = query.format(matches=matches)
        return _by_bin(await self._fetch(seconds, _BY_KEY, query, *values, *more))

    async def _is_clustered(self) -> bool:
        if self._clustered is None:
            async with self._driver() as driver:
                self._clustered = await is_clustered(driver)
        return self._clustered

    async def _fetch(
        self, seconds: float, plan: str, query: str, *values: object
    ) -> list[asyncpg.Record]:
        milliseconds = max(1, round(seconds * 1000))
        async with self._driver() as driver, driver.transaction():
            await driver.execute(f"SET LOCAL statement_timeout = {milliseconds}; {_ALWAYS}; {plan}")
            return await in_time(driver.fetch(query, *values), seconds + _MARGIN_SECONDS)

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[asyncpg.Connection]:
        with translated():
            async with self._connections.leased() as driver:
                yield driver


def _by_bin(rows: list[asyncpg.Record]) -> dict[int, int]:
    return {row["bin"]: row["count"] for row in rows}
