"""What is older than the retention goes, and nothing else; nobody waits for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from incidents.core.errors import CannotStart
from incidents.maintenance.retention import Retention
from incidents.runtime import Runtime
from incidents.support.settings import Settings
from tests.api import Api
from tests.conftest import run_sql
from tests.test_partitions import bounds

pytestmark = pytest.mark.jobs

OpenApi = Callable[..., Awaitable[Api]]

NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEEP = timedelta(days=30)


def retention(url: str, **settings: object) -> Retention:
    return Retention(Settings(**settings), url)  # type: ignore[arg-type]


async def sql(url: str, *statements: str) -> None:
    await asyncio.to_thread(run_sql, url, *statements)


async def fill(api: Api, url: str, ages: list[float]) -> list[int]:
    """Incidents that are so many days old; their ids."""
    ids = [await api.report({"age": age}) for age in ages]
    await api.runtime._partitions.close()  # none is being made
    values = ", ".join(
        f"({id_}, '{NOW - timedelta(days=age)}'::timestamptz)"
        for id_, age in zip(ids, ages, strict=True)
    )
    await sql(
        url,
        f"UPDATE incidents SET received_at = at FROM (VALUES {values}) AS v (v_id, at) "
        "WHERE id = v_id",
    )
    return ids


async def names(url: str) -> list[str]:
    return [bound.split()[0] for bound in await bounds(url)]


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^incidents_\d+$'"
        )
        return {row[0] for row in rows}
    finally:
        await connection.close()


async def test_whole_partitions_are_dropped_and_the_rest_is_deleted(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.maintenance.retention.DELETED_AT_ONCE_MAX", 2)
    api = await open_api(partition_ids=10)
    # ids 1..9, 10..19 are old; of 20..29 some are; the others are young
    ids = await fill(api, database, [40.0] * 24 + [1.0] * 20)

    await retention(database).enforce(KEEP, NOW)

    assert await api.find({}) == ids[:23:-1]
    assert await tables(database) == set(await names(database))
    assert "incidents_0" not in await names(database)
    assert "incidents_10" not in await names(database)
    assert "incidents_20" in await names(database)


async def test_what_is_as_old_as_the_retention_stays(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [30.001, 30.0, 29.999, 1.0])

    await retention(database).enforce(KEEP, NOW)

    assert await api.find({}) == ids[:0:-1]


async def test_a_partition_that_ends_soon_waits_to_be_dropped_whole(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [31.0] * 5 + [29.5] * 4 + [28.0] * 5)

    for days in (0, 1.4, 1.9):
        await retention(database).enforce(KEEP, NOW + timedelta(days=days))
        assert await api.find({}) == ids[::-1]

    await retention(database).enforce(KEEP, NOW + timedelta(days=2.1))
    assert await api.find({}) == []
    assert "incidents_0" not in await names(database)


async def test_the_partition_that_ids_come_from_is_never_dropped(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    await fill(api, database, [40.0] * 9)

    await retention(database).enforce(KEEP, NOW)

    assert await api.find({}) == []
    assert "incidents_0" in await names(database)
    young = await api.report("young")
    assert await api.find({}) == [young]


async def test_reports_and_searches_do_not_wait_while_a_partition_is_detached(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 19 + [1.0] * 5)
    # Whoever waits for a lock for more than 100 ms fails.
    name = database.rpartition("/")[2].partition("?")[0]
    await sql(database, f"ALTER DATABASE {name} SET lock_timeout = '100ms'")
    hurried = await open_api(partition_ids=10)
    reader = await asyncpg.connect(database)
    transaction = reader.transaction(isolation="repeatable_read")
    await transaction.start()
    await reader.fetch("SELECT FROM incidents")

    enforcing = asyncio.create_task(retention(database).enforce(KEEP, NOW))
    await _until_waiting(database)
    young = [await hurried.report(number) for number in range(15)]
    found = await hurried.find({})

    assert not enforcing.done()
    assert found == young[::-1] + ids[:18:-1] + [id_ for id_ in ids[18::-1] if id_ >= 10]
    await transaction.rollback()
    await reader.close()
    await enforcing
    assert await api.find({}) == young[::-1] + ids[:18:-1]


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Returns when it is so; a test that waits in vain runs into its time limit."""
    while not await condition():  # noqa: ASYNC110 - PostgreSQL tells nobody
        await asyncio.sleep(0.01)


