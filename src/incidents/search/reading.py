"""Incidents out of PostgreSQL: found, fetched, or copied out as text."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import NamedTuple

import asyncpg

from incidents.core.errors import OutOfTime
from incidents.core.incident import StoredIncident
from incidents.core.query.tree import EVERYTHING
from incidents.db.condition import Condition, Window
from incidents.db.driver import driver_errors
from incidents.db.names import SEARCHED
from incidents.db.parameters import TextParameters
from incidents.db.partition_catalog import growing
from incidents.db.query.row import may_match, row_matches
from incidents.db.query.words import ids_of_words
from incidents.search import texts
from incidents.search.queries import all_texts, of_table
from incidents.search.session import SESSION, Session

_COLUMNS = "id, received_at, hash, headers::text, body::text"
# For a reading with a snapshot, which ends with it: what comes in the order of ids is not sorted.
_IN_ORDER = "SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = off"

# See search/sql/find.sql.
_FIND = f"SELECT * FROM incidents_find({', '.join(f'${n}' for n in range(1, 16))})"  # noqa: S608
_WINDOWS = """
    SELECT lower(ids), upper(ids) FROM unnest(incidents_ids_of_time($1, $2, $3, $4)) AS ids
    ORDER BY lower(ids) DESC
"""
# There stand the values of a condition.
_TEXTS = "$8"
# So many partitions are named in one call.
_PARTITIONS_AT_ONCE = 1000
# The part of the time in which steps begin; the last one may take the rest.
_BEGINNING = 0.75

# Stored in so few bytes, packed as they may be, an incident comes with its id.
_SMALL_BYTES = 2048
_SMALL = f"""
    id, received_at, hash,
    CASE WHEN pg_column_size(headers) + pg_column_size(body) <= {_SMALL_BYTES} THEN headers END
        ::text AS headers,
    CASE WHEN pg_column_size(headers) + pg_column_size(body) <= {_SMALL_BYTES} THEN body END
        ::text AS body
