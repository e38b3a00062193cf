"""Incidents out of PostgreSQL: found in windows of ids, fetched, or copied out as text.

The queries are written for the driver, which a page asks several times.
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import compress
from time import monotonic

import asyncpg

from incidents.incident import StoredIncident
from incidents.storage import texts
from incidents.storage.condition import Condition, Window
from incidents.storage.connections import Connections, Lent
from incidents.storage.crowds import Crowds, Look, apart, looks
from incidents.storage.engine import translated
from incidents.storage.listing import TABLE, Listing, Part
from incidents.storage.queries import all_texts, newest
from incidents.storage.samples import sample
from incidents.storage.sections import SECTION_IDS
from incidents.storage.session import Session

_COLUMNS = "id, received_at, hash, headers::text, body::text"
# For a reading with a snapshot, which ends with it: what comes in the order of ids is not sorted.
_IN_ORDER = "SET LOCAL enable_indexscan = on; SET LOCAL enable_bitmapscan = off"
# Stored in so few bytes, packed as they may be, an incident comes with its id; larger ones are
# fetched a few at a time, so that no page takes much memory.
_SMALL_BYTES = 2048
# Two values that an eighth of all incidents has each, and that meet by chance, are seen to meet in
# six of seven samples of so many. To look at one takes some microseconds.
_SAMPLE_IDS = 128
_FOUND = f"""
    id, received_at, hash,
    CASE WHEN pg_column_size(headers) + pg_column_size(body) <= {_SMALL_BYTES} THEN headers END
        ::text AS headers,
    CASE WHEN pg_column_size(headers) + pg_column_size(body) <= {_SMALL_BYTES} THEN body END
        ::text AS body
"""


class Reading(Session):
    """Finds, fetches and copies incidents."""

    def __init__(
        self, connections: Connections, lent: Lent, listing: Listing, crowds: Crowds
    ) -> None:
        super().__init__(connections, lent, listing)
        self._crowds = crowds

    async def find(
        self,
        condition: Condition,
        windows: Sequence[Window],
        *,
        limit: int,
        seconds: float,
        are_sparse: bool = False,
    ) -> list[StoredIncident | int]:
        """The newest `limit` that match in the windows, which come newest first, as these do.

        Of one that is not small its id. Where matches `are_sparse` none is expected at the newest
        end. Raises OutOfTime after `seconds`.
        """
        deadline = monotonic() + seconds
        found: list[StoredIncident | int] = []
        few_first = condition.entries is not None and condition.in_an_index
        queries = self.listing.queries(windows, clustered=self.clustered, few_first=few_first)
        # Behind the first query matches are sparse: it had not enough. So they are before a crowd.
        dense = self._crowds.of(condition)
        are_sparse = are_sparse or (dense is not None and dense.lies_behind(windows))
        left = deque(
            Look(parts, SECTION_IDS if are_sparse or number else None)
            for number, parts in enumerate(queries)
        )
        while left and len(found) < limit:
            look = left.popleft()
            query, values = newest(
                condition, look.parts, _FOUND, limit - len(found), look.width, dense, self.end
            )
            rows = await self.rows(query, *values, seconds=deadline - monotonic())
            here, crowd = apart(rows)
            found += [
                row["id"] if row["body"] is None else StoredIncident(*row[:5]) for row in here
            ]
            if crowd is not None:
                dense = self._crowds.met(condition, crowd)
                left.extendleft(reversed(looks(crowd, look)))
        return found

    def beside(self, lent: Lent) -> "Reading":
        """A reading of the same, without a snapshot, on another connection."""
        other = Reading(self._connections, lent, self.listing, self._crowds)
        other.clustered, other.end = self.clustered, self.end
        other.generation, other.asked_at = self.generation, self.asked_at
        return other

    def parts(self, window: Window) -> list[Part]:
        """Where the incidents of the window are; nowhere else are any."""
        return [Part(TABLE, *window)] if self.clustered else self.listing.parts(window)

    async def incidents(
        self, ids: Sequence[int], seconds: float, *, with_raw: bool = False
    ) -> list[StoredIncident]:
        """The incidents of these ids that are there, in the order of the ids. Raises OutOfTime."""
        columns = f"{_COLUMNS}, raw" if with_raw else _COLUMNS
        rows = await self.columns(columns, ids, seconds)
        there = {row["id"]: StoredIncident(*row) for row in rows}
        return [there[id_] for id_ in ids if id_ in there]

    async def sample(
        self, conditions: Sequence[Condition], window: Window, seconds: float
    ) -> Counter[frozenset[Condition]]:
        """Of some small incidents of the window, how many meet which conditions, and no other.

        The conditions are examples. Raises OutOfTime.
        """
        ids = [*range(*window, -(-(window[1] - window[0]) // _SAMPLE_IDS))]
        found: Counter[frozenset[Condition]] = Counter()
        for tables in self.listing.tables_of(ids):
            query, values = sample(conditions, tables, ids, _SMALL_BYTES)
            for met, count in await self.rows(query, *values, seconds=seconds):
                found[frozenset(compress(conditions, met))] += count
        return found

    async def columns(
        self, columns: str, ids: Sequence[int], seconds: float
    ) -> list[asyncpg.Record]:
        """These columns of the incidents of these ids that are there. Raises OutOfTime."""
        found: list[asyncpg.Record] = []
        tables = iter([[TABLE]]) if self.clustered else self.listing.tables_of(ids)
        for some in tables:
            query = " UNION ALL ".join(
                f"SELECT {columns} FROM {table} WHERE id = ANY($1::bigint[])"  # noqa: S608
                for table in some
            )
            found += await self.rows(query, ids, seconds=seconds)
        return found

    async def copy(
        self,
        condition: Condition,
        windows: Sequence[Window],
        sink: Callable[[bytes, int], Awaitable[None]],
        *,
        in_lines: bool,
        seconds: float,
    ) -> int:
        """How many incidents were in the windows; their texts went to `sink`, newest first.

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

        with translated():
            if not self.clustered and not condition.in_an_index:
                await self.driver.execute(_IN_ORDER)
            for parts in self.listing.queries(windows, clustered=self.clustered):
                query, values = all_texts(condition, parts, text)
                await self.limit(deadline - monotonic())
                async with self.statement():
                    self.copying = True
                    await self.driver.copy_from_query(query, *values, output=take, format="binary")
                    self.copying = False
        return count
