"""How many of what matches each group has, which came first and last, and when they came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import asyncpg

from incidents.db.condition import Condition, Window
from incidents.db.names import LAST_ID
from incidents.db.parameters import Parameters
from incidents.search.counts.counting import BY_KEY, Counting, plan_of
from incidents.search.queries import all_rows

# Of settled blocks what is kept of their groups is added up, but for those that have nothing of the
# time; the ids of all others are counted one by one. Bins are counted of the page's groups alone:
# where one begins within a block, by the index of groups. All of it is one statement: else a block
# that is forgotten meanwhile could be counted nowhere. (OFFSET keeps it to the primary key.)
_ALL = """
    WITH block AS MATERIALIZED (
        SELECT low, high,
            NOT coalesce(count = 0 OR newest < $2 OR oldest >= $3, false) AS is_asked_for,
            CASE WHEN width_bucket(oldest, $1::timestamptz[]) = width_bucket(newest, $1)
                THEN width_bucket(oldest, $1) END AS bin
        FROM incidents_blocks LEFT JOIN incidents_block_groups AS kept USING (low)
        WHERE low >= $4 AND high <= $5 AND (
            count = 0 OR newest < $2 OR oldest >= $3 OR (
                kept.low IS NOT NULL AND oldest >= coalesce($2, '-infinity')
                AND newest < coalesce($3, 'infinity')
            )
        )
    ),
    kept AS NOT MATERIALIZED (
        SELECT low, high, bin, each.key, each.count, each.first, each.last
        FROM block JOIN incidents_block_groups USING (low),
            unnest(keys, counts, firsts, lasts) AS each (key, count, first, last)
        WHERE is_asked_for AND ($6::bigint[] IS NULL OR keys && $6)
    ),
    single AS MATERIALIZED (
        SELECT group_key AS key, width_bucket(received_at, $1) AS bin, count(*) AS count,
            min(id) AS first, max(id) AS last
        FROM unnest(int8multirange(int8range($4, $5)) - coalesce(
                (SELECT range_agg(int8range(low, high)) FROM block), '{{}}'
            )) AS ids,
            LATERAL (
                SELECT id, received_at, group_key FROM incidents
                WHERE id >= lower(ids) AND id < upper(ids)
                    AND ($6 IS NULL OR group_key = ANY($6)) OFFSET 0
            ) AS incident
        WHERE ($2 IS NULL OR received_at >= $2) AND ($3 IS NULL OR received_at < $3)
        GROUP BY 1, 2
    ),
    counted AS (
        SELECT key, sum(count)::bigint AS count, min(first) AS first, max(last) AS last
        FROM (
            SELECT key, count, first, last FROM kept
            UNION ALL SELECT key, count, first, last FROM single
        ) AS part
        WHERE key IS NOT NULL AND ($6 IS NULL OR key = ANY($6))
            AND NOT key = ANY($7::bigint[])
        GROUP BY key
    ),
    page AS MATERIALIZED (
        SELECT * FROM counted WHERE $8::bigint IS NULL OR ({sort}, key) < ($8, $9::bigint)
        ORDER BY {sort} DESC, key DESC LIMIT $10
    ),
    by_bin AS (
        SELECT key, bin, sum(part.count)::bigint AS count
        FROM page JOIN (
            SELECT key, bin, count FROM kept WHERE bin IS NOT NULL
            UNION ALL SELECT key, bin, count FROM single
            UNION ALL
            SELECT key, width_bucket(received_at, $1), 1
            FROM kept JOIN page USING (key), LATERAL (
                SELECT received_at FROM incidents
                WHERE group_key = key AND id >= low AND id < high OFFSET 0
            ) AS incident
            WHERE bin IS NULL
        ) AS part USING (key)
        GROUP BY key, bin
    )
    SELECT key, page.count, first, last, array_agg(bin) AS bins, array_agg(by_bin.count) AS counts
    FROM page JOIN by_bin USING (key)
    GROUP BY key, page.count, first, last ORDER BY {sort} DESC, key DESC
