"""Whether an incident is the first of its group, or the first since the group was resolved."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg

from incidents.core.grouping.keys import id_of_key

# Keys of groups that are remembered as known: each is looked for once.
_KNOWN_MAX = 100_000

# Three plain questions instead of one with joins: Citus answers them, too.
_KEYS = """
    SELECT id, group_key, received_at FROM incidents
    WHERE id = ANY($1::bigint[]) AND group_key IS NOT NULL ORDER BY id
"""
# Also by the table of groups: the retention may have deleted the first incidents of one.
_IS_KNOWN = """
    SELECT coalesce(
        (SELECT true FROM incidents WHERE group_key = $1 AND id < $2 LIMIT 1),
        (SELECT true FROM incidents_groups WHERE key = $1 AND first_at < $3)
    )
"""
_RESOLVED = """
    SELECT key, last_id FROM (
        SELECT DISTINCT ON (key) key, action, last_id FROM incidents_group_changes
        WHERE key = ANY($1::bigint[]) ORDER BY key, id DESC
    ) AS newest
    WHERE action = 'resolve'
"""
_CAME_BEFORE = """
    SELECT true FROM incidents WHERE group_key = $1 AND id > $2 AND id < $3 LIMIT 1
"""


class Standing(NamedTuple):
    """The group of an incident, and whether the incident makes it new or back."""

    group: str
    is_new: bool
    is_back: bool


class GroupsSeen:
    """Asks PostgreSQL, and remembers which groups are known. Raises the driver's errors."""

    def __init__(self) -> None:
        self._known: dict[int, None] = {}

    async def standings(
        self, driver: asyncpg.Connection, ids: Sequence[int]
    ) -> Mapping[int, Standing]:
        """By the ids of incidents that have a group."""
        rows = await driver.fetch(_KEYS, ids)
        keys = list({row["group_key"] for row in rows})
        resolved = {row["key"]: row["last_id"] for row in await driver.fetch(_RESOLVED, keys)}
        found = {}
        for row in rows:
            key, id_ = row["group_key"], row["id"]
            is_new = await self._is_new(driver, row)
            last_id = resolved.get(key, id_)
            is_back = last_id < id_ and not await driver.fetchval(_CAME_BEFORE, key, last_id, id_)
            found[id_] = Standing(id_of_key(key), is_new, is_back)
        return found

    async def _is_new(self, driver: asyncpg.Connection, row: asyncpg.Record) -> bool:
        key, id_ = row["group_key"], row["id"]
        if key in self._known:
            return False
        if await driver.fetchval(_IS_KNOWN, key, id_, row["received_at"]):
            self._remember(key)
            return False
        return True

    def _remember(self, key: int) -> None:
        if len(self._known) >= _KNOWN_MAX:
            del self._known[next(iter(self._known))]
        self._known[key] = None
