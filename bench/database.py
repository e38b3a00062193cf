"""What the bench itself asks of PostgreSQL, outside of the measured time."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from incidents.storage.embedded import Embedded
from incidents.storage.engine import connect
from incidents.storage.partitions import Partitions

_WAIT_SECONDS = 60
_PARTITION_IDS = 1_000_000  # the default of the setting partition_ids
_FLUSHED_BY = ("fsync", "synchronous_commit", "wal_sync_method")


@contextmanager
def postgresql(data: Path) -> Iterator[str]:
    """The URL of a PostgreSQL under `data` that runs until the end of the block."""
    embedded = Embedded(data, _WAIT_SECONDS)
    try:
        embedded.start()
        yield embedded.url
    finally:
        embedded.stop()


def named(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def create(url: str, name: str) -> None:
    """Makes the database `name` beside that of `url`."""
    asyncio.run(_execute(url, f"CREATE DATABASE {name}"))


def cover(url: str, last_id: int) -> None:
    """Makes the partitions up to `last_id`: pgbench cannot."""
    asyncio.run(_cover(url, last_id))


def empty(url: str) -> None:
    """Makes every run begin alike: no row, ids from 1, nothing that waits for the disk."""
    restart = "ALTER SEQUENCE incidents_id_seq RESTART"
    asyncio.run(_execute(url, "TRUNCATE incidents", restart, "CHECKPOINT"))


def count(url: str) -> int:
    """How many rows there are."""
    return int(asyncio.run(_fetch(url, "SELECT count(*) FROM incidents"))[0][0])


def sample(url: str, rows: int) -> list[tuple[bytes, str, str]]:
    """Hash, headers and body of `rows` random rows, as they are stored; or of all."""
    query = "SELECT hash, headers::text, body::text FROM incidents ORDER BY random() LIMIT $1"
    return [(row[0], row[1], row[2]) for row in asyncio.run(_fetch(url, query, rows))]


def describe(url: str) -> str:
    """The version, and the settings that decide what a commit waits for."""
    version = asyncio.run(_fetch(url, "SHOW server_version"))[0][0]
    values = [asyncio.run(_fetch(url, f"SHOW {name}"))[0][0] for name in _FLUSHED_BY]
    settings = (f"{name} {value}" for name, value in zip(_FLUSHED_BY, values, strict=True))
    return f"PostgreSQL {version} ({', '.join(settings)})"


async def _execute(url: str, *statements: str) -> None:
    async with _connected(url) as connection:
        for statement in statements:
            await connection.execute(statement)


async def _fetch(url: str, query: str, *values: object) -> list[asyncpg.Record]:
    async with _connected(url) as connection:
        return await connection.fetch(query, *values)


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=_WAIT_SECONDS, command_timeout=_WAIT_SECONDS)
    try:
        yield connection
    finally:
        await connection.close(timeout=_WAIT_SECONDS)


async def _cover(url: str, last_id: int) -> None:
    engine = connect(url, name="bench", connections=2, wait_seconds=_WAIT_SECONDS)
    try:
        partitions = Partitions(engine, _PARTITION_IDS, _WAIT_SECONDS)
        await partitions.cover(last_id)
        await partitions.close()
    finally:
        await engine.dispose()
