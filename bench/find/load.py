"""Fills a database with generated incidents: by COPY, several processes, indexes built after.

What is filled stays filled: a load that was interrupted goes on with the next partition.
"""

import asyncio
import json
import multiprocessing
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, repeat

import asyncpg
import click

from bench import database
from bench.find.generator import Row, rows
from incidents.cli.parts.database import migrate_database
from incidents.core.grouping.group import group_of
from incidents.search.indexing import Indexing
from incidents.search.settling import Settling
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

_PARTITION_IDS = Settings().partition_ids
_COLUMNS = ("id", "received_at", "hash", "headers", "body", "group_key")
_ROWS_A_PIECE = 2000
_SESSION = {"maintenance_work_mem": "1GB"}
_INDEX = re.compile(r"^CREATE INDEX \S+ ON ONLY \S+")
_PROCESSES = 2

# Where words and parts of texts are looked for in the table `plain`.
PLAIN_TEXT = "(headers::text || body::text)"
# The original's table (bench/original/app.py), with the operator class for containment alone, and
# with trigrams (https://www.postgresql.org/docs/current/pgtrgm.html).
_PLAIN_TABLE = """
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    DROP TABLE IF EXISTS plain;
    CREATE TABLE plain (id bigint NOT NULL, received_at timestamptz NOT NULL, hash text NOT NULL,
                        headers jsonb NOT NULL, body jsonb NOT NULL)
"""
_PLAIN_ROWS = """
    INSERT INTO plain SELECT id, received_at, encode(hash, 'hex'), headers, body
    FROM incidents WHERE id BETWEEN $1 AND $2
"""
_PLAIN_INDEXES = (
    "ALTER TABLE plain ADD PRIMARY KEY (id)",
    "CREATE INDEX ON plain (received_at)",
    "CREATE INDEX ON plain (hash)",
    "CREATE INDEX ON plain USING gin (headers jsonb_path_ops)",
    "CREATE INDEX ON plain USING gin (body jsonb_path_ops)",
    f"CREATE INDEX ON plain USING gin ({PLAIN_TEXT} gin_trgm_ops)",
    "VACUUM (FREEZE, ANALYZE) plain",
    # Last of all: it says that the table is whole.
    "COMMENT ON TABLE plain IS 'whole, with trigrams'",
)

Job = Callable[[str, int, int, int], Awaitable[None]]


def fill(server: str, seed: int, size: int, *, plain: bool = True) -> str:
    """The URL of a database with the incidents 1 to `size`; with `plain` beside the table `plain`.

    `server` is the URL of any database of the server.
    """
    url = database.named(server, f"find_{seed}_{size}")
    asyncio.run(_create(server, url))
    starts = range(0, size + 1, _PARTITION_IDS)
    _in_processes(_partition, url, seed, size, starts)
    forget_reports(url, size)
    asyncio.run(_settle(url))
    if plain and not asyncio.run(_plain_is_whole(url)):
        asyncio.run(_execute(url, _PLAIN_TABLE))
        _in_processes(_plain, url, seed, size, starts)
        asyncio.run(_execute(url, *_PLAIN_INDEXES))
    return url


async def _settle(url: str) -> None:
    """As a server would have done meanwhile."""
    settling, parser = Settling(Settings(), url), Parser()
    for _ in range(2):
        await settling.look()
    await Indexing(Settings(), url, parser, lambda: False, rests=False).look()
    await parser.close()


def _in_processes(job: Job, url: str, seed: int, size: int, starts: range) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(_PROCESSES, mp_context=context) as processes:
        arguments = repeat(job), repeat(url), repeat(seed), repeat(size), starts
        for start, seconds in zip(starts, processes.map(_timed, *arguments), strict=True):
            click.echo(f"{job.__name__} from {start:,}: {seconds:,.0f} s", err=True)


def _timed(job: Job, url: str, seed: int, size: int, start: int) -> float:
    begun = time.monotonic()
    asyncio.run(job(url, seed, size, start))  # type: ignore[arg-type]
    return time.monotonic() - begun


async def _create(server: str, url: str) -> None:
    name = database.name_of(url)
    connection = await asyncpg.connect(server)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    await asyncio.to_thread(migrate_database, Settings(), url)