async def _until_waiting(url: str) -> None:
    connection = await asyncpg.connect(url)
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND application_name = 'incidents retention' AND datname = current_database()"
    )
    await until(lambda: connection.fetchval(query))
    await connection.close()


async def test_what_was_interrupted_is_ended_by_the_next(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 21 + [1.0] * 5)
    reader = await asyncpg.connect(database)
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetch("SELECT FROM incidents")
    enforcing = asyncio.create_task(retention(database).enforce(KEEP, NOW))
    await _until_waiting(database)
    enforcing.cancel()
    await asyncio.gather(enforcing, return_exceptions=True)

    blocked = retention(database).enforce(KEEP, NOW)
    await asyncio.gather(blocked, return_exceptions=True)
    assert "incidents_0" in await tables(database)
    await transaction.rollback()
    await reader.close()
    await retention(database).enforce(KEEP, NOW)

    assert not {"incidents_0", "incidents_10"} & await tables(database)
    assert await api.find({}) == ids[:20:-1]


async def test_a_partition_that_was_detached_but_not_dropped_is_dropped(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 9 + [1.0] * 5)
    await sql(
        database,
        "COMMENT ON TABLE incidents_0 IS 'past the retention: incidents 0 to 10'",
        "ALTER TABLE incidents DETACH PARTITION incidents_0",
    )

    await retention(database).enforce(KEEP, NOW)

    assert "incidents_0" not in await tables(database)
    assert await api.find({}) == ids[:8:-1]


async def test_a_late_incident_in_a_detached_partition_is_brought_back(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 8 + [1.0] * 6)
    await sql(
        database,
        "COMMENT ON TABLE incidents_0 IS 'past the retention: incidents 0 to 10'",
        "ALTER TABLE incidents DETACH PARTITION incidents_0",
    )

    await retention(database).enforce(KEEP, NOW)

    assert await api.find({}) == ids[:7:-1]
    assert "incidents_0" in await names(database)


async def test_a_table_that_somebody_detached_is_left_alone(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    await fill(api, database, [40.0] * 15 + [1.0] * 9)
    await sql(database, "ALTER TABLE incidents DETACH PARTITION incidents_0")

    await retention(database).enforce(KEEP, NOW)

    assert "incidents_0" in await tables(database)


async def test_one_process_at_a_time_does_it(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 9 + [1.0] * 5)
    other = await asyncpg.connect(database)
    await other.execute(f"SELECT pg_advisory_lock({0x696E6372})")

    await retention(database).enforce(KEEP, NOW)
    assert await api.find({}) == ids[::-1]

    await other.close()
    await asyncio.gather(*(retention(database).enforce(KEEP, NOW) for _ in range(4)))
    assert await api.find({}) == ids[:8:-1]


async def test_a_server_with_a_retention_enforces_it_by_itself(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api()
    old, young = await fill(api, database, [40.0, 1.0])
    await sql(
        database,
        f"UPDATE incidents SET received_at = now() WHERE id = {young}",
    )

    workers = [await open_api(retention="30d", retention_check_seconds=0.05) for _ in range(2)]

    async def is_gone() -> bool:
        return await workers[1].find({}) == [young]

    await until(is_gone)

    assert (await api.get(f"/incidents/{old}")).status == 404


async def test_it_goes_on_when_postgresql_is_back(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(retention="1d", retention_check_seconds=0.01)  # type: ignore[arg-type]
    runtime = Runtime(settings, "postgresql://nobody@127.0.0.1:1/x")
    with caplog.at_level(logging.WARNING):
        await runtime.open()

        async def has_tried_again() -> bool:
            return len([1 for each in caplog.messages if "retried" in each]) > 1

        await until(has_tried_again)
        await runtime.close()


def test_without_a_retention_nothing_goes() -> None:
    assert Settings().retention is None


@pytest.mark.parametrize("text", ["30", "30x", "", "-1d", "1s", "99999w", "999999999w"])
def test_a_retention_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CannotStart, match="INCIDENTS_RETENTION"):
        Settings.read(retention=text)


def test_a_retention_is_a_number_and_a_unit() -> None:
    assert Settings.read(retention="30d").retention == timedelta(days=30)
    assert Settings.read(retention="90m").retention == timedelta(hours=1.5)
