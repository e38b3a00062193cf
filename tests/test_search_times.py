"""Incidents of a time are found whatever clocks did, and whatever of it is settled."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from incidents.core.incident import Incident, make_incident
from incidents.ingest.loader import Loader
from incidents.search import settling as settling_module
from incidents.search.settling import Settling
from tests.api import Api
from tests.clocks import COUNT, PARTITION, START, filled, incidents, narrow_all, settle
from tests.conftest import run_sql
from tests.sql import rows_of

OpenApi = Callable[..., Awaitable[Api]]
Rows = list[tuple[int, datetime, dict[str, Any]]]

BLOCKS = """
    SELECT low, high, CASE WHEN oldest <= newest THEN ARRAY[oldest, newest] END
    FROM incidents_blocks ORDER BY low
"""


@pytest.fixture
async def api(open_api: OpenApi, monkeypatch: pytest.MonkeyPatch) -> Api:
    """With small steps and partitions."""
    narrow_all(monkeypatch)
    return await open_api(partition_ids=PARTITION)


def in_order() -> Rows:
    return [(id_, START + timedelta(seconds=id_), {"n": id_}) for id_ in range(1, COUNT + 1)]


def bounds(since: float | None = None, until: float | None = None) -> str:
    times = {"since": since, "until": until}
    return "&".join(
        f"{name}={START + timedelta(seconds=at):%Y-%m-%dT%H:%M:%SZ}"
        for name, at in times.items()
        if at is not None
    )


def incident(body: object, at: datetime) -> Incident:
    return make_incident("{}", json.dumps(body).encode(), at, 100)


async def test_by_hash_within_a_time(api: Api, database: str) -> None:
    rows = incidents(seed=8)
    await filled(api, database, rows)
    await settle(database)
    hash_ = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"  # of "0"

    seen: list[int] = []
    query = f"h={hash_}&limit=4&{bounds(since=100)}"
    while True:
        page = (await api.get(f"/find?{query}")).json
        seen += [incident["id"] for incident in page["incidents"]]
        if page["next"] is None:
            break
        query = f"h={hash_}&limit=4&{bounds(since=100)}&after={page['next']}"

    since = START + timedelta(seconds=100)
    assert seen == [id_ for id_, at, _ in reversed(rows) if id_ % 9 == 0 and at >= since]


async def test_a_block_keeps_the_times_of_what_is_in_it(api: Api, database: str) -> None:
    """Whatever clocks did. What is not settled has none."""
    rows = [row for row in incidents(seed=10) if not 20 <= row[0] < 40]
    await filled(api, database, rows)
    assert await asyncio.to_thread(rows_of, database, BLOCKS) == []

    await settle(database)

    times = {id_: at for id_, at, _ in rows}
    blocks = await asyncio.to_thread(rows_of, database, BLOCKS)
    ends = [(low, high) for low, high, _ in blocks]
    # The newest ids are in a block that is not full.
    assert {id_ for low, high in ends for id_ in range(low, high)} == set(range(ends[-1][1]))
    assert COUNT - 10 < ends[-1][1] <= COUNT
    for low, high, span in blocks:
        there = [times[id_] for id_ in range(low, high) if id_ in times]
        assert span == ([min(there), max(there)] if there else None)


async def test_what_is_reported_or_imported_later_is_found_by_its_time(
    api: Api, database: str
) -> None:
    """Also under ids of a block that is settled."""
    late = {*range(80, 110), *range(140, 170)}
    rows = in_order()
    await filled(api, database, [row for row in rows if row[0] not in late])
    await settle(database)
    assert set(await api.find({}, bounds(90, 160))) == set(range(110, 140))

    async with Loader(api.runtime.settings, database) as loader:
        refused = await loader.store(
            [(id_, incident(body, at)) for id_, at, body in rows if id_ in late]
        )
    reported = await api.report({"n": 0})

    assert not refused
    for query in (bounds(90, 160), f"{bounds(90, 160)}&limit=100"):
        assert set(await api.find({}, query)) == set(range(90, 160))
    assert await api.find({"n": 0}, "since=1d") == [reported]
    await settle(database)
    assert set(await api.find({}, bounds(90, 160))) == set(range(90, 160))


async def test_a_report_whose_block_was_settled_meanwhile_gets_a_new_id(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = api.runtime._store
    (late,) = await store.reserve_ids(1)
    await filled(api, database, [(late + n, START, {}) for n in range(1, 40)])
    await settle(database)
    reserve = store.reserve_ids

    async def long_ago(_: int) -> list[int]:
        monkeypatch.setattr(store, "reserve_ids", reserve)
        return [late]

    monkeypatch.setattr(store, "reserve_ids", long_ago)

    reported = await api.report({"late": True})

    assert reported > late + 39
    assert await api.find({"late": True}) == [reported]


async def test_settling_waits_for_who_is_storing(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What began before the ids were settled is not missed, however long it takes."""
    await filled(api, database, in_order())
    settling = Settling(api.runtime.settings, database, block_ids=10)
    await settling.look()
    waits = asyncio.Event()
    writers = settling_module._writers

    async def watched(connection: asyncpg.Connection) -> set[str]:
        found = await writers(connection)
        if found:
            waits.set()
        return found

    monkeypatch.setattr(settling_module, "_writers", watched)
    connection = await asyncpg.connect(database)
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("DELETE FROM incidents WHERE id = 55")
        await connection.execute(
            "INSERT INTO incidents (id, received_at, hash, headers, body) "
            "VALUES (55, $1, '', '{}', '{\"late\": true}')",
            START - timedelta(days=1),
        )
        looking = asyncio.create_task(settling.look())
        await asyncio.wait_for(waits.wait(), 60)
        assert await connection.fetchval("SELECT count(*) FROM incidents_blocks") == 0
        await transaction.commit()
        await asyncio.wait_for(looking, 60)
    finally:
        await connection.close()

    assert await api.find({}, bounds(until=0)) == [55]


async def test_blocks_go_with_the_partitions_that_they_are_in(api: Api, database: str) -> None:
    await filled(api, database, in_order())
    await settle(database)

    await asyncio.to_thread(run_sql, database, "DROP TABLE incidents_0")
    await settle(database)

    oldest = "SELECT min(low) FROM incidents_blocks"
    ((low,),) = await asyncio.to_thread(rows_of, database, oldest)
    assert low == PARTITION
