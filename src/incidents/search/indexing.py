"""Indexes words and numbers of incidents, in the background, once their blocks are settled.

A find of words looks into the runs of ids that may have them, one of a range into the cells that
may have such numbers; both look at all that is not indexed yet, so nothing is stale. What is kept
of a block goes with it (db/settled.py).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

import asyncpg

from incidents.core.number_index import Entry, numbers_of
from incidents.core.word_index import RUN_BITS, Run, entries_of
from incidents.db.driver import Connection
from incidents.db.partitions import list_partitions
from incidents.db.periodic_job import LockedJob
from incidents.db.settled import NOT_INDEXED
from incidents.support.metrics.metrics import NOT_INDEXED_IDS
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# Any fixed number that no other program would choose: "incw" in ASCII.
_LOCK_KEY = 0x696E6377
_EVERY_SECONDS = 5.0
# It rests so many times as long as it worked; and while reports are in flight.
_REST = 1
_REST_WHEN_BUSY = 10
# Read at once: so many incidents (some cells), of so many bytes as they are stored, or one.
_AT_ONCE = 512
_BYTES_AT_ONCE = 1024 * 1024
# A longer text is not looked at: its run may have any word, and any number.
_TEXT_BYTES_MAX = 4 * 1024 * 1024

# The newest first: they are asked for most.
_NEXT = """
    SELECT low, high, xmin::text AS version FROM incidents_blocks
    WHERE NOT numbers ORDER BY low DESC LIMIT 1
"""
# Of each run the last id, whether each text is short, and the texts of those, a line break between.
_TEXTS = f"""
    WITH next AS MATERIALIZED (
        SELECT id, headers, coalesce(body_for_search, body) AS searched,
            pg_column_size(headers) + pg_column_size(body) AS size
        FROM incidents WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3
    ),
    summed AS (
        SELECT id, headers, searched, sum(size) OVER (ORDER BY id) - size AS before FROM next
    ),
    written AS (
        SELECT id, headers::text || E'\\n' || searched::text AS text FROM summed WHERE before < $4
    )
    SELECT max(id), bool_and(octet_length(text) <= $5),
        convert_to(string_agg(CASE WHEN octet_length(text) <= $5 THEN text END, E'\\n'), 'UTF8')
    FROM written GROUP BY id >> {RUN_BITS} ORDER BY max(id)
"""  # noqa: S608 - a constant
# An entry of words is taken apart (see core/word_index.py). A posting is the upper bits of the hash
# and the place; the bucket is the lower ones, of a common word nearly all, and -1 of any word.
_STORE_WORDS = """
    INSERT INTO incidents_words (section, bucket, part, postings)
    SELECT $1, CASE entry >> 46 WHEN 0 THEN entry >> 14 & 1023 WHEN 1 THEN -1
            ELSE 1073741824 | (entry >> 16 & 1073741823) END AS bucket, $2,
        array_agg((((entry >> 28 & 262143) << 14 | (entry & 16383)) - 2147483648)::integer)
    FROM unnest($3::text::bigint[]) AS entry GROUP BY bucket
    ON CONFLICT (section, bucket, part) DO UPDATE SET postings = excluded.postings
"""
# A cell may have come in pieces.
_STORE_NUMBERS = """
    INSERT INTO incidents_numbers (section, bucket, part, cells, lows, highs)
    SELECT $1, bucket, $2, array_agg(cell), array_agg(low), array_agg(high)
    FROM (
        SELECT bucket, cell, min(low) AS low, max(high) AS high
        FROM unnest($3::integer[], $4::smallint[], $5::float8[], $6::float8[])
            AS piece (bucket, cell, low, high)
        GROUP BY bucket, cell
    ) AS entry GROUP BY bucket
    ON CONFLICT (section, bucket, part) DO UPDATE
        SET cells = excluded.cells, lows = excluded.lows, highs = excluded.highs
"""
# Whoever stores or deletes incidents of a settled block deletes the block: then it is another one,
# if it is there at all, and what was read of it is not all.
_IS_INDEXED = """
    UPDATE incidents_blocks SET words = true, numbers = true
    WHERE low = $1 AND high = $2 AND xmin::text = $3 RETURNING true
"""
# Once a section is done, one row of each bucket of words is quicker to read than many, and its
# postings are in order (part 0). (Numbers are stored with words or after them.)
_IS_WHOLE = """
    SELECT coalesce(sum(high - low), 0) = 65536 FROM incidents_blocks
    WHERE numbers AND low >= $1::bigint << 16 AND low < $1 + 1 << 16
