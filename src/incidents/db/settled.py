"""Ids that are settled: what whoever stores or deletes there has to say to PostgreSQL.

Of a block of ids that is settled it is kept how many incidents it has, and when they came (see
search/settling.py). Finds and timelines go by that. So nothing changes there without a word.
"""

from collections.abc import Sequence

import asyncpg

# The condition of a row that is stored under an id that was reserved: who comes too late stores
# nothing. Settling waits for those who began before.
NOT_SETTLED = "id >= (SELECT below FROM incidents_settled)"

# Settled ids whose words and numbers are not indexed yet (search/indexing.py).
NOT_INDEXED = "SELECT coalesce(sum(high - low), 0)::bigint FROM incidents_blocks WHERE NOT numbers"

_HOLD = "SELECT FROM incidents_settled FOR SHARE"
_FORGET = """
    DELETE FROM incidents_blocks AS block USING (
        SELECT id, (SELECT max(low) FROM incidents_blocks WHERE low <= id) AS low
        FROM unnest($1::bigint[]) AS id
    ) AS changed
    WHERE block.low = changed.low AND changed.id < block.high
"""
_FORGET_BETWEEN = "DELETE FROM incidents_blocks WHERE low >= $1 AND low < $2"


async def forget_blocks(driver: asyncpg.Connection, ids: Sequence[int]) -> None:
    """In a transaction that stores or deletes these: with it their blocks are settled no more.

    Until its end none is settled anew.
    """
    await driver.execute(_HOLD)
    await driver.execute(_FORGET, ids)


async def forget_blocks_between(driver: asyncpg.Connection, low: int, high: int) -> None:
    """The same, of all ids from `low` up to `high`."""
    await driver.execute(_HOLD)
    await driver.execute(_FORGET_BETWEEN, low, high)
