"""Learns which groups there are, and sees to it that not too many are new.

A random fingerprint makes a group of every report. When as many groups as the limit are new within
a day, incidents of further ones join the group of their service (db/known_groups.py) until fewer
are. The table of groups lags some seconds behind what is stored, and so does the limit.
"""

import logging

import asyncpg

from incidents.db.driver import Connection
from incidents.db.names import LAST_ID
from incidents.db.periodic_job import LockedJob
from incidents.support.metrics.metrics import GROUPS_FULL, NEW_GROUPS
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# Any fixed number that no other program would choose: "incg" in ASCII.
_LOCK_KEY = 0x696E6367

_EVERY_SECONDS = 5.0
# Incidents of one statement.
_AT_ONCE = 50_000
# Groups that a look asks whether they are still there.
_CHECKED_AT_ONCE = 100

_BELOW = "SELECT groups_below FROM incidents_settled"
_NEXT = """
    SELECT max(id) + 1 AS below, count(*) AS count FROM (
        SELECT id FROM incidents WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3
    ) AS next
"""
_KEYS = """
    SELECT group_key FROM incidents
    WHERE id >= $1 AND id < $2 AND group_key IS NOT NULL GROUP BY group_key
"""
_LEARN = """
    INSERT INTO incidents_groups (key, first_at)
    SELECT key, now() FROM unnest($1::bigint[]) AS key ON CONFLICT DO NOTHING
"""
_RAISE = "UPDATE incidents_settled SET groups_below = $1 WHERE groups_below < $1"

_NEW = "SELECT count(*) FROM incidents_groups WHERE first_at > now() - interval '1 day'"
_FULL = "UPDATE incidents_settled SET groups_full = $1 WHERE groups_full <> $1 RETURNING $1"

# One of the last day still counts as new.
_TO_CHECK = """
    SELECT key FROM incidents_groups
    WHERE key > $1 AND first_at < now() - interval '1 day' ORDER BY key LIMIT $2
"""
_IS_THERE = "SELECT true FROM incidents WHERE group_key = $1 LIMIT 1"
_FORGET = (
    "DELETE FROM incidents_groups WHERE key = ANY($1::bigint[])",
    "DELETE FROM incidents_group_changes WHERE key = ANY($1::bigint[])",
)

_SESSION = {"statement_timeout": "60s", "enable_seqscan": "off", "jit": "off"}
_FIRST_KEY = -(2**63)


class Learning(LockedJob):
    """Looks every few seconds, from `open` to `close`, in one process at a time."""

    def __init__(self, settings: Settings, url: str) -> None:
        super().__init__(
            url,
            settings.database_wait_seconds,
            name="groups",
            key=_LOCK_KEY,
            every_seconds=_EVERY_SECONDS,
            session=_SESSION,
            failure="new groups could not be learned",
            gauges=(GROUPS_FULL, NEW_GROUPS),
        )
        self._new_max = settings.new_groups_per_day_max
        self._last_id = 0  # as the last look saw it
        self._checked = _FIRST_KEY

    async def _work(self, connection: Connection) -> None:
        """Returns when the groups of ids that were given before the last look are known."""
        # Whoever got an id before has stored it by now, unless it hangs. Such a one's group is
        # learned with its next incident.
        await _learn(connection, self._last_id + 1)
        self._last_id = await connection.fetchval(LAST_ID)
        await self._limit(connection)
        await self._forget_gone(connection)

    async def _limit(self, connection: asyncpg.Connection) -> None:
        new = await connection.fetchval(_NEW)
        is_full = new >= self._new_max
        NEW_GROUPS.set(new)
        GROUPS_FULL.set(is_full)
        if await connection.fetchval(_FULL, is_full) is None:
            return
        if is_full:
            log.warning(
                "%d groups are new within a day, the limit (INCIDENTS_NEW_GROUPS_PER_DAY_MAX): "
                "incidents of further ones join the group of their service. A fingerprint that "
                "is random makes a group of each report",
                new,
            )
        else:
            log.info("fewer groups are new within a day than the limit: new ones are made again")

    async def _forget_gone(self, connection: asyncpg.Connection) -> None:
        """Some groups at a time: those of which the retention left nothing are forgotten."""
        rows = await connection.fetch(_TO_CHECK, self._checked, _CHECKED_AT_ONCE)
        keys = [row["key"] for row in rows]
        self._checked = keys[-1] if len(keys) == _CHECKED_AT_ONCE else _FIRST_KEY
        gone = [key for key in keys if not await connection.fetchval(_IS_THERE, key)]
        for statement in _FORGET if gone else ():
            await connection.execute(statement, gone)


async def _learn(connection: asyncpg.Connection, below: int) -> None:
    """Returns when the groups of all incidents with ids below are known."""
    low = await connection.fetchval(_BELOW)
    while low < below:
        row = await connection.fetchrow(_NEXT, low, below, _AT_ONCE)
        assert row is not None
        high = row["below"] if row["count"] == _AT_ONCE else below
        # (On Citus the keys come from other machines than the table that they go to.)
        keys = [each["group_key"] for each in await connection.fetch(_KEYS, low, high)]
        if keys:
            await connection.execute(_LEARN, keys)
        await connection.execute(_RAISE, high)
        low = high
