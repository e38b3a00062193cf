"""Raises the sequence of ids when it is behind the stored ids."""

import asyncpg

from incidents.db.names import ID_SEQUENCE, LAST_ID

# Changes nothing, but its lock keeps all others from taking ids until the transaction ends: the
# sequence cannot be set below an id that is taken meanwhile.
_HOLD = f"ALTER SEQUENCE {ID_SEQUENCE} OWNED BY NONE"
_RAISE = (
    f"SELECT setval('{ID_SEQUENCE}', $1) FROM {ID_SEQUENCE} "  # noqa: S608
    "WHERE last_value < $1 OR NOT is_called"
)
_HIGHEST = "SELECT coalesce(max(id), 0) FROM incidents"
_LAST_SETTLED = "SELECT below - 1 FROM incidents_settled"


async def raise_sequence(driver: asyncpg.Connection, id_: int) -> None:
    """Returns when the sequence gives only higher ids."""
    async with driver.transaction():
        await driver.execute(_HOLD)
        await driver.execute(_RAISE, id_)


async def raise_over_all(driver: asyncpg.Connection) -> None:
    """Returns when the sequence is above all stored ids and all settled blocks.

    A sequence goes back when PostgreSQL crashes, fails over, or is restored. Without this, every
    report would have to find a taken id, one after another.
    """
    highest = max(await driver.fetchval(_HIGHEST), await driver.fetchval(_LAST_SETTLED))
    if await driver.fetchval(LAST_ID) < highest:  # otherwise nobody has to wait for the lock
        await raise_sequence(driver, highest)
