"""Settles blocks of ids: nothing is stored under them any more, and what is in them is kept.

A find of a time passes over the blocks that have none of it; timelines and groups add up counts.
What is not settled yet they look at, so nothing is ever stale.
"""

import asyncio
import logging
from time import monotonic

import asyncpg

from incidents.core.errors import Unavailable
from incidents.db.condition import Window
from incidents.db.driver import Connection
from incidents.db.names import LAST_ID
from incidents.db.partition_catalog import Partition
from incidents.db.partitions import list_partitions
from incidents.db.periodic_job import LockedJob
from incidents.db.settled import forget_blocks_between
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# Any fixed number that no other program would choose: "incb" in ASCII.
_LOCK_KEY = 0x696E6362

# A find of a time reads a row for each block, and looks at the times in the one in which the time
# ends.
BLOCK_IDS = 4096
# Ids that were given so long ago are settled. A report that is not stored by then gets a new one.
_EVERY_SECONDS = 5.0
# Nobody waits for a block, so those who store go first.
_WRITERS_SECONDS_MAX = 30
_LOOK_AGAIN_SECONDS = 0.05

_RAISE = "UPDATE incidents_settled SET below = $1 WHERE below < $1"
# From here on a statement that begins to store sees what was raised: it locks the table before it
# looks at anything. (https://www.postgresql.org/docs/current/view-pg-locks.html)
_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'incidents'::regclass AND mode = 'RowExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# The newest first: they are asked for most. No block has ids of two sections (of 65,536 ids): each
# begins and ends at a multiple of its size, or where a partition does.
_UNKNOWN = """
    SELECT ends.low, ends.high
    FROM (
        SELECT coalesce(range_agg(int8range(low, high)), '{}') AS ids FROM incidents_blocks
    ) AS known,
        unnest($1::bigint[], $2::bigint[]) AS part (low, high),
        unnest(int8multirange(int8range(part.low, part.high)) - known.ids) AS unknown,
        generate_series(lower(unknown) / $3::bigint * $3, upper(unknown) - 1, $3) AS block (low),
        LATERAL (
            SELECT greatest(block.low, lower(unknown)) AS low,
                least(block.low + $3, upper(unknown)) AS high
        ) AS ends
    WHERE ends.high <= (SELECT below FROM incidents_settled)
    ORDER BY ends.low DESC
"""
# Whoever changes what is settled holds it, too (db/settled.py): what that did is seen then.
_ALONE = "SELECT FROM incidents_settled FOR UPDATE"
_KEEP = """
    WITH incident AS MATERIALIZED (
        SELECT id, received_at, group_key FROM incidents WHERE id >= $1 AND id < $2
    ),
    block AS (
        SELECT coalesce(min(received_at), 'infinity') AS oldest,
            coalesce(max(received_at), '-infinity') AS newest, count(*) AS count,
            (
                SELECT min(unit) FROM unnest($3::integer[]) AS unit
                WHERE extract(epoch FROM max(received_at) - min(received_at)) <= unit * $4::integer
            ) AS unit
        FROM incident
    ),
    counted AS (
        SELECT floor(extract(epoch FROM received_at) / unit)::bigint AS at,
            count(*)::integer AS count
        FROM incident, block WHERE unit IS NOT NULL GROUP BY at
    ),
    kept AS (
        INSERT INTO incidents_blocks (low, high, oldest, newest, count, unit_seconds, counts)
        SELECT $1, $2, oldest, newest, count, unit, (
            SELECT array_agg(coalesce(counted.count, 0) ORDER BY at)
            FROM generate_series((SELECT min(at) FROM counted), (SELECT max(at) FROM counted)) AS at
            LEFT JOIN counted USING (at)
        )
        FROM block
        ON CONFLICT DO NOTHING
        RETURNING low
    ),
    grouped AS (
        SELECT group_key, count(*)::integer AS count, min(id) AS first, max(id) AS last
        FROM incident GROUP BY group_key
    ),
    groups AS (
        SELECT coalesce(array_agg(group_key), '{}') AS keys,
            coalesce(array_agg(count), '{}') AS counts,
            coalesce(array_agg(first), '{}') AS firsts, coalesce(array_agg(last), '{}') AS lasts
        FROM grouped
    )
    INSERT INTO incidents_block_groups (low, keys, counts, firsts, lasts)
    SELECT low, keys, counts, firsts, lasts FROM kept, groups
"""
# A second, a minute, an hour, a day; the first of which a block has not more than so many.
UNITS_SECONDS = (1, 60, 3600, 86_400)
_UNITS_MAX = 1000

_SESSION = {
    "default_transaction_isolation": "read committed",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "enable_seqscan": "off",
    "jit": "off",
}


class Settling(LockedJob):
    """Looks every few seconds, from `open` to `close`, in one process at a time.

    It needs a PostgreSQL that knows all statements that are storing.
    """

    def __init__(self, settings: Settings, url: str, *, block_ids: int = BLOCK_IDS) -> None:
        super().__init__(
            url,
            settings.database_wait_seconds,
            name="settling",
            key=_LOCK_KEY,
            every_seconds=_EVERY_SECONDS,
            session=_SESSION,
            failure="blocks of ids could not be settled",
        )
        self._block_ids = block_ids
        self._last_id = 0  # as the last look saw it

    async def _work(self, connection: Connection) -> None:
        """Returns when the ids that were given before the last look are settled."""
        if not connection.backend.settles:
            return
        await connection.execute(_RAISE, self._last_id + 1)
        self._last_id = await connection.fetchval(LAST_ID)
        partitions = await list_partitions(connection)
        oldest = partitions[0].start if partitions else 0
        await forget_blocks_between(connection, 0, oldest)
        if blocks := await self._unknown(connection, partitions):
            await _wait_for_writers(connection)
            for block in blocks:
                await _keep(connection, block)

    async def _unknown(
        self, connection: asyncpg.Connection, partitions: list[Partition]
    ) -> list[Window]:
        """The blocks that are settled, and of which nothing is known yet."""
        starts, ends = [each.start for each in partitions], [each.end for each in partitions]
        rows = await connection.fetch(_UNKNOWN, starts, ends, self._block_ids)
        return [(row["low"], row["high"]) for row in rows]


async def _wait_for_writers(connection: asyncpg.Connection) -> None:
    """Returns when every transaction that stores or deletes now has ended.

    Raises Unavailable if one does not.
    """
    writers = await _writers(connection)
    give_up_at = monotonic() + _WRITERS_SECONDS_MAX
    while writers:
        if monotonic() >= give_up_at:
            raise Unavailable(
                f"a transaction that changes incidents has not ended for {_WRITERS_SECONDS_MAX} s "
                "(pg_stat_activity shows it)"
            )
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        writers &= await _writers(connection)


async def _writers(connection: asyncpg.Connection) -> set[str]:
    return {row["virtualtransaction"] for row in await connection.fetch(_WRITERS)}


async def _keep(connection: asyncpg.Connection, block: Window) -> None:
    """Keeps the times and groups of a block, and rests as long as that took."""
    begun = monotonic()
    async with connection.transaction():
        await connection.execute(_ALONE)
        await connection.execute(_KEEP, *block, UNITS_SECONDS, _UNITS_MAX)
    await asyncio.sleep(monotonic() - begun)
