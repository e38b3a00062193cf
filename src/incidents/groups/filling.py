"""Groups incidents that a server of an earlier version stored, in the background.

The newest of them come first. An interrupted run continues where it stopped: what is not grouped
has no key, and the index of groups leads there.
"""

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic

from incidents.core import json_text
from incidents.core.errors import IncidentsError
from incidents.core.grouping.keys import keys_of
from incidents.db.driver import Connection
from incidents.db.known_groups import learn_old_groups
from incidents.db.partitions import list_partitions
from incidents.db.periodic_job import LockedJob
from incidents.db.settled import forget_blocks
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# Any fixed number that no other program would choose: "incf" in ASCII.
_LOCK_KEY = 0x696E6366

# A server of an earlier version can run beside this one, so it looks again.
_EVERY_SECONDS = 60.0
# What is read at once, and changed in one transaction: so many incidents, of so many bytes, or one.
_AT_ONCE = 200
_BYTES_AT_ONCE = 1024 * 1024
# It rests so much longer than it works.
_REST = 2

# Backwards through the index of groups, in which what has no group stands behind the others.
_NEXT = """
    WITH next AS MATERIALIZED (
        SELECT id, headers, body, pg_column_size(body) AS size FROM {partition}
        WHERE group_key IS NULL AND id < $1 ORDER BY group_key DESC, id DESC LIMIT $2
    ),
    summed AS (
        SELECT id, headers, body, sum(size) OVER (ORDER BY id DESC) - size AS before FROM next
    )
    SELECT id, headers::text AS headers, body::text AS body FROM summed
    WHERE before < $3 ORDER BY id DESC
"""
# By id, which Citus sends to the machine that has it.
_FILL = "UPDATE incidents SET group_key = $2 WHERE id = $1 AND group_key IS NULL"
# A server of an earlier version settled these.
_FORGET_WITHOUT = """
    DELETE FROM incidents_blocks WHERE low IN (
        SELECT low FROM incidents_blocks AS block
        WHERE NOT EXISTS (SELECT FROM incidents_block_groups AS kept WHERE kept.low = block.low)
        ORDER BY low DESC LIMIT 64
    )
"""
_MERGE = """
    SELECT gin_clean_pending_list(x.indexrelid) FROM pg_index x
    JOIN pg_inherits h ON h.inhrelid = x.indexrelid
    WHERE h.inhparent = to_regclass('incidents_searched_by_section_idx')
        AND x.indrelid = to_regclass($1)
"""

_SESSION = {
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "default_transaction_isolation": "read committed",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    "jit": "off",
}

Texts = tuple[str, str]


class Filling(LockedJob):
    """Looks each minute, from `open` to `close`, in one process at a time."""

    def __init__(self, settings: Settings, url: str, parser: Parser) -> None:
        super().__init__(
            url,
            settings.database_wait_seconds,
            name="grouping",
            key=_LOCK_KEY,
            every_seconds=_EVERY_SECONDS,
            session=_SESSION,
            failure="incidents of before could not be grouped",
        )
        self._parser = parser

    async def _work(self, connection: Connection) -> None:
        """Returns when every incident that was there at its beginning has a group."""
        filled = 0
        for partition in reversed(await list_partitions(connection)):
            if done := await self._fill(connection, partition.name, partition.end):
                filled += done
                if connection.backend.has_indexes:
                    await connection.execute(_MERGE, partition.name)
        if filled:
            log.info("%d incidents of before have a group now", filled)
        await connection.execute(_FORGET_WITHOUT)

    async def _fill(self, connection: Connection, partition: str, below: int) -> int:
        """How many of a partition were grouped; now all are."""
        query = _NEXT.format(partition=partition)
        filled = 0
        while rows := await connection.fetch(query, below, _AT_ONCE, _BYTES_AT_ONCE):
            begun = monotonic()
            below = rows[-1]["id"]
            texts = [(row["headers"], row["body"]) for row in rows]
            keys = await self._parser.call(None, group_keys, texts)
            await _store(connection, [row["id"] for row in rows], keys)
            filled += len(rows)
            await asyncio.sleep((monotonic() - begun) * _REST)
        return filled


def group_keys(texts: Sequence[Texts]) -> list[int | None]:
    """The keys of incidents with these headers and bodies; None of what cannot be read."""
    return [_key_of(headers, body) for headers, body in texts]


def _key_of(headers: str, body: str) -> int | None:
    try:
        return keys_of(headers, json_text.parse(body, json_text.ANY_DEPTH)).key
    except IncidentsError:
        return None


async def _store(connection: Connection, ids: Sequence[int], keys: Sequence[int | None]) -> None:
    async with connection.backend.transaction(connection, {}):
        await forget_blocks(connection, ids)
        await learn_old_groups(connection, keys)
        await connection.executemany(_FILL, list(zip(ids, keys, strict=True)))
