"""The sequence of the ids, where it is behind what is there."""

import asyncpg

from incidents.db.tables import LAST_ID, id_sequence

# Altered in nothing; but that keeps everybody else from taking ids until the transaction ends,
# so that the sequence cannot be set back behind an id that somebody takes meanwhile.
_HOLD = f"ALTER SEQUENCE {id_sequence.name} OWNED BY NONE"
_RAISE = (
    f"SELECT setval('{id_sequence.name}', $1) FROM {id_sequence.name} "  # noqa: S608
    "WHERE last_value < $1 OR NOT is_called"
)
_HIGHEST = "SELECT coalesce(max(id), 0) FROM incidents"
_LAST_SETTLED = "SELECT below - 1 FROM incidents_settled"


async def raise_sequence(driver: asyncpg.Connection, id_: int) -> None:
    """Returns when the ids that are given from now on are higher."""
    async with driver.transaction():
        await driver.execute(_HOLD)
        await driver.execute(_RAISE, id_)


async def raise_over_all(driver: asyncpg.Connection) -> None:
    """Returns when they are higher than each that an incident has, and behind what is settled.

    A sequence goes back when PostgreSQL crashes, fails over, or is restored. Where each report
    found out for itself that its id is taken, one after the other, that could take long.
    """
    highest = max(await driver.fetchval(_HIGHEST), await driver.fetchval(_LAST_SETTLED))
    if await driver.fetchval(LAST_ID) < highest:  # else nobody need wait
        await raise_sequence(driver, highest)
