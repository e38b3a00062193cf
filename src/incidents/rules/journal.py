"""What the evaluator reads and writes: everything of one step in one transaction."""

import json
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from incidents.core.notification import NewNotification
from incidents.rules.clock import Clock
from incidents.rules.evaluation import State
from incidents.rules.groups_seen import GroupsSeen, Standing
from incidents.rules.telling import Entry, Told

Enqueue = Callable[[asyncpg.Connection, Sequence[NewNotification]], Coroutine[Any, Any, None]]

# Lines of history of a rule, and as many of its deliveries, which may fail often; and their age.
HISTORY_MAX = 1000
HISTORY_DAYS = 90

_LOOK = "SELECT version, clock_timestamp() AS now FROM incidents_rules_position"
_POSITION = "SELECT position, clock, alive_at, downtimes FROM incidents_rules_position"
_RULES = "SELECT name, wanted, applied, begins_after FROM incidents_rules ORDER BY name"
_MUTES = "SELECT name, object, until, created_at FROM incidents_mutes ORDER BY name"
_STATES = "SELECT * FROM incidents_rule_states"
_MOVE = """
    UPDATE incidents_rules_position
    SET position = $1, clock = $2, alive_at = $3, downtimes = $4
"""

_COLUMNS = (
    *("rule", "member", "status", "quiet_since", "last", "since", "count", "ids", "times"),
    *("repeat_at", "told", "muted_by", "title", "text"),
)
_NEW = ", ".join(f"{each} = excluded.{each}" for each in _COLUMNS[2:])
# Arrays differ in their lengths, so each state is a row of its own.
_KEEP = f"""
    INSERT INTO incidents_rule_states ({", ".join(_COLUMNS)})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT (rule, member) DO UPDATE SET {_NEW}
"""  # noqa: S608 - constants
_FORGET = """
    DELETE FROM incidents_rule_states AS state USING unnest($1::text[], $2::text[])
        AS gone (rule, member)
    WHERE state.rule = gone.rule AND state.member = gone.member
"""
_ENTER = """
    INSERT INTO incidents_rule_history
        (rule, member, by, at, kind, count, ids, title, detail, muted_by, body, notification)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (notification) DO NOTHING
"""
_UNDELIVERED = """
    SELECT id, rule, channel, last_error, dead_at, payload::text AS payload
    FROM incidents_notifications AS letter
    WHERE state = 'dead' AND rule IS NOT NULL AND dead_at > now() - interval '1 day'
        AND NOT EXISTS (
            SELECT FROM incidents_rule_history WHERE notification = letter.id
        )
    ORDER BY id LIMIT 100
"""
_APPLY = "UPDATE incidents_rules SET applied = $2 WHERE name = $1"
_REMOVE = "DELETE FROM incidents_rules WHERE name = $1 AND wanted IS NULL"
_REMOVE_STATES = "DELETE FROM incidents_rule_states WHERE rule = $1"
_NOT_FOLLOWED = "UPDATE incidents_rules SET not_followed = not_followed + $2 WHERE name = $1"
_HELD_BACK = "UPDATE incidents_mutes SET held_back = held_back + $2 WHERE name = $1"
_ARE_IMPORTED = """
    SELECT id FROM unnest($1::bigint[]) AS id
    WHERE EXISTS (
        SELECT FROM incidents_imported AS imported
        WHERE imported.high >= id AND imported.low <= id AND id = ANY(imported.ids)
    )
"""
_OLD_IMPORTS = """
    DELETE FROM incidents_imported WHERE high <= $1 AND imported_at < now() - interval '1 hour'
"""
_OLD_HISTORY = f"""
    DELETE FROM incidents_rule_history WHERE id IN (
        SELECT id FROM (
            SELECT id, at, row_number() OVER (
                PARTITION BY rule, kind IN ('delivered', 'failed') ORDER BY id DESC
            ) AS place
            FROM incidents_rule_history
        ) AS placed
        WHERE place > {HISTORY_MAX} OR at < now() - interval '{HISTORY_DAYS} days'
    )
"""  # noqa: S608 - constants
_OLD_MUTES = """
    DELETE FROM incidents_mutes WHERE until < now() - interval '30 days'
"""


class Applied(NamedTuple):
    """That the rule of that name is evaluated as its object says, or is gone."""

    name: str
    object: str | None


class Step(NamedTuple):
    """All that changed in a step. A state that is None is gone."""

    position: str
    clock: Clock
    states: Mapping[tuple[str, str], State | None]
    told: Told
    applied: Sequence[Applied] = ()
    not_followed: Mapping[str, int] = {}