async def _partition(url: str, seed: int, size: int, start: int) -> None:
    name = f"incidents_{start}"
    first, last = max(1, start), min(size, start + _PARTITION_IDS - 1)
    connection = await asyncpg.connect(url, server_settings=_SESSION)
    try:
        attached = "SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1)"
        if await connection.fetchval(attached, name):
            return
        await connection.execute(
            f"DROP TABLE IF EXISTS {name};"
            f"CREATE TABLE {name} (LIKE incidents INCLUDING ALL EXCLUDING INDEXES)"
        )
        lines = _lines(rows(seed, size, first, last))
        await connection.copy_to_table(name, source=lines, columns=_COLUMNS)
        for statement in await _indexes(connection, name):
            await connection.execute(statement)
        await connection.execute(f"VACUUM (FREEZE, ANALYZE) {name}")
        await connection.execute(
            f"ALTER TABLE incidents ATTACH PARTITION {name} "
            f"FOR VALUES FROM ({start}) TO ({start + _PARTITION_IDS})"
        )
    finally:
        await connection.close()


async def _indexes(connection: asyncpg.Connection, name: str) -> list[str]:
    """What makes the indexes of the table on its partition, while it stands alone."""
    made = await connection.fetch(
        "SELECT pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = 'incidents'::regclass AND NOT indisprimary"
    )
    return [
        f"ALTER TABLE {name} ADD PRIMARY KEY (id)",
        *(_INDEX.sub(f"CREATE INDEX ON {name}", row[0]) for row in made),
    ]


async def _lines(found: Iterator[Row]) -> AsyncGenerator[bytes]:
    """COPY's text format."""
    while piece := list(islice(found, _ROWS_A_PIECE)):
        text = "".join(
            f"{row.id}\t{row.received_at}\t\\x{row.hash.hex()}\t{row.headers}\t{row.body}"
            f"\t{group_of(row.headers, json.loads(row.body)).key}\n"
            for row in piece
        )
        yield text.replace("\\", "\\\\").encode()


async def _plain(url: str, _: int, size: int, start: int) -> None:
    last = min(size, start + _PARTITION_IDS - 1)
    await _execute(url, _PLAIN_ROWS.replace("$1", str(start)).replace("$2", str(last)))


async def _plain_is_whole(url: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        said = "SELECT obj_description(to_regclass('plain'), 'pg_class') = 'whole, with trigrams'"
        return bool(await connection.fetchval(said))
    finally:
        await connection.close()


def forget_reports(url: str, size: int) -> None:
    """Takes out what was reported beyond the first `size`, also by a run that was broken off."""
    asyncio.run(_forget_reports(url, size))


async def _forget_reports(url: str, size: int) -> None:
    connection = await asyncpg.connect(url, server_settings=_SESSION)
    try:
        await connection.execute("DELETE FROM incidents_blocks WHERE high > $1", size)
        await connection.execute("UPDATE incidents_settled SET below = 0")
        deleted = await connection.fetch(
            "DELETE FROM incidents WHERE id > $1 RETURNING tableoid::regclass::text", size
        )
        await connection.execute(f"SELECT setval('incidents_id_seq', {size})")
        for table in {row[0] for row in deleted}:
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()


def indexes_share(url: str) -> str:
    """How large the indexes of words and numbers are, and the database without `plain`."""
    words, numbers, whole = (size / 2**20 for size in asyncio.run(_sizes(url)))
    return (
        f"the index of words has {words:,.1f} MiB, that of numbers {numbers:,.1f} MiB "
        f"of {whole:,.0f} MiB"
    )


async def _sizes(url: str) -> asyncpg.Record:
    connection = await asyncpg.connect(url)
    try:
        (sizes,) = await connection.fetch(
            "SELECT pg_total_relation_size('incidents_words'), "
            "pg_total_relation_size('incidents_numbers'), pg_database_size(current_database())"
            " - coalesce(pg_total_relation_size(to_regclass('plain')), 0)"
        )
        return sizes
    finally:
        await connection.close()


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url, server_settings=_SESSION)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
