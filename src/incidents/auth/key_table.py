"""The keys in PostgreSQL: created, listed, revoked, and read repeatedly by each worker.

It has a connection of its own: keys must be readable when searches use all their connections, and
commands that create one start faster. All methods raise StorageError.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from incidents.core.errors import StorageError
from incidents.db.driver import connect_driver, driver_errors

# Of several concurrent calls one creates it: the others find the name, or the last place, taken.
_CREATE = """
    INSERT INTO incidents_keys (hash, name, scope, verify, signing_secrets, signature_required)
    SELECT $1, $2, $3, $5, $6, $7
    WHERE (SELECT count(*) FROM incidents_keys WHERE revoked_at IS NULL) < $4
    ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
"""
_REVOKE = "UPDATE incidents_keys SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL"
_LIST = """
    SELECT name, scope, created_at, revoked_at, verify, signature_required FROM incidents_keys
    ORDER BY created_at, name
"""
_REPLACE = """
    UPDATE incidents_keys SET signing_secrets = $2
    WHERE name = $1 AND revoked_at IS NULL AND verify IS NOT NULL
"""
_LIVE = """
    SELECT hash, name, scope, verify, signing_secrets, signature_required FROM incidents_keys
    WHERE revoked_at IS NULL
"""
_EVER = "SELECT EXISTS (SELECT FROM incidents_keys)"

_CLOSE_SECONDS_MAX = 1


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key without its secret. `revoked_at` is None while it is valid."""

    name: str
    scope: str
    created_at: datetime
    revoked_at: datetime | None
    verify: str | None
    signature_required: bool


class Signing(NamedTuple):
    """How requests of a key are signed, with the encrypted secrets."""

    verify: str
    secrets: bytes
    is_required: bool


class LiveKey(NamedTuple):
    """A valid key."""

    hash: bytes
    name: str
    scope: str
    signing: Signing | None = None


class KeysNow(NamedTuple):
    """The keys at one moment; `ever` is whether any was ever created."""

    live: list[LiveKey]
    ever: bool


class KeyTable:
    """The keys of one database, over at most one connection, which `close` closes.

    A call takes at most `wait_seconds`.
    """

    def __init__(self, url: str, wait_seconds: float) -> None:
        self._url = url
        self._wait_seconds = wait_seconds
        self._held: asyncpg.Connection | None = None

    async def create(
        self,
        name: str,
        scope: str,
        hash_: bytes,
        *,
        keys_max: int,
        signing: Signing | None = None,
    ) -> bool:
        """Returns when it is on disk; False if the name is used, or there are `keys_max` keys."""
        verified = signing or (None, None, False)
        async with self._driver() as driver:
            done: str = await driver.execute(_CREATE, hash_, name, scope, keys_max, *verified)
            return done.endswith(" 1")

    async def replace_secrets(self, name: str, secrets: bytes) -> bool:
        """Returns when it is on disk; False if no key of that name has signatures."""
        async with self._driver() as driver:
            done: str = await driver.execute(_REPLACE, name, secrets)
            return done.endswith(" 1")

    async def revoke(self, name: str) -> bool:
        """Returns when the revocation is on disk; False if there is no valid key of that name."""
        async with self._driver() as driver:
            done: str = await driver.execute(_REVOKE, name)
            return done.endswith(" 1")

    async def all(self) -> list[StoredKey]:
        """All keys ever created, the oldest first."""
        async with self._driver() as driver:
            return [StoredKey(*row) for row in await driver.fetch(_LIST)]

    async def now(self) -> KeysNow:
        """The current keys."""
        async with self._driver() as driver:
            live = [_live(*row) for row in await driver.fetch(_LIVE)]
            return KeysNow(live, ever=bool(live) or await driver.fetchval(_EVER))

    async def close(self) -> None:
        """Closes the connection if there is one."""
        held, self._held = self._held, None
        if held is not None:
            with suppress(StorageError), driver_errors():
                await held.close(timeout=_CLOSE_SECONDS_MAX)

    def _drop(self) -> None:
        if self._held is not None:
            self._held.terminate()
            self._held = None

    @asynccontextmanager
    async def _driver(self) -> AsyncGenerator[asyncpg.Connection]:
        """The connection. One that an error may have broken is not used again."""
        with driver_errors():
            try:
                async with asyncio.timeout(self._wait_seconds):
                    yield await self._connected()
            except BaseException:
                self._drop()
                raise

    async def _connected(self) -> asyncpg.Connection:
        if self._held is None or self._held.is_closed():
            self._held = await connect_driver(
                self._url,
                name="keys",
                wait_seconds=self._wait_seconds,
                session={"synchronous_commit": "on"},
            )
        return self._held


def _live(hash_: bytes, name: str, scope: str, *signing: Any) -> LiveKey:
    return LiveKey(hash_, name, scope, Signing(*signing) if signing[0] is not None else None)