class Journal:
    """The tables of rules, over the connection that holds the evaluator's lock.

    So whoever lost the lock cannot write any more. Methods raise the driver's errors.
    """

    def __init__(self, driver: asyncpg.Connection, enqueue: Enqueue) -> None:
        self._driver = driver
        self._enqueue = enqueue
        self._groups = GroupsSeen()

    async def look(self) -> tuple[int, datetime]:
        """The version of rules and mutes, and PostgreSQL's time."""
        row = await self._driver.fetchrow(_LOOK)
        assert row is not None
        return row["version"], row["now"]

    async def position(self) -> asyncpg.Record:
        """Where the last step ended: position, clock, alive_at, downtimes."""
        row = await self._driver.fetchrow(_POSITION)
        assert row is not None
        return row

    async def rules(self) -> list[asyncpg.Record]:
        """All rules: name, wanted, applied, begins_after."""
        return await self._driver.fetch(_RULES)

    async def mutes(self) -> list[asyncpg.Record]:
        """All mutes: name, object, until, created_at."""
        return await self._driver.fetch(_MUTES)

    async def states(self) -> dict[str, dict[str, State]]:
        """All states, by the names of their rules, then by member."""
        found: dict[str, dict[str, State]] = {}
        async with self._driver.transaction():
            async for row in self._driver.cursor(_STATES):
                found.setdefault(row["rule"], {})[row["member"]] = _state(row)
        return found

    async def standings(self, ids: Sequence[int]) -> Mapping[int, Standing]:
        """How the groups of these incidents stand, with each of them."""
        return await self._groups.standings(self._driver, ids)

    async def undelivered(self) -> list[Entry]:
        """Some dead letters that are in no history yet."""
        return [_dead_letter(row) for row in await self._driver.fetch(_UNDELIVERED)]

    async def are_imported(self, ids: Sequence[int]) -> set[int]:
        """Those of the ids that an import stored."""
        return {row["id"] for row in await self._driver.fetch(_ARE_IMPORTED, ids)}

    async def write(self, step: Step) -> None:
        """Returns when all of it is on disk; else nothing of it is."""
        driver = self._driver
        async with driver.transaction():
            await driver.execute(_MOVE, step.position, *_of_clock(step.clock))
            await self._write_states(step)
            await driver.executemany(_ENTER, [_entry(each) for each in step.told.entries])
            await driver.executemany(_HELD_BACK, list(step.told.held_back.items()))
            await driver.executemany(_NOT_FOLLOWED, list(step.not_followed.items()))
            for name, object_ in step.applied:
                if object_ is None:
                    await driver.execute(_REMOVE_STATES, name)
                    await driver.execute(_REMOVE, name)
                else:
                    await driver.execute(_APPLY, name, object_)
            if step.told.notifications:
                await self._enqueue(driver, step.told.notifications)

    async def _write_states(self, step: Step) -> None:
        kept = [(*key, *_values(state)) for key, state in step.states.items() if state]
        gone = [key for key, state in step.states.items() if state is None]
        await self._driver.executemany(_KEEP, kept)
        if gone:
            await self._driver.execute(_FORGET, *_turned(gone))

    async def prune(self, front: int) -> None:
        """Deletes what is too old or too much, behind that id."""
        await self._driver.execute(_OLD_IMPORTS, front)
        await self._driver.execute(_OLD_HISTORY)
        await self._driver.execute(_OLD_MUTES)


def _state(row: asyncpg.Record) -> State:
    return State(**{name: row[name] for name in _COLUMNS[2:]})


def _of_clock(clock: Clock) -> list[Any]:
    downtimes = [asyncpg.Range(each.begin, each.end) for each in clock.downtimes]
    return [clock.time, clock.alive_at, downtimes]


def _values(state: State) -> list[Any]:
    return [getattr(state, name) for name in _COLUMNS[2:]]


def _dead_letter(row: asyncpg.Record) -> Entry:
    data = json.loads(row["payload"])["data"]
    return Entry(
        rule=row["rule"],
        at=row["dead_at"],
        kind="undelivered",
        by=data["by"],
        count=data["count"],
        ids=data["incidents"],
        title=f"not delivered to {row['channel']}: {data['title']}",
        detail=row["last_error"],
        is_stored=True,
        notification=row["id"],
    )


def _turned(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [list(column) for column in zip(*pairs, strict=True)]


def _entry(entry: Entry) -> list[Any]:
    return [
        entry.rule,
        entry.member,
        json.dumps(entry.by),
        entry.at,
        entry.kind,
        entry.count,
        list(entry.ids),
        entry.title,
        entry.detail,
        entry.muted_by,
        json.dumps(entry.body) if entry.is_stored else None,
        entry.notification,
    ]