"""
_MERGE = """
    WITH parts AS (DELETE FROM incidents_words WHERE section = $1 RETURNING bucket, postings)
    INSERT INTO incidents_words (section, bucket, part, postings)
    SELECT $1, bucket, 0, array_agg(DISTINCT posting ORDER BY posting)
    FROM parts CROSS JOIN LATERAL unnest(postings) AS posting GROUP BY bucket
"""
_FORGET_BELOW = (
    "DELETE FROM incidents_words WHERE section < $1::bigint >> 16",
    "DELETE FROM incidents_numbers WHERE section < $1::bigint >> 16",
)

_SESSION = {
    "default_transaction_isolation": "read committed",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "enable_seqscan": "off",
    "jit": "off",
}


class _Block(NamedTuple):
    """A settled block; `version` is another one once it was settled anew."""

    low: int
    high: int
    version: str


class Indexing(LockedJob):
    """Looks every few seconds, from `open` to `close`, in one process at a time.

    `is_busy` says whether reports are in flight, which go first. Without `rests` it never rests.
    """

    def __init__(
        self,
        settings: Settings,
        url: str,
        parser: Parser,
        is_busy: Callable[[], bool],
        *,
        rests: bool = True,
    ) -> None:
        self._is_wanted = settings.word_index
        super().__init__(
            url,
            settings.database_wait_seconds,
            name="indexing",
            key=_LOCK_KEY,
            every_seconds=_EVERY_SECONDS,
            session=_SESSION,
            failure="words and numbers could not be indexed",
            gauges=(NOT_INDEXED_IDS,),
        )
        self._parser = parser
        self._is_busy = is_busy
        self._rests = rests

    def open(self) -> None:
        """Begins to look, unless a setting leaves the index out."""
        if self._is_wanted:
            super().open()

    async def _work(self, connection: Connection) -> None:
        """Returns when every block that was settled at its beginning is indexed."""
        if not connection.backend.settles:
            NOT_INDEXED_IDS.set(0)
            return
        partitions = await list_partitions(connection)
        oldest = partitions[0].start if partitions else 0
        for statement in _FORGET_BELOW:
            await connection.execute(statement, oldest)
        while row := await connection.fetchrow(_NEXT):
            NOT_INDEXED_IDS.set(await connection.fetchval(NOT_INDEXED))
            await self._index(connection, _Block(*row))
        NOT_INDEXED_IDS.set(0)

    async def _index(self, connection: Connection, block: _Block) -> None:
        """Indexes a block, unless it changes meanwhile, and rests as long as that took."""
        begun = monotonic()
        words, numbers = await self._entries(connection, block)
        async with connection.transaction():
            await _store(connection, block, words, numbers)
        if self._rests:
            rest = _REST_WHEN_BUSY if self._is_busy() else _REST
            await asyncio.sleep((monotonic() - begun) * rest)

    async def _entries(
        self, connection: Connection, block: _Block
    ) -> tuple[list[str], list[Entry]]:
        words, numbers, low = list[str](), list[Entry](), block.low
        limits = _AT_ONCE, _BYTES_AT_ONCE, _TEXT_BYTES_MAX
        while rows := await connection.fetch(_TEXTS, low, block.high, *limits):
            low = rows[-1][0] + 1
            runs = [Run(*row) for row in rows]
            more = await self._parser.call(None, words_and_numbers_of, runs)
            words += more[0]
            numbers += more[1]
        return words, numbers


def words_and_numbers_of(runs: Sequence[Run]) -> tuple[list[str], list[Entry]]:
    """The entries of runs in both indexes: their texts are handed over once."""
    return entries_of(runs), numbers_of(runs)


async def _store(
    connection: asyncpg.Connection, block: _Block, words: list[str], numbers: list[Entry]
) -> None:
    """Stores the entries if the block is still as it was."""
    if not await connection.fetchval(_IS_INDEXED, *block):
        return
    section, part = block.low >> 16, 1 + block.low % 65536
    await connection.execute(_STORE_WORDS, section, part, f"{{{','.join(words)}}}")
    columns = zip(*numbers, strict=True) if numbers else ((),) * 4
    await connection.execute(_STORE_NUMBERS, section, part, *columns)
    if await connection.fetchval(_IS_WHOLE, section):
        await connection.execute(_MERGE, section)
