"""What the bench itself asks of PostgreSQL, outside of the measured time."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from incidents.db.driver import connector
from incidents.db.partitions import Partitions
from incidents.embedded.postgresql import Embedded

_WAIT_SECONDS = 60
_PARTITION_IDS = 1_000_000  # the default of the setting partition_ids
_FLUSHED_BY = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method")
_REMEMBERS = ("shared_buffers", "work_mem", "maintenance_work_mem", "max_connections")


@contextmanager
def postgresql(data: Path) -> Iterator[str]:
    """The URL of a PostgreSQL under `data` that runs until the end of the block."""
    data.chmod(0o711)  # as root, PostgreSQL's user passes what was made for root alone
    embedded = Embedded(data, _WAIT_SECONDS)
    try:
        embedded.start()
        yield embedded.url
    finally:
        embedded.stop()


def first_process(data: Path) -> int:
    """The id of the process that started all others of the PostgreSQL under `data`."""
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def named(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def name_of(url: str) -> str:
    """The name of the database of that URL."""
    return urlsplit(url).path.removeprefix("/")


def create(url: str, name: str) -> None:
    """Makes the database `name` beside that of `url`."""
    execute(url, f"CREATE DATABASE {name}")


def cover(url: str, last_id: int) -> None:
    """Makes the partitions up to `last_id`: pgbench cannot."""
    asyncio.run(_cover(url, last_id))


def empty(url: str) -> int:
    """Makes every run begin alike: no row, nothing waits for the disk. The last id: none, 0."""
    restart = "ALTER SEQUENCE incidents_id_seq RESTART"
    execute(url, "TRUNCATE incidents", restart, "CHECKPOINT")
    return 0


def settle(url: str) -> int:
    """Makes every run begin alike where rows stay: nothing waits for the disk. The last id."""
    execute(url, "CHECKPOINT")
    return int(_value(url, "SELECT last_value FROM incidents_id_seq"))


def rejected_bytes(url: str) -> int:
    """What the table of rejected reports takes on the disk."""
    return int(_value(url, "SELECT pg_total_relation_size('incidents_rejected')"))


def count(url: str, after_id: int) -> int:
    """How many rows there are with a higher id."""
    return int(_value(url, "SELECT count(*) FROM incidents WHERE id > $1", after_id))


def sample(url: str, after_id: int, rows: int) -> list[tuple[bytes, str, str]]:
    """Hash, headers and body of `rows` random rows with a higher id, as stored; or of all."""
    query = (
        "SELECT hash, headers::text, body::text FROM incidents "
        "WHERE id > $1 ORDER BY random() LIMIT $2"
    )
    found = asyncio.run(_fetch(url, query, after_id, rows))
    return [(row[0], row[1], row[2]) for row in found]


def bodies(url: str, hashes: Sequence[bytes]) -> dict[bytes, str]:
    """The body of each hash that is there, as it is stored."""
    query = "SELECT hash, body::text FROM incidents WHERE hash = ANY($1::bytea[])"
    return {row[0]: row[1] for row in asyncio.run(_fetch(url, query, hashes))}


@dataclass(frozen=True, slots=True)
class Wal:
    """What PostgreSQL has done for its log so far; the times are 0 until `time_wal` was called."""

    segments: int
    segments_ms: float
    checkpoints: int

    def until(self, later: "Wal") -> "Wal":
        """What came from this moment to the later one."""
        return Wal(
            later.segments - self.segments,
            later.segments_ms - self.segments_ms,
            later.checkpoints - self.checkpoints,
        )


def time_wal(url: str) -> None:
    """From now on PostgreSQL measures how long its log takes."""
    execute(url, "ALTER SYSTEM SET track_wal_io_timing = on", "SELECT pg_reload_conf()")


def wal(url: str) -> Wal:
    """How many segments of its log PostgreSQL has made, and how many checkpoints."""
    query = """
        SELECT sum(writes), sum(write_time + fsync_time),
               (SELECT num_done FROM pg_stat_checkpointer)
        FROM pg_stat_io WHERE object = 'wal' AND context = 'init'
    """
    (found,) = asyncio.run(_fetch(url, query))
    return Wal(int(found[0]), float(found[1]), int(found[2]))


def describe(url: str) -> str:
    """The version, and the settings that decide what a commit waits for."""
    return f"PostgreSQL {_value(url, 'SHOW server_version')} ({_settings(url, _FLUSHED_BY)})"


def describe_memory(url: str) -> str:
    """The settings that decide how much memory PostgreSQL takes."""
    return _settings(url, _REMEMBERS)


def execute(url: str, *statements: str, seconds: float = _WAIT_SECONDS) -> None:
    """Returns when all are done, none of which may take longer than `seconds`."""
    asyncio.run(_execute(url, *statements, seconds=seconds))


def _settings(url: str, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {_value(url, f'SHOW {name}')}" for name in names)


def _value(url: str, query: str, *values: object) -> Any:
    return asyncio.run(_fetch(url, query, *values))[0][0]


async def _execute(url: str, *statements: str, seconds: float) -> None:
    async with _connected(url, seconds) as connection:
        for statement in statements:
            await connection.execute(statement)


async def _fetch(url: str, query: str, *values: object) -> list[asyncpg.Record]:
    async with _connected(url) as connection:
        return await connection.fetch(query, *values)


@asynccontextmanager
async def _connected(
    url: str, seconds: float = _WAIT_SECONDS
) -> AsyncGenerator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=_WAIT_SECONDS, command_timeout=seconds)
    try:
        yield connection
    finally:
        await connection.close(timeout=_WAIT_SECONDS)


async def _cover(url: str, last_id: int) -> None:
    opens = connector(url, name="bench", wait_seconds=_WAIT_SECONDS)
    partitions = Partitions(opens, _PARTITION_IDS, _WAIT_SECONDS)
    try:
        await partitions.cover(last_id)
    finally:
        await partitions.close()
