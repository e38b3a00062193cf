"""What rules did, stored as incidents: each line of history once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256

import asyncpg

from incidents.core.errors import IncidentsError, Overloaded, StorageError
from incidents.core.hashing import canonical
from incidents.rules.matching import RULE_HEADER

log = logging.getLogger(__name__)

# Stores an incident with these headers and that body once, however often that identity comes.
StoreOnce = Callable[[str, str, bytes], Awaitable[None]]

_AT_ONCE = 100
# The evaluator's connection must not be silent for longer.
_SECONDS_MAX = 4.0

_WAITING = f"""
    SELECT id, rule, body::text AS body FROM incidents_rule_history
    WHERE body IS NOT NULL ORDER BY id LIMIT {_AT_ONCE}
"""  # noqa: S608 - a constant
_STORED = "UPDATE incidents_rule_history SET body = NULL WHERE id = ANY($1::bigint[])"


class OwnIncidents:
    """Stores them over the intake, behind the transaction that wrote the history."""

    def __init__(self, driver: asyncpg.Connection, store_once: StoreOnce) -> None:
        self._driver = driver
        self._store_once = store_once
        self.is_waiting = True  # whether there may be some to store

    async def store(self) -> None:
        """Returns when some more are on disk, or cannot be now. Raises the driver's errors."""
        rows = await self._driver.fetch(_WAITING)
        self.is_waiting = len(rows) == _AT_ONCE
        done = await asyncio.gather(*map(self._stored, rows))
        stored = [row["id"] for row, is_done in zip(rows, done, strict=True) if is_done]
        self.is_waiting |= len(stored) < len(rows)
        if stored:
            await self._driver.execute(_STORED, stored)

    async def _stored(self, row: asyncpg.Record) -> bool:
        """Whether it needs no other try. If this is lost in a crash, the next try finds it."""
        headers = canonical({RULE_HEADER: row["rule"]})
        identity = sha256(f"{row['id']} {row['rule']} {row['body']}".encode()).digest()
        try:
            async with asyncio.timeout(_SECONDS_MAX):
                await self._store_once(headers, row["body"], identity)
        except (StorageError, Overloaded, TimeoutError) as error:
            log.warning("what a rule did is not stored yet, which will be retried: %s", error)
            return False
        except IncidentsError:
            log.exception("what the rule %s did cannot be stored", row["rule"])
        return True
