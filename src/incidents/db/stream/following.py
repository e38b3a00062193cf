"""Reads new incidents as they become visible."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain

import asyncpg

from incidents.core.incident import StoredIncident
from incidents.core.query.subject import Identity
from incidents.db.condition import Condition
from incidents.db.conditions import of_window
from incidents.db.driver import driver_errors, in_time
from incidents.db.names import LAST_ID
from incidents.db.parameters import Parameters
from incidents.db.partition_catalog import PartitionCatalog
from incidents.db.partitions import list_partitions
from incidents.db.pool import ConnectionPool

_ROW = "id, received_at, hash, headers::text AS headers, body::text AS body, group_key"

# The last row has the newest id; each other row is followed by a gap.
_NEWEST = """
    SELECT id, next FROM (
        SELECT id, lead(id) OVER (ORDER BY id) AS next
        FROM (SELECT $1::bigint AS id UNION ALL SELECT id FROM incidents WHERE id > $1) AS known
    ) AS seen
    WHERE next IS NULL OR next > id + 1
    ORDER BY id
"""

# What is read at once: it is matched without a pause, while reports wait.
_ROWS = 256
_BYTES = 1024 * 1024

# As many rows as fit, but at least one; of those that are read, some are not asked for.
_ARRIVALS = f"""
    SELECT * FROM (
        SELECT *, sum(size) OVER (ORDER BY id) - size AS before FROM (
            SELECT {_ROW}, body_for_search::text AS body_for_search,
                octet_length(headers::text) + octet_length(body::text) AS size
            FROM incidents WHERE {{which}} ORDER BY id LIMIT {_ROWS}
        ) AS rows
    ) AS sized
    WHERE before < {_BYTES} AND {{asked}}
    ORDER BY id
"""  # noqa: S608 - constants

# No upper bound where rows are read: where PostgreSQL expects few, as in a partition that it has no
# statistics of, it would read and sort all that waits for each part of it.
_AFTER, _UP_TO = "id > $1", "id <= $2"
_AMONG = "id = ANY($1::bigint[])"
_BETWEEN = "id BETWEEN $1 AND $2"

# A range of at most this many ids becomes a list, so that one query covers all ranges.
_LISTED_IDS_MAX = 4096

Range = tuple[int, int]


@dataclass(slots=True)
class Arrival:
    """An incident that has become visible; `searched` is the text that is searched as its body.

    Most are matched and never sent, so the incident itself is only built when needed. For a heavy
    one, `matches` has the result for each query known so far, by the query's text.
    """

    id: int
    received_at: datetime
    headers: str
    searched: str
    incident: Callable[[], StoredIncident]
    matches: dict[str, bool] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """What queries need besides its texts."""
        incident = self.incident()
        return Identity(incident.id, incident.hash, incident.received_at, incident.group)


class Following:
    """Reads new incidents, a bounded part at a time. All methods raise StorageError.

    Each method sees everything that was committed before it was called.
    """

    def __init__(self, connections: ConnectionPool, seconds: float) -> None:
        self._connections = connections
        self._seconds = seconds

    async def reserved(self) -> int:
        """The highest id ever reserved."""
        return int((await self._fetch(LAST_ID))[0][0])

    async def newest(self, above: int) -> tuple[int, list[Range]]:
        """The highest visible id, and the ranges of invisible ids between it and `above`."""
        rows = await self._fetch(_NEWEST, above)
        return rows[-1]["id"], [(row["id"] + 1, row["next"] - 1) for row in rows[:-1]]

    async def with_partitions(self, ranges: Sequence[Range]) -> list[Range]:
        """The parts of the ranges (inclusive) that have a partition: incidents are nowhere else."""
        async with self._driver() as driver:
            catalog = PartitionCatalog(
                partitions=await in_time(list_partitions(driver), self._seconds)
            )
        return [
            (part.low, part.high - 1)
            for low, high in ranges
            for part in reversed(catalog.parts((low, high + 1)))
        ]

    async def after(self, top: int, last: int) -> tuple[list[Arrival], bool]:
        """The first incidents with `top` < id <= `last`, and whether there may be more."""
        rows = await self._fetch(_arrivals(_AFTER, _UP_TO), top, last)
        full = len(rows) == _ROWS or sum(row["size"] for row in rows) >= _BYTES
        return [_arrival(row) for row in rows], full

    async def among(self, ranges: Sequence[Range]) -> list[Arrival]:
        """Incidents in these ranges (inclusive), in order of ids."""
        wide = [each for each in ranges if each[1] - each[0] >= _LISTED_IDS_MAX]
        rows = [await self._fetch(_arrivals(_BETWEEN), *each) for each in wide]
        narrow = [range(low, high + 1) for low, high in ranges if (low, high) not in wide]
        if narrow:
            ids = list(chain.from_iterable(narrow))
            rows.append(await self._fetch(_arrivals(_AMONG), ids))
        return sorted(map(_arrival, chain.from_iterable(rows)), key=lambda arrival: arrival.id)

    async def matching(
        self, condition: Condition, low: int, high: int, limit: int
    ) -> list[StoredIncident]:
        """The first `limit` that match, with `low` <= id <= `high`, in order of ids."""
        parameters = Parameters()
        which = of_window(condition, (low, high + 1), parameters)
        query = f"SELECT {_ROW} FROM incidents WHERE {which} ORDER BY id LIMIT {limit}"  # noqa: S608
        return [_stored(row) for row in await self._fetch(query, *parameters.values)]

    async def _fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
        async with self._driver() as driver:
            return await in_time(driver.fetch(query, *values), self._seconds)

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[asyncpg.Connection]:
        with driver_errors():
            async with self._connections.leased() as driver:
                yield driver


def _arrivals(which: str, asked: str = "true") -> str:
    return _ARRIVALS.format(which=which, asked=asked)


def _arrival(row: asyncpg.Record) -> Arrival:
    searched_text = row["body_for_search"] or row["body"]
    return Arrival(
        row["id"], row["received_at"], row["headers"], searched_text, partial(_stored, row)
    )


def _stored(row: asyncpg.Record) -> StoredIncident:
    return StoredIncident(
        row["id"],
        row["received_at"],
        row["hash"],
        row["headers"],
        row["body"],
        group=row["group_key"],
    )
