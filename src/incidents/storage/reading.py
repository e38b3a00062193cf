"""Incidents out of PostgreSQL: found in windows of ids, fetched, or copied out as text.

The queries are written for the driver, which a page asks several times.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

import asyncpg

from incidents.incident import StoredIncident
from incidents.storage import texts
from incidents.storage.conditions import Condition, Parameters, Window, ids_in, where
from incidents.storage.engine import translated
from incidents.storage.listing import Part
from incidents.storage.session import OF_THE_WHOLE, Session

_IN_ORDER = {"enable_indexscan": "on"}
_COLUMNS = "id, received_at, hash, headers::text, body::text"
_HIGHEST_BELOW = "SELECT max(id) FROM incidents WHERE id < $1"
# A bitmap of so many ids is soon made.
_FEW_IDS = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """The ids in a window, in no order; not all of them when it is `crowded`."""

    low: int
    high: int
    ids: list[int]
    crowded: bool


class Reading(Session):
    """Finds, fetches and copies incidents."""

    async def find(
        self,
        condition: Condition,
        windows: Sequence[Window],
        *,
        by_index: bool,
        most: int,
        seconds: float,
    ) -> list[Found]:
        """What is in the windows, which are given and come newest first, as low <= id < high.

        After more than `most` ids it stops: the last one that comes is crowded, and what is
        behind it was not looked at. Raises OutOfTime after `seconds`.
        """
        if self.clustered and len(windows) > 1:
            return await self._find_one_by_one(
                condition,
                windows,
                by_index=by_index,
                most=most,
                seconds=seconds,
            )
        parameters = Parameters()
        criteria = where(condition, parameters, by_index=by_index)
        limit = parameters.add(most + 1, "bigint")
        parts = [
            (number, part) for number, window in enumerate(windows) for part in self.parts(window)
        ]
        query = " UNION ALL ".join(
            f"(SELECT {number} AS number, id FROM {part.table} "  # noqa: S608 - no user's text
            f"WHERE {_ids_in(part, parameters, by_index=by_index)}{criteria} LIMIT {limit})"
            for number, part in parts
        )
        query = f"SELECT * FROM ({query}) AS found LIMIT {limit}"  # noqa: S608
        rows = await self.rows_of(
            [part for _, part in parts], query, *parameters.values, seconds=seconds
        )
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
                seconds=deadline - monotonic(),
            )
            if found[-1].crowded:
                break
        return found

    async def incidents(self, ids: Sequence[int], seconds: float) -> list[StoredIncident]:
        """The incidents of these ids that are there, in the order of the ids. Raises OutOfTime."""
        rows = await self.columns(_COLUMNS, ids, seconds)
        there = {row["id"]: StoredIncident(*row) for row in rows}
        return [there[id_] for id_ in ids if id_ in there]

    async def columns(
        self, columns: str, ids: Sequence[int], seconds: float
    ) -> list[asyncpg.Record]:
        """These columns of the incidents of these ids that are there. Raises OutOfTime."""
        if not ids:
            return []
        parts = self.parts((min(ids), max(ids) + 1))
        parameters = Parameters()
        some = parameters.add(ids, "bigint[]")
        query = " UNION ALL ".join(
            f"SELECT {columns} FROM {part.table} WHERE id = ANY({some}) "  # noqa: S608 - constants
            f"AND id BETWEEN {parameters.add(part.low, 'bigint')} "
            f"AND {parameters.add(part.high - 1, 'bigint')}"
            for part in parts
        )
        return await self.rows_of(parts, query, *parameters.values, seconds=seconds)

    async def highest_below(self, id_: int, seconds: float) -> int:
        """The id of the next incident that there is below `id_`; 0 where there is none.

        Ids can lie far apart, where an import brought them in.
        """
        near = max(1, id_ - _FEW_IDS)
        if rows := await self.columns("id", list(range(near, id_)), seconds):
            return max(int(row["id"]) for row in rows)
        settings = {**OF_THE_WHOLE, **_IN_ORDER}
        rows = await self.rows(_HIGHEST_BELOW, near, seconds=seconds, settings=settings)
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
        if self.clustered:  # each machine makes its own texts
            query = found.replace("*", text, 1) + " ORDER BY id DESC"
        else:
            query = f"SELECT {text} FROM ({found} ORDER BY id + 0 DESC OFFSET 0) AS found"  # noqa: S608

        async def take(rows: bytes) -> None:
            await sink(texts.unquoted(rows), texts.last_id(rows))

        with translated():
            await self.limit(seconds)
            async with self.statement({}):
                self.copying = True
                done = await self.driver.copy_from_query(
                    query,
                    *parameters.values,
                    output=take,
                    format="csv",
                    delimiter=texts.DELIMITER,
                    quote=texts.QUOTE,
                )
                self.copying = False
        return int(done.rpartition(" ")[2])


def _ids_in(part: Part, parameters: Parameters, *, by_index: bool) -> str:
    # A walk has nothing but the primary key to go by.
    return ids_in((part.low, part.high), part.table_ids if by_index else None, parameters)
