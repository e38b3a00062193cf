"""The saved queries in PostgreSQL: a name, a query line, who changed it when."""

from datetime import datetime
from typing import Any, NamedTuple

from incidents.core.api_key import is_name
from incidents.core.errors import BadParameter
from incidents.core.incident import rfc3339
from incidents.core.query.parser import parse_query
from incidents.db.driver import Connector, driver_errors
from incidents.db.pool import ConnectionPool

# All of them are listed at once.
QUERIES_MAX = 500

_TABLE = "incidents_saved_queries"
_COLUMNS = "name, query, updated_at, updated_by"
_PUT = f"""
    INSERT INTO {_TABLE} ({_COLUMNS})
    SELECT $1, $2, now(), $3
    WHERE (SELECT count(*) FROM {_TABLE} WHERE name <> $1) < {QUERIES_MAX}
    ON CONFLICT (name) DO UPDATE SET
        query = excluded.query, updated_at = excluded.updated_at, updated_by = excluded.updated_by
"""  # noqa: S608 - constants
_DELETE = f"DELETE FROM {_TABLE} WHERE name = $1"  # noqa: S608 - a constant
_ALL = f"""
    SELECT {_COLUMNS} FROM {_TABLE} WHERE $1::text IS NULL OR name = $1 ORDER BY name
"""  # noqa: S608 - constants


class SavedQuery(NamedTuple):
    """A query line and its name. `updated_by` is the name of a key, None without keys."""

    name: str
    query: str
    updated_at: datetime
    updated_by: str | None

    def to_object(self) -> dict[str, Any]:
        """Its JSON object."""
        return {**self._asdict(), "updated_at": rfc3339(self.updated_at)}


class SavedQueries:
    """The table, over a connection of its own. All methods raise StorageError."""

    def __init__(self, opens: Connector, wait_seconds: float, nesting_levels_max: int) -> None:
        self._connections = ConnectionPool(opens, 1, wait_seconds)
        self._nesting_levels_max = nesting_levels_max

    async def all(self) -> list[SavedQuery]:
        """All of them, by name."""
        return await self._read(None)

    async def one(self, name: str) -> SavedQuery | None:
        """The one of that name; None if there is none."""
        return next(iter(await self._read(name)), None)

    async def put(self, name: str, query: object, by: str | None) -> None:
        """Returns when it is on disk. Raises BadParameter, also for a line that cannot be read."""
        self._check(name, query)
        with driver_errors():
            async with self._connections.leased() as driver:
                done: str = await driver.execute(_PUT, name, query, by)
        if done.endswith(" 0"):
            raise BadParameter("name", f"there are {QUERIES_MAX} saved queries, the limit")

    async def delete(self, name: str) -> bool:
        """Returns when it is gone; False if there was none."""
        with driver_errors():
            async with self._connections.leased() as driver:
                done: str = await driver.execute(_DELETE, name)
        return done.endswith(" 1")

    async def close(self) -> None:
        """Returns when the connection is closed."""
        await self._connections.close()

    async def _read(self, name: str | None) -> list[SavedQuery]:
        with driver_errors():
            async with self._connections.leased() as driver:
                return [SavedQuery(*row) for row in await driver.fetch(_ALL, name)]

    def _check(self, name: str, query: object) -> None:
        if not is_name(name):
            raise BadParameter(
                "name",
                f"{name[:80]!r} is no name: 1 to 64 letters, digits, and . _ - behind the first",
            )
        if not isinstance(query, str) or not query.strip():
            raise BadParameter("query", 'a query line is needed: {"query": "service=billing"}')
        parse_query(query, self._nesting_levels_max)
