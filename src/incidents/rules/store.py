"""Rules and mutes as people change and read them. The evaluator takes a change over at once.

All methods raise StorageError.
"""

import json
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from incidents.core.errors import BadParameter
from incidents.db.driver import connector, driver_errors
from incidents.db.names import LAST_ID
from incidents.db.pool import ConnectionPool
from incidents.rules.groups_seen import GroupsSeen, Standing
from incidents.rules.mute import Mute
from incidents.rules.rule import Rule
from incidents.support.settings import Settings

RULES_MAX = 1000
MUTES_MAX = 1000
# States that are shown of one rule.
STATES_SHOWN_MAX = 1000
# Notifications of one rule that are looked through for who was told of its states.
_TOLD_MAX = 100

CONNECTIONS = 2

Row = dict[str, Any]

# Whoever changes something does so alone, and the evaluator sees that something changed.
_CHANGE = "UPDATE incidents_rules_position SET version = version + 1"
_COUNT = "SELECT count(*) AS rows, count(wanted) AS rules FROM incidents_rules"
_BEGIN = """
    UPDATE incidents_rules_position
    SET position = $1, clock = clock_timestamp(), alive_at = clock_timestamp(), downtimes = '{}'
"""
# A rule that was deleted and comes back is a new one.
_PUT = """
    INSERT INTO incidents_rules AS rule (name, wanted, begins_after) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET wanted = excluded.wanted, updated_at = now(),
        begins_after = CASE WHEN rule.wanted IS NULL
            THEN excluded.begins_after ELSE rule.begins_after END
    RETURNING created_at = updated_at AS is_new
"""
_DELETE = "UPDATE incidents_rules SET wanted = NULL WHERE name = $1 AND wanted IS NOT NULL"
# (All states are read once: rule by rule, each would read all of them before PostgreSQL has
# statistics of the table.)
_SHOWN = """
    SELECT name, wanted, created_at, updated_at, not_followed, coalesce(firing, 0) AS firing,
        coalesce(pending, 0) AS pending, coalesce(members, 0) AS members,
        coalesce(muted, 0) AS muted, since, coalesce(told, 0) AS told,
        coalesce(wanted::text = applied::text, false) AS is_applied
    FROM incidents_rules AS rule
    LEFT JOIN (
        SELECT rule AS name, count(*) FILTER (WHERE status = 'firing') AS firing,
            count(*) FILTER (WHERE status = 'pending') AS pending,
            count(*) AS members,
            count(*) FILTER (WHERE muted_by IS NOT NULL) AS muted,
            count(*) FILTER (WHERE told) AS told,
            min(since) AS since
        FROM incidents_rule_states WHERE $1::text IS NULL OR rule = $1 GROUP BY rule
    ) AS states USING (name)
    WHERE wanted IS NOT NULL AND ($1::text IS NULL OR name = $1)
    ORDER BY coalesce(firing, 0) > 0 DESC, name
"""
_STATES = """
    SELECT member, status, quiet_since, last, since, count, ids, told, muted_by, title
    FROM incidents_rule_states WHERE rule = $1
    ORDER BY status = 'firing' DESC, since DESC NULLS LAST, member LIMIT $2
"""
# Below it nothing was received since then, as far as blocks are settled.
_IDS_SINCE = f"""
    SELECT coalesce(
        (SELECT min(low) FROM incidents_blocks WHERE newest >= $1),
        (SELECT max(high) FROM incidents_blocks), 0
    ) AS first, ({LAST_ID}) AS last
"""  # noqa: S608 - a constant
_HISTORY = """
    SELECT id, rule, by, at, kind, count, ids, title, detail, muted_by
    FROM incidents_rule_history
    WHERE rule = coalesce($1, rule) AND ($2::text IS NULL OR muted_by = $2)
        AND ($3::bigint IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4
"""
# What is wrong now: what fires, the newest first, and what pends. Of what pends in great numbers
# some are taken, by an index.
_FIRING_OR_PENDING = """
    SELECT state.rule, rule.wanted, member, status, quiet_since, last, since, count, ids, told,
        muted_by, title
    FROM (
        (SELECT * FROM incidents_rule_states WHERE status = 'firing'
            ORDER BY since DESC NULLS LAST, rule, member LIMIT $1)
        UNION ALL
        (SELECT * FROM incidents_rule_states WHERE status = 'pending'
            ORDER BY rule, member LIMIT $1)
    ) AS state
    JOIN incidents_rules AS rule ON rule.name = state.rule
    ORDER BY status = 'firing' DESC, since DESC NULLS LAST, last DESC, state.rule, member LIMIT $1
"""
_OVERVIEW = """
    SELECT firing, rules_firing, pending, clock, clock_timestamp() AS now,
        (SELECT count(wanted) FROM incidents_rules) AS rules
    FROM incidents_rules_position, (
        SELECT count(*) AS firing, count(DISTINCT rule) AS rules_firing
        FROM incidents_rule_states WHERE status = 'firing'
    ) AS fires, (
        SELECT count(*) AS pending FROM incidents_rule_states WHERE status = 'pending'
    ) AS pends
"""
# Of each member and channel the newest notification that it fires, among the newest of its rule.
_TOLD = """
    SELECT DISTINCT ON (topic, channel)
        topic, id, channel, state, created_at, sent_at, attempts, last_error
    FROM unnest($1::text[]) AS named (name), LATERAL (
        SELECT * FROM incidents_notifications WHERE rule = named.name ORDER BY id DESC LIMIT $2
    ) AS newest
    WHERE payload ->> 'type' = 'rule.firing'
    ORDER BY topic, channel, id DESC
"""
_NOTIFICATIONS = """
    SELECT id, message_id, channel, state, created_at, sent_at, attempts, last_error,
        payload ->> 'type' AS type, payload -> 'data' ->> 'title' AS title
    FROM incidents_notifications WHERE rule = $1 ORDER BY id DESC LIMIT $2
"""
_COUNT_MUTES = "SELECT count(*) FROM incidents_mutes WHERE name <> $1"
_PUT_MUTE = """
    INSERT INTO incidents_mutes AS mute (name, object, until) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET object = excluded.object, until = excluded.until
    RETURNING xmax = 0 AS is_new
"""
_DELETE_MUTE = "DELETE FROM incidents_mutes WHERE name = $1"
_MUTES = """
    SELECT name, object, until, held_back, created_at, (until IS NULL OR until > now()) AS lasts,
        (SELECT count(*) FROM incidents_rule_states WHERE muted_by = mute.name) AS holding_back
    FROM incidents_mutes AS mute WHERE $1::text IS NULL OR name = $1 ORDER BY lasts DESC, name
"""


