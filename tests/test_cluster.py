"""What holds on Citus alone; tests/citus.py says what else is run on it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import pytest

from incidents.cli.parts.database import migrate_database
from incidents.core.errors import CannotStart
from incidents.db.backend.citus import Citus
from incidents.db.durability import lapses
from incidents.maintenance.retention import Retention
from incidents.maintenance.status import read_status
from incidents.runtime import Runtime
from incidents.search.session import SESSION
from incidents.support.settings import Settings
from tests import citus
from tests.api import Api
from tests.proxy import Proxy
from tests.server import Server
from tests.sql import rows_of, run_sql
from tests.test_intake import rows
from tests.test_retention import KEEP, NOW, fill, sql, tables, until

pytestmark = [pytest.mark.citus, pytest.mark.timeout(900), citus.needed]

OpenApi = Callable[..., Awaitable[Api]]

SHARDS = "SELECT nodeport FROM citus_shards WHERE table_name = 'incidents'::regclass"
MACHINES = "SELECT nodeport FROM pg_dist_node WHERE shouldhaveshards"
SYNCED = "SELECT bool_and(metadatasynced) FROM pg_dist_node WHERE hasmetadata"
LOCAL_BYTES = """
    SELECT sum(pg_relation_size(inhrelid)) FROM pg_inherits
    WHERE inhparent = 'incidents'::regclass