"""


class Sort(StrEnum):
    """What stands first: the group with the newest incident, the newest group, the largest."""

    LAST = "last"
    FIRST = "first"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class GroupCount:
    """A group's matches: how many, the lowest and the highest id, and how many by bin.

    Bins have the numbers of `Counted.starts` (search/counts/group_query.py).
    """

    key: int
    count: int
    first: int
    last: int
    by_bin: dict[int, int]

    def with_more(self, more: "GroupCount") -> "GroupCount":
        """Together with matches of the same group that are counted in no other place."""
        bins = self.by_bin.keys() | more.by_bin.keys()
        return GroupCount(
            self.key,
            self.count + more.count,
            min(self.first, more.first),
            max(self.last, more.last),
            {bin_: self.by_bin.get(bin_, 0) + more.by_bin.get(bin_, 0) for bin_ in bins},
        )

    def place(self, sort: Sort) -> tuple[int, int]:
        """Where it stands: the highest first."""
        value = {Sort.LAST: self.last, Sort.FIRST: self.first, Sort.COUNT: self.count}[sort]
        return value, self.key


@dataclass(frozen=True, slots=True)
class GroupsAsked:
    """Which groups are asked for: of the matches of a condition, some at a time, in an order.

    `edges` are the times at which bins begin. Where `only` is not None there are no others; those
    `without` are left out.
    """

    condition: Condition
    edges: Sequence[datetime]
    sort: Sort
    limit: int
    only: Sequence[int] | None = None
    without: Sequence[int] = ()

    def has(self, key: int | None) -> bool:
        """Whether a group of that key is asked for."""
        if key is None or (self.only is not None and key not in self.only):
            return False
        return key not in self.without


class GroupCounting:
    """Counts groups. All methods raise StorageError, OutOfTime when it took longer."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    async def end(self, seconds: float) -> int:
        """Above every id that was given before."""
        (row,) = await self._counting.fetch(seconds, "", LAST_ID)
        return int(row[0]) + 1

    async def adds_up(self) -> bool:
        """Whether blocks are settled, so that what is kept of them can be added up."""
        return (await self._counting.backend()).settles

    async def all(
        self, asked: GroupsAsked, window: Window, after: tuple[int, int] | None, seconds: float
    ) -> list[GroupCount]:
        """The first `limit` groups, and one more, of all of a time with ids in the window."""
        value, key = after or (None, None)
        condition = asked.condition
        rows = await self._counting.fetch(
            seconds,
            BY_KEY,
            _ALL.format(sort=asked.sort),
            asked.edges,
            condition.since,
            condition.until,
            *window,
            asked.only,
            asked.without,
            value,
            key,
            asked.limit + 1,
        )
        return [_counted(row) for row in rows]

    async def matching(
        self, asked: GroupsAsked, window: Window, seconds: float
    ) -> list[GroupCount]:
        """All groups of what matches in the window; a group can come more than once."""
        found: list[GroupCount] = []
        for parts in await self._counting.queries([window]):
            parameters = Parameters()
            edges = parameters.add(list(asked.edges), "timestamptz[]")
            counted = _by_bin(all_rows(asked.condition, parts, parameters), edges)
            plan = plan_of(asked.condition)
            rows = await self._counting.fetch(seconds, plan, counted, *parameters.values)
            found += [_counted(row) for row in rows if asked.has(row["key"])]
        return found


def _by_bin(rows: str, edges: str) -> str:
    return f"""
        SELECT key, sum(count)::bigint AS count, min(first) AS first, max(last) AS last,
            array_agg(bin) AS bins, array_agg(count) AS counts
        FROM (
            SELECT group_key AS key, width_bucket(received_at, {edges}) AS bin,
                count(*) AS count, min(id) AS first, max(id) AS last
            FROM {rows} GROUP BY key, bin
        ) AS by_bin GROUP BY key
    """  # noqa: S608 - no user's text


def _counted(row: asyncpg.Record) -> GroupCount:
    by_bin = dict(zip(row["bins"], row["counts"], strict=True))
    return GroupCount(row["key"], row["count"], row["first"], row["last"], by_bin)
