"""A database of each earlier revision is migrated with what is in it, beside who still uses it.

What is in it was stored by the program as it was then (tests/make_revisions.py).
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from incidents.cli.parts.database import migrate_database
from incidents.core.hashing import canonical, fingerprint
from incidents.core.incident import StoredIncident
from incidents.db.revision import HEAD
from incidents.maintenance.integrity import fault_of
from incidents.maintenance.walk import Walk
from incidents.support.settings import Settings
from tests.api import Api
from tests.conftest import run_sql
from tests.test_backup import EVERYTHING
from tests.test_import_beside_server import until_it_waits
from tests.test_migrate import COLUMNS, INDEXES, fetch
from tests.test_retention import until

OpenApi = Callable[..., Awaitable[Api]]
pytestmark = pytest.mark.slow
Rows = list[tuple[object, ...]]

DUMPS = {file.stem: file for file in (Path(__file__).parent / "revisions").glob("*.sql")}
EARLIER = sorted(DUMPS)

# What servers of then said to PostgreSQL, from which revision on.
RESERVE = "SELECT nextval('incidents_id_seq')"
INSERT = """
    INSERT INTO incidents (id, received_at, hash, headers, body, body_for_search)
    SELECT * FROM unnest(
        $1::bigint[], $2::timestamptz[], $3::bytea[], $4::json[], $5::json[], $6::json[]
    )
"""
BY_HASH = "SELECT id FROM incidents WHERE hash = $1 ORDER BY id DESC LIMIT 1"
BY_EXAMPLE = """
    SELECT id FROM incidents WHERE
    ('[]'::jsonb || headers::jsonb || coalesce(body_for_search, body)::jsonb) @> $1::jsonb
    ORDER BY id DESC