"""


async def one(url: str, query: str) -> Any:
    ((value,),) = await asyncio.to_thread(rows_of, url, query)
    return value


@pytest.fixture
def database(machines: citus.Citus) -> Iterator[str]:
    yield from machines.database()


@pytest.fixture
def empty_database(machines: citus.Citus) -> Iterator[str]:
    yield from machines.empty_database()


@pytest.fixture
def bare_database(machines: citus.Citus) -> Iterator[str]:
    yield from machines.bare_database()


def test_an_empty_table_is_spread_over_the_machines(empty_database: str) -> None:
    migrate_database(Settings(), empty_database)

    assert set(rows_of(empty_database, SHARDS)) == set(rows_of(empty_database, MACHINES))
    migrate_database(Settings(), empty_database)


async def test_incidents_from_before_the_cluster_are_moved(
    bare_database: str, machines: citus.Citus
) -> None:
    await asyncio.to_thread(migrate_database, Settings(), bare_database)
    async with Api(Runtime(Settings(partition_ids=10), bare_database)) as api:
        ids = [await api.report({"number": number}) for number in range(25)]
        before = await api.post("/find", b"{}")
    await asyncio.to_thread(machines.connect_machines, bare_database)

    await asyncio.to_thread(migrate_database, Settings(), bare_database)

    async with Api(Runtime(Settings(partition_ids=10), bare_database)) as api:
        assert (await api.post("/find", b"{}")).content == before.content
        assert await api.find({"number": 7}) == [ids[7]]
        assert await api.report({"number": 25}) > ids[-1]
    assert await one(bare_database, LOCAL_BYTES) == 0


async def test_what_was_copied_but_not_cleared_is_cleared(
    bare_database: str, machines: citus.Citus
) -> None:
    await asyncio.to_thread(migrate_database, Settings(), bare_database)
    async with Api(Runtime(Settings(), bare_database)) as api:
        id_ = await api.report({"number": 1})
        await asyncio.to_thread(machines.connect_machines, bare_database)
        await sql(bare_database, "SELECT create_distributed_table('incidents', 'id')")

        await asyncio.to_thread(migrate_database, Settings(), bare_database)

    async with Api(Runtime(Settings(), bare_database)) as api:
        assert await api.find({}) == [id_]
    assert await one(bare_database, LOCAL_BYTES) == 0


@pytest.mark.parametrize("removed", ["groupid <> 0", "true"])
def test_a_cluster_without_machines_is_refused_with_what_to_do(
    empty_database: str, removed: str
) -> None:
    run_sql(
        empty_database,
        f"SELECT citus_remove_node(nodename, nodeport) FROM pg_dist_node WHERE {removed} "
        "ORDER BY groupid DESC",
    )

    with pytest.raises(CannotStart, match="citus_add_node"):
        migrate_database(Settings(), empty_database)


def test_who_may_not_end_what_was_left_half_done_is_told_how(empty_database: str) -> None:
    name = empty_database.rpartition("/")[2]
    role = f"{name}_user"
    run_sql(
        empty_database,
        f"CREATE ROLE {role} LOGIN PASSWORD 'x'",
        f"GRANT ALL ON SCHEMA public TO {role}",
    )
    try:
        with pytest.raises(CannotStart, match=f"recover_prepared_transactions.* TO {role}"):
            migrate_database(Settings(), empty_database.replace("//postgres@", f"//{role}:x@"))
    finally:
        run_sql(empty_database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


async def test_what_is_set_for_a_search_holds_on_every_machine(api: Api, database: str) -> None:
    await api.report({})
    driver = await asyncpg.connect(database)

    # Not the same for every row: else the coordinator would answer by itself.
    query = "SELECT current_setting(CASE WHEN id > 0 THEN $1 END) FROM incidents"
    async with Citus().reading(driver, SESSION):
        there = {name: await driver.fetchval(query, name) for name in SESSION}
    after = {name: await driver.fetchval(query, name) for name in SESSION}

    await driver.close()
    assert there == {**SESSION, "plan_cache_mode": "force_custom_plan"}
    assert after["enable_seqscan"] == "on"


async def test_a_machine_that_is_lost_in_a_commit_is_waited_for(
    open_api: OpenApi, database: str
) -> None:
    """An answer means that every machine has it, not only that every machine will."""
    api = await open_api(database_wait_seconds=20)
    await api.report({"number": 0})
    (node, name, port), *_ = await asyncio.to_thread(
        rows_of, database, "SELECT nodeid, nodename, nodeport FROM pg_dist_node WHERE groupid > 0"
    )
    if name not in ("127.0.0.1", "localhost"):
        pytest.skip("the proxy is on this machine: the cluster must be, too")
    async with Proxy(f"postgresql://{name}:{port}/x") as proxy:
        try:
            await sql(database, f"SELECT citus_update_node({node}, '127.0.0.1', {proxy.port})")
            await api.report({"number": 1})

            proxy.cut_when_asked(b"COMMIT PREPARED")
            ids = await asyncio.gather(*(api.report({"number": 2}) for _ in range(20)))
            found = await api.find({"number": 2})
        finally:
            await sql(database, f"SELECT citus_update_node({node}, '{name}', {port})")
            await until(lambda: one(database, SYNCED))

    assert proxy.cut.is_set()
    assert sorted(found) == sorted(ids)
    assert len(await api.find({})) == 22


async def test_a_batch_whose_commit_got_no_answer_is_stored_once(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=20)
        await api.report({"number": 0})

        proxy.cut_when_answered(b"COMMIT")
        ids = await asyncio.gather(*(api.report({"number": number}) for number in range(1, 10)))

    assert proxy.cut.is_set()
    assert sorted(await rows(database)) == list(range(10))
    assert sorted(await rows(database, "SELECT id FROM incidents"))[1:] == sorted(ids)


async def test_a_report_that_was_refused_after_its_commit_is_taken_back(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, database_wait_seconds=5)
        await api.report({"number": 0})
        proxy.cut_when_answered(b"COMMIT")
        asking = asyncio.create_task(api.post("/problems", b'{"number": 1}'))
        await proxy.cut.wait()
        await proxy.go_away()

        assert (await asking).status == 503
        assert sorted(await rows(database)) == [0, 1]
        await proxy.come_back()

        async def is_gone() -> bool:
            return await rows(database) == [0]

        await until(is_gone)


async def test_a_partition_that_somebody_reads_is_left_for_the_next_time(
    open_api: OpenApi, database: str
) -> None:
    """Nobody waits for longer than a moment, though Citus cannot detach beside others."""
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [40.0] * 12 + [1.0] * 5)
    retention = Retention(Settings(), database)
    reader = await asyncpg.connect(database)
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetch("SELECT id FROM incidents")

    await retention.enforce(KEEP, NOW)
    assert "incidents_0" in await tables(database)
    assert await api.find({}) == ids[::-1]
    await transaction.rollback()
    await reader.close()
    await retention.enforce(KEEP, NOW)

    assert "incidents_0" not in await tables(database)
    assert await api.find({}) == ids[:11:-1]


async def test_the_status_counts_all_machines(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10)
    await fill(api, database, [3.0] * 12)
    bytes_ = await one(database, "SELECT pg_database_size(current_database())")

    status = await read_status(database, None, NOW, 20)

    assert status.machines == len(await asyncio.to_thread(rows_of, database, MACHINES))
    assert status.bytes > 1.5 * bytes_


async def test_a_machine_that_may_lose_commits_is_named(database: str) -> None:
    name = database.rpartition("/")[2]

    async def on_workers(command: str) -> None:
        await sql(database, f"SELECT run_command_on_workers('ALTER DATABASE {name} {command}')")

    assert await lapses(database, 20) == []
    await on_workers("SET synchronous_commit = off")
    try:
        said = await lapses(database, 20)
    finally:
        await on_workers("RESET synchronous_commit")

    machines = await asyncio.to_thread(rows_of, database, MACHINES)
    assert len(said) == len(machines)
    for (port,) in machines:
        assert any(f":{port}: what others commit" in each for each in said)


def test_two_servers_share_one_cluster(start_server: Callable[..., Server], database: str) -> None:
    first, second = (start_server() for _ in range(2))

    for number in range(10):
        (first, second)[number % 2].report({"number": number})

    for server in (first, second):
        found = [each["number"] for each in server.find({})]
        assert sorted(found) == list(range(10))
        assert json.dumps(server.find({"number": 3})) == '[{"number": 3}]'
