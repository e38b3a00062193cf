"""Deletes expired Idempotency-Keys, and the oldest of too many."""

import logging

import asyncpg

from incidents.db.driver import Connection
from incidents.db.periodic_job import LockedJob
from incidents.support.metrics.metrics import IDEMPOTENCY_KEYS_DELETED
from incidents.support.settings import Settings

# Any fixed number that no other program would choose: "inco" in ASCII.
_LOCK_KEY = 0x696E636F

_EVERY_SECONDS = 60.0
# Keys that one statement deletes: reports with keys continue beside it.
_AT_ONCE = 5000

_EXPIRED = """
    DELETE FROM incidents_idempotency_keys WHERE key IN (
        SELECT key FROM incidents_idempotency_keys WHERE expires_at <= now()
        ORDER BY expires_at LIMIT $1
    )
"""
_OLDEST = """
    DELETE FROM incidents_idempotency_keys WHERE key IN (
        SELECT key FROM incidents_idempotency_keys ORDER BY expires_at LIMIT $1
    )
"""
_COUNT = "SELECT count(*) FROM incidents_idempotency_keys"

log = logging.getLogger(__name__)


class IdempotencyExpiry(LockedJob):
    """Runs each minute, from `open` to `close`, in one process at a time."""

    def __init__(self, settings: Settings, url: str) -> None:
        super().__init__(
            url,
            settings.database_wait_seconds,
            name="keys",
            key=_LOCK_KEY,
            every_seconds=_EVERY_SECONDS,
            session={},
            failure="no expired Idempotency-Key could be deleted",
        )
        self._keys_max = settings.idempotency_keys_max

    async def _work(self, connection: Connection) -> None:
        """Returns when no key is expired and there are not too many."""
        expired = await _delete(connection, _EXPIRED, None)
        IDEMPOTENCY_KEYS_DELETED.add(expired, "expired")
        surplus = await connection.fetchval(_COUNT) - self._keys_max
        if surplus > 0:
            forgotten = await _delete(connection, _OLDEST, surplus)
            IDEMPOTENCY_KEYS_DELETED.add(forgotten, "too many")
            log.warning(
                "%d Idempotency-Keys are deleted early, since there are more than "
                "%d: raise INCIDENTS_IDEMPOTENCY_KEYS_MAX, or lower "
                "INCIDENTS_IDEMPOTENCY_SECONDS",
                forgotten,
                self._keys_max,
            )


async def _delete(connection: asyncpg.Connection, statement: str, count: int | None) -> int:
    """Deletes `count` of the keys, or all of them; returns how many."""
    gone = 0
    while count is None or gone < count:
        at_once = _AT_ONCE if count is None else min(_AT_ONCE, count - gone)
        done = int((await connection.execute(statement, at_once)).rpartition(" ")[2])
        gone += done
        if done < at_once:
            break
    return gone
