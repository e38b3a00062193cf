"""What people say of groups: resolved, muted, and who said so when.

The newest change of a group is its state; the ones before are its history.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg

from incidents.core.grouping.state import Action, Change, State, state_of
from incidents.db.driver import Connection, connector, driver_errors
from incidents.db.names import LAST_ID
from incidents.db.pool import ConnectionPool
from incidents.support.settings import Settings

# One to read, one to write.
CONNECTIONS = 2

# Kept of a group: the newest.
HISTORY_MAX = 100
# Groups that have a state. Those that were changed longest ago are open again.
GROUPS_MAX = 100_000

_COLUMNS = "key, action, at, until, by, reason, last_id"
_NEWEST = f"""
    SELECT DISTINCT ON (key) {_COLUMNS} FROM incidents_group_changes
    WHERE $1::bigint[] IS NULL OR key = ANY($1::bigint[])
    ORDER BY key, id DESC
"""  # noqa: S608 - constants
_HISTORY = f"""
    SELECT {_COLUMNS} FROM incidents_group_changes WHERE key = $1 ORDER BY id DESC
"""  # noqa: S608 - constants
_CHANGE = f"""
    INSERT INTO incidents_group_changes ({_COLUMNS})
    SELECT $1, $2, now(), $3, $4, $5, ({LAST_ID})
    RETURNING {_COLUMNS}
"""
_PRUNE_GROUP = """
    DELETE FROM incidents_group_changes WHERE key = $1 AND id <= (
        SELECT id FROM incidents_group_changes WHERE key = $1 ORDER BY id DESC OFFSET $2 LIMIT 1
    )
"""
_PRUNE = """
    DELETE FROM incidents_group_changes WHERE key IN (
        SELECT key FROM incidents_group_changes GROUP BY key ORDER BY max(id) DESC OFFSET $1
    )
"""

_IS_THERE = "SELECT true FROM incidents WHERE group_key = $1 LIMIT 1"

_SESSION = {"statement_timeout": "10s", "jit": "off"}


class Standing(NamedTuple):
    """How a group stands, and its newest change; None if nobody changed it."""

    state: State
    change: Change | None


class GroupStates:
    """The table of changes. All methods raise StorageError."""

    def __init__(self, settings: Settings, url: str) -> None:
        opens = connector(
            url, name="groups", wait_seconds=settings.database_wait_seconds, session=_SESSION
        )
        self._connections = ConnectionPool(opens, CONNECTIONS, settings.database_wait_seconds)

    async def of(self, keys: Collection[int] | None = None) -> dict[int, Standing]:
        """How these groups stand, or all, without those that nobody changed: they are open."""
        async with self._driver() as driver:
            rows = await driver.fetch(_NEWEST, None if keys is None else list(keys))
            changes = {row["key"]: _change(row) for row in rows}
            grown = await _grown(driver, changes)
        now = datetime.now(UTC)
        return {
            key: Standing(state_of(change, now, has_grown=key in grown), change)
            for key, change in changes.items()
        }

    async def is_there(self, key: int) -> bool:
        """Whether an incident of that group is stored."""
        async with self._driver() as driver:
            return bool(await driver.fetchval(_IS_THERE, key))

    async def history(self, key: int) -> list[Change]:
        """The changes of a group, the newest first."""
        async with self._driver() as driver:
            return [_change(row) for row in await driver.fetch(_HISTORY, key)]

    async def change(
        self,
        key: int,
        action: Action,
        *,
        by: str | None,
        until: datetime | None = None,
        reason: str | None = None,
    ) -> Standing:
        """How the group stands when the change is on disk."""
        async with self._driver() as driver, driver.transaction():
            row = await driver.fetchrow(_CHANGE, key, action, until, by, reason)
            await driver.execute(_PRUNE_GROUP, key, HISTORY_MAX)
            await driver.execute(_PRUNE, GROUPS_MAX)
        assert row is not None
        change = _change(row)
        return Standing(state_of(change, datetime.now(UTC), has_grown=False), change)

    async def close(self) -> None:
        """Closes the connections."""
        await self._connections.close()

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[Connection]:
        with driver_errors():
            async with self._connections.leased() as driver:
                yield driver


async def _grown(driver: Connection, changes: dict[int, Change]) -> set[int]:
    """The resolved groups of which something came afterwards."""
    resolved = {
        key: change.last_id for key, change in changes.items() if change.action is Action.RESOLVE
    }
    return await driver.backend.grown(driver, list(resolved), list(resolved.values()))


def _change(row: asyncpg.Record) -> Change:
    _, action, *more = row
    return Change(Action(action), *more)
