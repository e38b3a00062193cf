"""Ids that nobody has cost nothing, however many lie between two that somebody has."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from incidents.maintenance.status import read_status
from incidents.search.counts.timeline import Timelines
from tests.api import Api
from tests.command import incidents
from tests.conftest import run_sql
from tests.tail_client import TailClient
from tests.test_retention import KEEP, NOW, retention
from tests.test_timeline import Impatient

OpenApi = Callable[..., Awaitable[Api]]

FAR = 2**62
# Each 200 incidents, three seconds apart; those of the lower ids are older than the retention.
OLD, YOUNG = NOW - timedelta(days=40), NOW - timedelta(days=2)
LOW, HIGH = range(2, 202), range(FAR + 1, FAR + 201)


async def with_a_gap(open_api: OpenApi, database: str) -> Api:
    """An API with incidents in partitions at both ends of the ids."""
    api = await open_api(partition_ids=100)
    await api.report({"n": -1, "text": "the first"})
    await api.runtime._partitions.cover_each([*LOW, *HIGH])
    for ids, start in ((LOW, OLD), (HIGH, YOUNG)):
        await asyncio.to_thread(
            run_sql,
            database,
            "INSERT INTO incidents (id, received_at, hash, headers, body) SELECT id, "
            f"'{start}'::timestamptz + (id - {ids[0]}) * interval '3 s', sha256(id::text::bytea), "
            f"'{{}}', json_build_object('n', id % 10) FROM generate_series({ids[0]}, {ids[-1]}) id",
        )
    await asyncio.to_thread(
        run_sql,
        database,
        f"SELECT setval('incidents_id_seq', {HIGH[-1]})",
        f"UPDATE incidents SET received_at = '{OLD}' WHERE id = 1",
    )
    return api


def between(start: datetime, end: datetime) -> str:
    return f"since={start:%Y-%m-%dT%H:%M:%SZ}&until={end:%Y-%m-%dT%H:%M:%SZ}"


async def test_all_is_found(open_api: OpenApi, database: str) -> None:
    api = await with_a_gap(open_api, database)
    new = [await api.report({"n": 3}), await api.report({"n": 4})]
    assert new == [FAR + 201, FAR + 202]
    everything = [*new[::-1], *HIGH[::-1], *LOW[::-1], 1]

    assert await api.find({}) == everything
    assert await api.find({}, "limit=1000") == everything
    assert await api.find({"n": 3}, "limit=1000") == [
        id_ for id_ in everything if id_ == new[0] or (id_ % 10 == 3 and id_ not in new)
    ]
    assert await api.find({"text": "the first"}, "limit=1") == [1]
    assert await api.find({"text": "the first"}) == [1]
    page = (await api.post("/find?limit=201", b"{}")).json
    assert await api.find({}, f"limit=3&after={page['next']}") == [FAR + 1, 201, 200]
    minute = between(OLD + timedelta(minutes=2), OLD + timedelta(minutes=3))
    for query in (minute, f"{minute}&limit=100"):
        assert await api.find({}, query) == [*range(61, 41, -1)]


async def test_matches_are_counted_and_estimated(open_api: OpenApi, database: str) -> None:
    api = await with_a_gap(open_api, database)
    bounds = between(OLD - timedelta(days=1), YOUNG + timedelta(days=1))

    async def count(query: str) -> tuple[int, bool]:
        answer = await api.post(f"/timeline?{query}", b"{}")
        assert answer.status == 200, answer.text
        return answer.json["count"], answer.json["estimate"]

    assert await count(f"{bounds}&bins=4&seconds=5") == (401, False)
    api.runtime.search._timelines = Timelines(Impatient(api.runtime._readers))
    for query in (f"{bounds}&bins=4&seconds=5", "bins=10&seconds=5"):
        estimated, is_estimate = await count(query)
        assert is_estimate
        assert estimated == pytest.approx(401, rel=0.25)


async def test_who_comes_back_is_told_what_it_missed(open_api: OpenApi, database: str) -> None:
    api = await with_a_gap(open_api, database)

    async with TailClient(api, left="199~150-160") as ear:
        told = [(await ear.next()).data["id"] for _ in range(11 + 2 + len(HIGH))]
        assert told == [*range(150, 161), 200, 201, *HIGH]
        new = await api.report({})
        event = await ear.next()
        assert event.data["id"] == new

    async with TailClient(api, left=event.id) as ear:
        newer = await api.report({})
        assert (await ear.next()).data["id"] == newer


async def test_a_listener_is_told_of_what_comes_behind_a_gap_that_opens(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api()
    first = await api.report({})

    async with TailClient(api) as ear:
        await api.runtime._partitions.cover_each([FAR])
        await asyncio.to_thread(run_sql, database, f"SELECT setval('incidents_id_seq', {FAR})")
        assert await api.report({}) == FAR + 1
        event = await ear.next()
        assert event.data["id"] == FAR + 1

    async with TailClient(api, left=event.id) as ear:
        newer = await api.report({})
        assert (await ear.next()).data["id"] == newer
    assert first == 1


async def test_the_retention_the_status_and_the_copies_go_over_it(
    open_api: OpenApi, database: str
) -> None:
    api = await with_a_gap(open_api, database)

    status = await read_status(database, KEEP, NOW, 5)
    exported = await asyncio.to_thread(incidents, "export", "--database-url", database)
    await retention(database).enforce(KEEP, NOW)

    assert (status.incidents, status.exact) == (401, True)
    assert status.next is not None
    assert status.next.partition == "incidents_0"
    assert [json.loads(line)["id"] for line in exported.stdout.splitlines()] == [1, *LOW, *HIGH]
    assert await api.find({}) == [*HIGH[::-1]]


async def test_a_sequence_that_was_set_far_ahead_gets_no_partitions_for_what_it_passed_over(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(partition_ids=10)
    await api.report({})
    await asyncio.to_thread(run_sql, database, f"SELECT setval('incidents_id_seq', {FAR})")

    assert await api.report({}) == FAR + 1
    assert await api.find({}) == [FAR + 1, 1]