"""


class Found(NamedTuple):
    """The newest that match, of one that is not small its id.

    All ids from `reached` on were looked at; to go on there, steps of `width` ids are right.
    """

    incidents: Sequence[StoredIncident | int]
    reached: int
    width: int
    steps: int

    @classmethod
    def nothing(cls, reached: int) -> "Found":
        """Nobody looked."""
        return cls((), reached, 1, 0)


class Reading(Session):
    """Finds, fetches and copies incidents."""

    async def find(
        self,
        condition: Condition,
        window: Window,
        *,
        wanted: int,
        width: int,
        seconds: float,
        in_one_step: bool = False,
    ) -> Found:
        """The newest `wanted` that match in the window; fewer, when `seconds` are nearly over.

        Of steps (see search/sql/find.sql) the first has `width` ids; with `in_one_step` there is no
        other. Raises OutOfTime when one took too long.
        """
        deadline = monotonic() + seconds
        parts = self.catalog.parts(window)
        if parts and parts[0].is_table:
            if in_one_step:
                window = max(window[0], window[1] - width), window[1]
            return await self._find_in_table(condition, window, wanted, width, deadline)
        asked = _asked(condition)
        incidents: list[StoredIncident | int] = []
        steps = 0
        for first in range(0, len(parts), _PARTITIONS_AT_ONCE):
            some = parts[first : first + _PARTITIONS_AT_ONCE]
            left = deadline - monotonic()
            *rows, (reached, *_, width, more) = await self.rows(
                _FIND,
                *asked,
                condition.since,
                condition.until,
                [each.table for each in some],
                [each.low for each in some],
                [each.high for each in some],
                wanted - len(incidents),
                width,
                0 if in_one_step else left * _BEGINNING,
                seconds=left,
            )
            steps += more
            incidents += map(_small_or_id, rows)
            if len(incidents) == wanted or reached > some[-1].low:
                return Found(incidents, reached, width, steps)
        return Found(incidents, window[0], width, steps)

    async def _find_in_table(
        self, condition: Condition, window: Window, wanted: int, width: int, deadline: float
    ) -> Found:
        """All of a window is looked through at once, so there are few of them."""
        incidents: list[StoredIncident | int] = []
        reached, steps = window[1], 0
        for part in growing(window, width):
            left = deadline - monotonic()
            if steps and left <= 0:
                break
            query, values = of_table(condition, part, _SMALL, wanted - len(incidents))
            try:
                rows = await self.rows(query, *values, seconds=left)
            except OutOfTime:
                if not steps:
                    raise
                break
            steps += 1
            incidents += map(_small_or_id, rows)
            reached = part.low
            if len(incidents) == wanted:
                last = incidents[-1]
                reached = last if isinstance(last, int) else last.id
                break
        return Found(incidents, reached, part.high - part.low, steps)

    async def windows(self, condition: Condition, window: Window, seconds: float) -> list[Window]:
        """The ids of the window that incidents of its time may have, the newest first.

        Raises OutOfTime.
        """
        if condition.since is None and condition.until is None:
            return [window]
        times = condition.since, condition.until
        return [
            (low, high) for low, high in await self.rows(_WINDOWS, *times, *window, seconds=seconds)
        ]

    async def incidents(
        self, ids: Sequence[int], seconds: float, *, with_raw: bool = False
    ) -> list[StoredIncident]:
        """The incidents of these ids that are there, in the order of the ids. Raises OutOfTime."""
        columns = f"{_COLUMNS}, raw" if with_raw else _COLUMNS
        rows = await self.columns(columns, ids, seconds)
        there = {row["id"]: StoredIncident(*row) for row in rows}
        return [there[id_] for id_ in ids if id_ in there]

    async def columns(
        self, columns: str, ids: Sequence[int], seconds: float
    ) -> list[asyncpg.Record]:
        """These columns of the incidents of these ids that are there. Raises OutOfTime."""
        found: list[asyncpg.Record] = []
        for some in self.catalog.tables_of(ids):
            query = " UNION ALL ".join(
                f"SELECT {columns} FROM {table} WHERE id = ANY($1::bigint[])"  # noqa: S608
                for table in some
            )
            found += await self.rows(query, ids, seconds=seconds)
        return found

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
        text = texts.JSON if in_lines else texts.IN_A_LIST
        deadline = monotonic() + seconds
        count = 0

        async def take(rows: bytes) -> None:
            nonlocal count
            found, found_count, last_id = texts.texts_of(rows, in_lines=in_lines)
            if last_id is not None:
                count += found_count
                await sink(found, last_id)

        with driver_errors():
            if not condition.in_an_index:
                await self.driver.execute(_IN_ORDER)
            for parts in self.catalog.queries(window):
                query, values = all_texts(condition, parts, text)
                await self.limit(deadline - monotonic())
                async with self.driver.backend.reading(self.driver, SESSION):
                    self.copying = True
                    await self.driver.copy_from_query(query, *values, output=take, format="binary")
                    self.copying = False
        return count


def _asked(condition: Condition) -> Sequence[object]:
    """What is asked of the function but for times and ids (see search/sql/find.sql)."""
    values, tree = TextParameters(_TEXTS), condition.tree
    matches = None if tree == EVERYTHING else row_matches(tree, values)
    may, key = may_match(tree, values), None
    if condition.hash is not None:
        key = f"hash = {values.add(condition.hash, 'bytea')}"
    if condition.group is not None:
        in_group = f"group_key = {values.add(condition.group, 'bigint')}"
        if matches is None:
            key = in_group if key is None else f"{key} AND {in_group}"
        else:
            # A group can be large: what matches in it may be rare, and is looked for in steps.
            matches = f"(CASE WHEN {in_group} THEN {matches} ELSE false END)"
            may = in_group if may is None else f"({in_group} AND {may})"
    words = ids_of_words(tree, values)
    return SEARCHED, condition.lead, matches, may, key, words, values.texts


def _small_or_id(row: asyncpg.Record) -> StoredIncident | int:
    return row["id"] if row["body"] is None else StoredIncident(*row[:5])
