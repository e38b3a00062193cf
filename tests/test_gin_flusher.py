"""What is new is sorted into the index of examples, beside the reports."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from incidents.db.driver import Connector, connector
from incidents.db.pool import ConnectionPool
from incidents.ingest import gin_flusher as pending_module
from incidents.ingest.gin_flusher import PendingList
from tests.api import Api
from tests.test_retention import sql

OpenApi = Callable[..., Awaitable[Api]]

_PAGES_LEFT = """
    SELECT gin_clean_pending_list(x.indexrelid) FROM pg_index x
    JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE x.indrelid = $1::regclass AND a.amname = 'gin'
"""
_ROWS = """
    INSERT INTO incidents (id, received_at, hash, headers, body)
    SELECT id, now(), '', '{}', json_build_object('n', id) FROM generate_series(%d, %d) AS id
"""


@pytest.fixture
async def driver(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever looks."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long."""
    monkeypatch.setattr(pending_module, "_PAUSE_SECONDS", 0.001)


async def until_done(pending: PendingList) -> None:
    while pending._work is not None:
        await asyncio.wait({pending._work})


async def test_what_is_stored_does_not_stay_in_the_list(
    api: Api, driver: asyncpg.Connection
) -> None:
    pending = api.runtime._store._pending
    assert pending is not None
    for number in range(50):
        await api.report({"number": number})
    await until_done(pending)

    assert await driver.fetchval(_PAGES_LEFT, "incidents_0") == 0
    assert await api.find({"number": 7}) == [8]
    # What nobody sorted in is there, as far as this test can see.
    await driver.execute(_ROWS % (1000, 1050))
    assert await driver.fetchval(_PAGES_LEFT, "incidents_0") > 0


async def test_what_goes_on_in_the_next_partition_is_sorted_in_on_both_sides(
    open_api: OpenApi, driver: asyncpg.Connection
) -> None:
    api = await open_api(partition_ids=20)
    pending = api.runtime._store._pending
    assert pending is not None
    for number in range(15):
        await api.report({"number": number})
    await until_done(pending)
    # All that is in flight now is sorted in at once.
    await asyncio.gather(*(api.report({"number": number}) for number in range(15, 30)))
    await until_done(pending)

    for table in ("incidents_0", "incidents_20"):
        assert await driver.fetchval("SELECT count(*) FROM " + table) > 0
        assert await driver.fetchval(_PAGES_LEFT, table) == 0


@pytest.fixture
async def stranger(api: Api, database: str) -> AsyncIterator[Connector]:
    """A role that may write, and owns no index."""
    await api.report({})
    name = f"stranger_{database.rpartition('/')[2].partition('?')[0]}"
    await sql(database, f"CREATE ROLE {name} LOGIN", f"GRANT ALL ON TABLE incidents TO {name}")
    yield connector(database.replace("postgres@", f"{name}@", 1), name="test", wait_seconds=5)
    await sql(database, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


async def test_who_may_not_leaves_it_to_postgresql_and_says_so_once(
    stranger: Connector, caplog: pytest.LogCaptureFixture
) -> None:
    pending = PendingList(ConnectionPool(stranger, 1, 5))
    for _ in range(3):
        pending.grew(1, 1)
        await until_done(pending)
    await pending.close()

    said = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert len(said) == 1
    assert "pending list cannot be merged" in said[0].getMessage()


async def test_a_postgresql_that_is_away_costs_nothing() -> None:
    nowhere = connector("postgresql://nobody@127.0.0.1:1/x", name="test", wait_seconds=1)
    pending = PendingList(ConnectionPool(nowhere, 1, 1))

    pending.grew(1, 1)
    await until_done(pending)
    pending.grew(2, 2)
    await until_done(pending)

    await pending.close()