class HistoryPage(NamedTuple):
    """Some lines of history, the newest first; the next page begins after the id `next_`."""

    lines: Sequence[Row]
    next_: int | None


class RulesTable:
    """The tables, over connections of its own: no report and no search waits for it."""

    def __init__(self, settings: Settings, url: str) -> None:
        wait = settings.database_wait_seconds
        opens = connector(
            url,
            name="rules",
            wait_seconds=wait,
            session={
                "statement_timeout": f"{max(1, round(wait * 1000))}ms",
                "synchronous_commit": "on",
                "jit": "off",
            },
        )
        self._connections = ConnectionPool(opens, CONNECTIONS, wait)

    async def close(self) -> None:
        """Returns when all connections are closed."""
        await self._connections.close()

    async def put(self, rule: Rule) -> bool:
        """Returns when the rule is on disk, and feeds on all that is reported from now on.

        True if it is a new one. Raises BadParameter if there are too many.
        """
        async with self._changing() as driver:
            last_id = await driver.fetchval(LAST_ID)
            counted = await driver.fetchrow(_COUNT)
            assert counted is not None
            if counted["rows"] == 0:
                await driver.execute(_BEGIN, str(last_id))
            values = rule.name, json.dumps(rule.object), last_id
            is_new = bool(await driver.fetchval(_PUT, *values))
            if is_new and counted["rules"] >= RULES_MAX:
                raise BadParameter(f"rules.{rule.name}", f"there are {RULES_MAX:,} rules already")
            return is_new

    async def delete(self, name: str) -> bool:
        """Returns when it is on disk; False if there is no such rule."""
        async with self._changing() as driver:
            return bool(int((await driver.execute(_DELETE, name)).split()[-1]))

    async def rules(self, name: str | None = None) -> list[Row]:
        """All rules, or the one of that name, with the numbers of their states."""
        return await self._fetch(_SHOWN, name)

    async def states(self, name: str) -> list[Row]:
        """The states of a rule, those that fire first."""
        return await self._fetch(_STATES, name, STATES_SHOWN_MAX)

    async def overview(self) -> Row:
        """How many rules there are, how many members fire and pend, and up to when is evaluated."""
        (found,) = await self._fetch(_OVERVIEW)
        return found

    async def firing_or_pending(self, limit: int) -> list[Row]:
        """The states of all rules that fire or pend, each with its rule."""
        return await self._fetch(_FIRING_OR_PENDING, limit)

    async def told(self, rules: Collection[str]) -> dict[str, list[Row]]:
        """What channels were told last, by topic, of what fires."""
        found: dict[str, list[Row]] = {}
        for row in await self._fetch(_TOLD, list(rules), _TOLD_MAX):
            found.setdefault(row["topic"], []).append(row)
        return found

    async def ids_since(self, time: datetime) -> tuple[int, int]:
        """The ids of all that was received since then, and perhaps of some before it."""
        (found,) = await self._fetch(_IDS_SINCE, time)
        return found["first"], found["last"]

    async def standing(self, id_: int) -> Standing | None:
        """The group of an incident, and whether it was new with it; None if it has none."""
        with driver_errors():
            async with self._connections.leased() as driver:
                return (await GroupsSeen().standings(driver, [id_])).get(id_)

    async def history(
        self, *, rule: str | None, mute: str | None, after: int | None, limit: int
    ) -> HistoryPage:
        """What a rule did, or a mute held back, the newest first."""
        rows = await self._fetch(_HISTORY, rule, mute, after, limit + 1)
        page = rows[:limit]
        return HistoryPage(page, page[-1]["id"] if len(rows) > limit else None)

    async def notifications(self, rule: str, limit: int) -> list[Row]:
        """What channels were told of a rule, or will be, the newest first."""
        return await self._fetch(_NOTIFICATIONS, rule, limit)

    async def put_mute(self, mute: Mute) -> bool:
        """Returns when the mute is on disk. True if it is a new one. Raises BadParameter."""
        async with self._changing() as driver:
            if await driver.fetchval(_COUNT_MUTES, mute.name) >= MUTES_MAX:
                raise BadParameter(f"mutes.{mute.name}", f"there are {MUTES_MAX:,} mutes already")
            values = mute.name, json.dumps(mute.object), mute.until
            return bool(await driver.fetchval(_PUT_MUTE, *values))

    async def delete_mute(self, name: str) -> bool:
        """Returns when it is on disk; False if there is no such mute."""
        async with self._changing() as driver:
            return bool(int((await driver.execute(_DELETE_MUTE, name)).split()[-1]))

    async def mutes(self, name: str | None = None) -> list[Row]:
        """All mutes, or the one of that name."""
        return await self._fetch(_MUTES, name)

    async def _fetch(self, query: str, *values: Any) -> list[Row]:
        with driver_errors():
            async with self._connections.leased() as driver:
                return [dict(row) for row in await driver.fetch(query, *values)]

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[asyncpg.Connection]:
        with driver_errors():
            async with self._connections.leased() as driver, driver.transaction():
                await driver.execute(_CHANGE)
                yield driver