"""
MORE = {
    "0002": "SELECT hash, scope FROM incidents_keys WHERE revoked_at IS NULL",
    "0003": "SELECT number FROM incidents_generation",
    "0006": "SELECT number, seals FROM incidents_generation",
    "0007": "SELECT seen_at, waits_until, stopped_at, reason, confirmed_at FROM incidents_clock",
}
# One of each kind of server, and the last before this one. From the first all migrations run.
SERVED = sorted({EARLIER[0], *MORE, EARLIER[-2]})
# Partitions have ten ids: what reported without a pause would leave hundreds to each migration.
PAUSE_SECONDS = 0.02


async def made(url: str, revision: str) -> Rows:
    """The incidents of a database that has that revision now."""
    # As pg_dump has it: a function may stand before its tables.
    later = "SET check_function_bodies = off"
    await asyncio.to_thread(run_sql, url, later, DUMPS[revision].read_text())
    return await everything(url)


async def everything(url: str) -> Rows:
    return await asyncio.to_thread(fetch, url, EVERYTHING)


async def migrated(url: str) -> tuple[str | None, str | None]:
    return await asyncio.to_thread(migrate_database, Settings(), url)


class ServerOfBefore:
    """Reports and finds as one of that revision did, until it is told to stop."""

    def __init__(self, url: str, revision: str) -> None:
        self._url = url
        self._more = [query for since, query in MORE.items() if since <= revision]
        self._stopped = asyncio.Event()
        self.has_begun = asyncio.Event()
        self.reported: list[int] = []

    def stop(self) -> None:
        self._stopped.set()

    async def run(self) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            while not self._stopped.is_set():
                await self._report(connection)
                for query in self._more:
                    await connection.fetch(query)
                self.has_begun.set()
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await connection.close()

    async def _report(self, connection: asyncpg.Connection) -> None:
        id_ = await connection.fetchval(RESERVE)
        await _make_partition(connection, id_)
        headers, body = "{}", json.dumps({"reported": id_})
        hash_ = fingerprint(canonical({}), {"reported": id_})
        row = id_, datetime.now(UTC), hash_, headers, body, None
        await connection.execute(INSERT, *([value] for value in row))
        self.reported.append(id_)
        assert await connection.fetchval(BY_HASH, hash_) == id_
        found = await connection.fetch(BY_EXAMPLE, json.dumps([{"reported": id_}]))
        assert [row["id"] for row in found] == [id_]


async def _make_partition(connection: asyncpg.Connection, id_: int) -> None:
    """As servers made one ahead: beside the table, and then attached."""
    start = id_ - id_ % 10 + 10
    name = f"incidents_{start}"
    if await connection.fetchval("SELECT to_regclass($1)", name) is None:
        async with connection.transaction():
            await connection.execute(f"CREATE TABLE {name} (LIKE incidents INCLUDING ALL)")
            await connection.execute(
                f"ALTER TABLE incidents ATTACH PARTITION {name} "
                f"FOR VALUES FROM ({start}) TO ({start + 10})"
            )


async def check(url: str, before: Rows, open_api: OpenApi) -> None:
    """All is there as it was, is found, and more can be reported."""
    after = await everything(url)
    assert set(map(str, before)) <= set(map(str, after))
    api = await open_api(url, partition_ids=10)
    ids = [int(str(row[0])) for row in after]
    assert await api.find({}) == sorted(ids, reverse=True)
    # What a server of before reports meanwhile is each as the next one.
    kept, newest = {int(str(row[0])) for row in before}, set(sorted(ids)[-10:])
    for id_, hash_, body in await asyncio.to_thread(
        fetch, url, "SELECT id, hash, body::text FROM incidents"
    ):
        if id_ not in kept | newest:
            continue
        assert isinstance(hash_, bytes)
        by_hash = await api.get(f"/find?h={hash_.hex()}")
        assert id_ in [each["id"] for each in by_hash.json["incidents"]]
        example = json.loads(str(body))
        assert not isinstance(example, dict) or id_ in await api.find(example, "limit=50")
    assert await api.report({"new": True}) > max(ids)
    async with Walk(url, wait_seconds=60, rows_at_once=100) as walk:
        async for incident in walk.incidents():
            assert isinstance(incident, StoredIncident)
            assert fault_of(incident.headers, incident.body, incident.hash) is None


def test_there_is_a_database_of_each_revision() -> None:
    assert [f"{number:04}" for number in range(1, int(HEAD) + 1)] == EARLIER


async def check_tables(url: str, new: str) -> None:
    """Those that were migrated are as new ones are."""
    for what in (INDEXES, COLUMNS):
        made_new = await asyncio.to_thread(fetch, new, what)
        assert await asyncio.to_thread(fetch, url, what) == made_new


@pytest.mark.parametrize("revision", [each for each in EARLIER if each not in SERVED])
async def test_what_was_stored_then_is_there_and_found(
    empty_database: str, shared_database: str, revision: str, open_api: OpenApi
) -> None:
    before = await made(empty_database, revision)
    assert len(before) == 30

    assert (await migrated(empty_database))[1] == HEAD

    await check_tables(empty_database, shared_database)
    await check(empty_database, before, open_api)


@pytest.mark.parametrize("revision", SERVED)
async def test_a_server_of_before_goes_on_while_two_migrate(
    empty_database: str, shared_database: str, revision: str, open_api: OpenApi
) -> None:
    before = await made(empty_database, revision)
    assert len(before) == 30
    server = ServerOfBefore(empty_database, revision)
    serving = asyncio.create_task(server.run())
    await asyncio.wait_for(server.has_begun.wait(), 60)

    done = await asyncio.gather(migrated(empty_database), migrated(empty_database))

    at_the_end = len(server.reported)

    async def has_gone_on() -> bool:
        return serving.done() or len(server.reported) >= at_the_end + 20

    await until(has_gone_on)
    server.stop()
    await serving
    assert {after for _, after in done} == {HEAD}
    await check_tables(empty_database, shared_database)
    ids = [row[0] for row in await everything(empty_database)]
    assert set(server.reported) <= set(ids)
    assert len(ids) == len(before) + len(server.reported)
    await check(empty_database, before, open_api)


@asynccontextmanager
async def held(url: str, table: str, mode: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever migrates comes as far as that table."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield connection
    finally:
        await connection.close()


# Each goes through all migrations behind it.
@pytest.mark.parametrize("revision", [EARLIER[0], *EARLIER[4:-1:9]])
async def test_a_migration_that_was_killed_is_gone_on_with(
    empty_database: str, revision: str, open_api: OpenApi
) -> None:
    before = await made(empty_database, revision)
    # An index is made a partition at a time: it has done some of them by then.
    newest = f"incidents_{max(map(int, (str(row[0]) for row in before))) // 10 * 10}"
    where = (
        (newest, "ROW EXCLUSIVE") if revision < "0005" else ("incidents_alembic_version", "SHARE")
    )

    async with held(empty_database, *where) as connection:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "incidents", "migrate", "--database-url", empty_database),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        await until_it_waits(connection, "migrate")
        process.kill()
        await process.wait()

    assert (await migrated(empty_database))[1] == HEAD
    await check(empty_database, before, open_api)
