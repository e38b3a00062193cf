"""incidents status says how much there is, how far back, and what goes next."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest

from incidents import __version__
from incidents.maintenance.status import read_status
from tests.api import Api
from tests.clocks import settle
from tests.command import incidents
from tests.served import Served
from tests.test_retention import KEEP, NOW, fill, sql

_SEGMENT_BYTES = 16 * 1024 * 1024

OpenApi = Callable[..., Awaitable[Api]]


async def test_it_says_how_much_there_is_and_how_far_back(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10)
    ids = await fill(api, database, [3.0] * 12 + [1.0] * 3)

    status = await read_status(database, None, NOW, 5)

    assert (status.incidents, status.exact) == (15, True)
    assert status.first is not None
    assert status.last is not None
    assert (status.first.id, status.first.received_at) == (ids[0], NOW - timedelta(days=3))
    assert (status.last.id, status.last.received_at) == (ids[-1], NOW - timedelta(days=1))
    assert status.next is None


def test_a_running_server_says_what_it_has(serve_here: Callable[..., Served]) -> None:
    server = serve_here()
    url = f"http://127.0.0.1:{server.port}"
    empty = incidents("status", "--url", url)
    server.report({"n": 1})

    filled = json.loads(incidents("status", "--url", url, "--json").stdout)
    mixed = incidents("status", "--url", url, "--data", "here")

    assert "incidents   0\nretention   none" in empty.stdout
    assert (filled["incidents"], filled["newest"]["id"]) == (1, 1)
    assert filled["version"] == __version__
    assert mixed.returncode == 2


async def test_full_partitions_are_estimated_once_postgresql_knows_them(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    await fill(api, database, [3.0] * 12)
    await sql(database, "ANALYZE incidents")

    status = await read_status(database, None, NOW, 5)

    assert (status.incidents, status.exact) == (12, False)
    await settle(database)
    status = await read_status(database, None, NOW, 5)
    assert (status.incidents, status.exact) == (12, True)


async def test_it_says_what_the_retention_lets_go_next(open_api: OpenApi, database: str) -> None:
    api = await open_api(partition_ids=10)
    await fill(api, database, [40.0] * 12 + [10.0] * 3)

    async def what(keep: timedelta) -> tuple[str, bool, int, timedelta]:
        found = (await read_status(database, keep, NOW, 5)).next
        assert found is not None
        return found.partition, found.whole, found.incidents, found.at - NOW

    assert await what(KEEP) == ("incidents_0", True, 9, timedelta(days=-10))
    await sql(database, "DELETE FROM incidents WHERE id < 10")
    assert await what(KEEP) == ("incidents_10", False, 3, timedelta(days=-10))
    assert await what(timedelta(days=50)) == ("incidents_10", False, 6, timedelta(days=10))


@pytest.fixture
async def reader(api: Api, database: str) -> AsyncIterator[str]:
    """The database's URL for a role that may read the incidents, and nothing else."""
    await api.report({})
    name = f"reader_{database.rpartition('/')[2].partition('?')[0]}"
    grant = f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
    await sql(database, f"CREATE ROLE {name} LOGIN", grant)
    yield database.replace("postgres@", f"{name}@", 1)
    await sql(database, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


async def test_it_says_what_the_log_takes_to_who_may_see_it(database: str, reader: str) -> None:
    seen = (await read_status(database, None, NOW, 5)).wal_bytes
    hidden = (await read_status(reader, None, NOW, 5)).wal_bytes
    shown = [
        (await asyncio.to_thread(incidents, "status", "--database-url", url)).stdout
        for url in (database, reader)
    ]

    assert seen is not None
    assert seen >= _SEGMENT_BYTES
    assert hidden is None
    assert ["log (WAL)   " in each for each in shown] == [True, False]


async def test_the_command_is_for_people_and_for_programs(api: Api, database: str) -> None:
    at = ["--database-url", database, "--retention", "30d"]

    empty = await asyncio.to_thread(incidents, "status", *at)
    await api.report({"n": 1})
    people = await asyncio.to_thread(incidents, "status", *at)
    programs = await asyncio.to_thread(incidents, "status", "--json", *at)

    assert "nothing: there is nothing" in empty.stdout
    assert "incidents   1 in 1 partitions" in people.stdout
    assert "goes next   1 incidents of incidents_0, in small batches, from " in people.stdout
    found = json.loads(programs.stdout)
    assert (found["incidents"], found["retention_seconds"]) == (1, 30 * 24 * 3600)
    assert found["first"] == found["last"]
    assert (empty.returncode, people.returncode, programs.returncode) == (0, 0, 0)


async def test_a_partition_of_which_nothing_goes_yet_is_named_with_its_time(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    await fill(api, database, [5.0] * 3)

    found = (await read_status(database, KEEP, NOW, 5)).next

    assert found is not None
    assert (found.at - NOW, found.whole) == (timedelta(days=25), False)
