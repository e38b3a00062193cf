"""Partitions are there before an id needs them."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from tests.api import Api
from tests.conftest import run_sql

OpenApi = Callable[..., Awaitable[Api]]


async def bounds(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(
            "SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i "
            "JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'incidents'::regclass "
            "ORDER BY c.oid"
        )
        return [row[0] for row in found]
    finally:
        await connection.close()


async def test_incidents_go_on_over_the_end_of_a_partition(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)

    ids = [await api.report(number) for number in range(35)]

    assert ids == list(range(1, 36))
    assert await api.find({}) == ids[::-1]
    made = await bounds(database)
    assert made[:2] == [
        "incidents_0 FOR VALUES FROM ('0') TO ('10')",
        "incidents_10 FOR VALUES FROM ('10') TO ('20')",
    ]


async def test_the_next_partition_is_made_before_it_is_needed(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)

    for number in range(6):
        await api.report(number)
    await api.runtime.close()

    assert len(await bounds(database)) == 2


async def test_a_new_size_begins_where_the_last_partition_ends(
    open_api: OpenApi, database: str
) -> None:
    await (await open_api(partition_ids=10)).report(1)
    larger = await open_api(partition_ids=100)

    await asyncio.gather(*(larger.report(number) for number in range(30)))

    assert (await bounds(database))[-1].startswith("incidents_10 FOR VALUES FROM ('10') TO ('110')")


async def test_several_workers_make_them_without_getting_in_each_others_way(
    open_api: OpenApi, database: str
) -> None:
    workers = [await open_api(partition_ids=5) for _ in range(3)]

    ids = await asyncio.gather(*(workers[number % 3].report(number) for number in range(60)))

    assert len(set(ids)) == 60
    assert sorted(await workers[0].find({})) == sorted(ids)


async def test_a_partition_is_made_while_a_long_search_runs(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.db.partitions._LOCK_SECONDS_MAX", 1)
    api = await open_api(partition_ids=10)
    await api.report(1)
    reader = await asyncpg.connect(database)
    async with reader.transaction():
        await reader.fetch("SELECT * FROM incidents")

        ids = [await api.report(number) for number in range(25)]

    await reader.close()
    assert len(await api.find({})) == len(ids) + 1


async def test_a_partition_that_takes_longer_than_one_try_is_made(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(database_wait_seconds=4)  # so the first try gets two, the next one
    await asyncio.to_thread(
        run_sql,
        database,
        "CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql "
        "AS 'BEGIN PERFORM pg_sleep(3); END'; "
        "CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE TABLE') "
        "EXECUTE FUNCTION dawdle()",
    )

    assert await api.report(1) == 1


async def test_a_partition_that_somebody_dropped_is_made_again(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=1000)
    await api.report(1)
    await asyncio.to_thread(run_sql, database, "DROP TABLE incidents_0")

    await api.report(2)

    assert len(await api.find({})) == 1


async def test_the_indexes_of_a_partition_belong_to_those_of_the_table(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api()
    await api.report(1)

    connection = await asyncpg.connect(database)
    unattached = await connection.fetchval(
        "SELECT count(*) FROM pg_index WHERE indrelid = 'incidents_0'::regclass "
        "AND indexrelid NOT IN (SELECT inhrelid FROM pg_inherits)"
    )
    indexes = await connection.fetchval(
        "SELECT count(*) FROM pg_index WHERE indrelid = 'incidents_0'::regclass"
    )
    await connection.close()
    assert (indexes, unattached) == (5, 0)
