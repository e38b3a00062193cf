"""One query that counts rows by group: by bin, and by kind."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Self

import asyncpg

from incidents.core.errors import OutOfTime
from incidents.db.condition import Condition
from incidents.db.parameters import Parameters
from incidents.search.counts.kinds import Kinds
from incidents.search.counts.tally import Group, Row

# A statement tells so many groups apart, as all of them are held at once; and of a timeline so many
# in each bin, which has a series for some values only.
_GROUPS_MAX = 10_000
_GROUPS_OF_BIN_MAX = 60
# Every plan is made for its values. Most groups come first: of a sample the others are not missed.
_GROUPED = """
    SELECT bin, kind, strand, count(*) AS count, min(received_at) AS first, max(received_at) AS last
    FROM (
        SELECT {bin} AS bin, {kind} AS kind, {strand} AS strand, received_at FROM {rows}
    ) AS matches
    GROUP BY bin, kind, strand ORDER BY count DESC LIMIT {limit}
"""
# To be looked at here: so many rows are held at once, none of which is large.
_ROWS_MAX = 1024
_ROW_BYTES_MAX = 64 * 1024
_READ = f"""
    SELECT {{bin}} AS bin, {{strand}} AS strand, received_at, headers::text AS headers,
        CASE WHEN octet_length(body::text) <= {_ROW_BYTES_MAX}
            THEN coalesce(body_for_search, body)::text END AS body
    FROM {{rows}} LIMIT {_ROWS_MAX + 1}
"""  # noqa: S608 - constants
# Others have their turn after so many.
_ROWS_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted: the matches of a condition, by bin and by kind.

    `starts` are the times at which bins begin, ascending, and where the last one ends. What is
    before the first is counted with 0, else with the number of its bin, from 1 on. Each match is
    counted once, and once more for each of its `kinds`.
    """

    condition: Condition
    starts: Sequence[datetime] = ()
    kinds: Kinds | None = None

    @property
    def is_of_all(self) -> bool:
        """Whether only the time matters."""
        return self.condition.is_of_all and self.kinds is None


class GroupQuery:
    """Counts in PostgreSQL; where that cannot tell the kinds of a row, the rows are read here."""

    def __init__(self, counted: Counted, *, evaluates: bool) -> None:
        self.text = ""
        self.parameters = Parameters()
        self._counted = counted
        self._kind: str | None = "NULL::text"
        if counted.kinds is not None:
            kinds = counted.kinds.sql(self.parameters) if evaluates else None
            self._kind = None if kinds is None else f"unnest(NULL::text || {kinds})"

    @property
    def groups_max(self) -> int:
        """So many groups are told apart."""
        return max(_GROUPS_MAX, len(self._counted.starts) * _GROUPS_OF_BIN_MAX)

    def of(self, rows: str, strand: str = "0") -> Self:
        """With its text; `rows` is SQL for FROM, `strand` for the strand of a row."""
        starts = self.parameters.add(self._counted.starts, "timestamptz[]")
        self.text = (_READ if self._kind is None else _GROUPED).format(
            bin=f"width_bucket(received_at, {starts})",
            kind=self._kind,
            strand=strand,
            rows=rows,
            limit=self.groups_max + 1,
        )
        return self

    def is_cut(self, records: Sequence[asyncpg.Record]) -> bool:
        """Whether there is more than it was answered."""
        return len(records) > (_ROWS_MAX if self._kind is None else self.groups_max)

    async def rows(self, records: Sequence[asyncpg.Record], seconds: float | None) -> list[Row]:
        """What it was answered. Raises OutOfTime if that takes longer than so many seconds."""
        if self._kind is not None:
            return [Row(Group(record["bin"], record["kind"]), *record[2:]) for record in records]
        found: dict[tuple[Group, int], Row] = {}
        begun = monotonic()
        for start in range(0, len(records), _ROWS_AT_ONCE):
            if seconds is not None and monotonic() - begun > seconds:
                raise OutOfTime("too many matches to look at each")
            self._read(records[start : start + _ROWS_AT_ONCE], found)
            await asyncio.sleep(0)
        return list(found.values())

    def _read(self, records: Sequence[asyncpg.Record], found: dict[tuple[Group, int], Row]) -> None:
        kinds = self._counted.kinds
        assert kinds is not None
        for bin_, strand, at, headers, body in records:
            for kind in (None, *kinds.of(headers, body)):
                group = Group(bin_, kind)
                new = Row(group, strand, 0, at, at)
                _, _, matches, first, last = found.get((group, strand), new)
                row = Row(group, strand, matches + 1, min(first, at), max(last, at))
                found[group, strand] = row
