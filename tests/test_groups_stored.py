"""Each incident is stored with its group, whatever way it came; older ones get theirs later."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from incidents.core.errors import Closing
from incidents.core.grouping import keys
from incidents.core.grouping.group import Group, group_of
from incidents.core.grouping.keys import id_of_key, key_of_id, keys_of
from incidents.core.incident import make_incident
from incidents.groups.filling import Filling
from incidents.groups.learning import Learning
from incidents.ingest.loader import Loader
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings
from tests.api import Api
from tests.sql import rows_of, run_sql

OpenApi = Callable[..., Awaitable[Api]]

NDJSON = {"Content-Type": "application/x-ndjson"}


async def groups_of(url: str) -> dict[int, int | None]:
    """What is stored, by id."""
    rows = await asyncio.to_thread(rows_of, url, "SELECT id, group_key FROM incidents")
    return {row["id"]: row["group_key"] for row in rows}


async def expected(url: str) -> dict[int, int]:
    """What the pure function says of what is stored."""
    query = "SELECT id, headers::text AS headers, body::text AS body FROM incidents"
    rows = await asyncio.to_thread(rows_of, url, query)
    return {row["id"]: group_of(row["headers"], json.loads(row["body"])).key for row in rows}


async def learn(api: Api, url: str) -> None:
    """The groups of what was stored before are known."""
    await api.runtime._learning.close()
    learning = Learning(api.runtime.settings, url)
    is_behind = "SELECT groups_below <= last_value FROM incidents_settled, incidents_id_seq"
    await asyncio.to_thread(run_sql, url, "UPDATE incidents_settled SET groups_below = 0")
    while (await asyncio.to_thread(rows_of, url, is_behind))[0][0]:
        await learning.look()


async def fill(api: Api, url: str) -> None:
    """Everything that was stored before has a group."""
    await api.runtime._filling.close()
    filling = Filling(Settings(), url, api.runtime.parser)
    while None in (await groups_of(url)).values():
        await filling.look()


def random_error(number: int, service: str = "billing") -> dict[str, object]:
    return {"service": service, "fingerprint": f"random {number}"}


@pytest.mark.parametrize("key", [0, 1, -1, 2**63 - 1, -(2**63)])
def test_a_key_comes_back_from_its_id(key: int) -> None:
    assert key_of_id(id_of_key(key)) == key
    assert key_of_id(id_of_key(key)[1:]) is None


async def test_however_it_comes_an_incident_has_its_group(api: Api, database: str) -> None:
    body = {"message": "timeout after 31 ms", "level": "error"}
    await api.report(body)
    await api.report({"message": "timeout after 9 ms", "level": "error"})
    await api.report({**body, "large": ["x, "] * 30_000})
    await api.post("/problems", json.dumps({"message": "other"}).encode(), {"Idempotency-Key": "k"})
    lines = b'{"message": "a line"}\n{"message": "a line, too"}\n'
    await api.post("/problems", lines, NDJSON)
    await api.post("/problems?atomic=true", lines, NDJSON)

    stored = await groups_of(database)

    assert stored == await expected(database)
    assert len(stored) == 8
    assert len(set(stored.values())) == 4


async def test_an_import_has_groups(api: Api, database: str) -> None:
    headers = json.dumps({"X-Id": "7"})
    at = datetime(2026, 1, 1, tzinfo=UTC)
    batch = [
        (id_, make_incident(headers, b'{"message": "old %d"}' % id_, at, 100)) for id_ in (5, 3, 9)
    ]
    async with Loader(Settings(), database) as loader:
        assert await loader.store(batch) == {}

    assert await groups_of(database) == await expected(database)
    known = await asyncio.to_thread(rows_of, database, "SELECT key, first_at FROM incidents_groups")
    assert [row["key"] for row in known] == [batch[0][1].group]


async def test_when_too_many_groups_are_new_others_join_the_group_of_their_service(
    open_api: OpenApi, database: str
) -> None:
    api = await open_api(new_groups_per_day_max=5)
    before = [await api.report(random_error(number)) for number in range(5)]
    await learn(api, database)

    known = await api.report(random_error(0))
    late = [await api.report(random_error(number)) for number in (10, 11)]
    other = await api.report(random_error(12, service="shop"))

    groups = await groups_of(database)
    assert groups[known] == groups[before[0]]
    assert groups[late[0]] == groups[late[1]] == keys_of("{}", {"service": "billing"}).service
    assert groups[other] == keys_of("{}", {"service": "shop"}).service
    assert len(set(groups.values())) == 7

    # A day later those of today are new no more.
    run = "UPDATE incidents_groups SET first_at = first_at - interval '1 day'"
    await asyncio.to_thread(run_sql, database, run)
    await learn(api, database)
    again = await api.report(random_error(20))
    assert (await groups_of(database))[again] == (await expected(database))[again]


async def test_a_group_of_which_nothing_is_left_is_forgotten(api: Api, database: str) -> None:
    await api.report(random_error(1))
    await api.report(random_error(2))
    await learn(api, database)
    await asyncio.to_thread(
        run_sql,
        database,
        "UPDATE incidents_groups SET first_at = first_at - interval '2 days'",
        "DELETE FROM incidents WHERE id = 1",
    )

    await learn(api, database)

    left = await asyncio.to_thread(rows_of, database, "SELECT key FROM incidents_groups")
    assert [row["key"] for row in left] == [(await groups_of(database))[2]]


async def test_a_new_version_splits_no_group_that_is_there(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of_version_2(headers: str, body: Any) -> Group:
        return Group(group_of(headers, body).key ^ 1, "", "", 2)

    there = await api.report({"message": "there"})
    await learn(api, database)
    monkeypatch.setattr(keys, "OLD_GROUP_OF", group_of)
    monkeypatch.setattr(keys, "group_of", of_version_2)

    again = await api.report({"message": "there"})
    new = await api.report({"message": "new"})

    groups = await groups_of(database)
    assert groups[again] == groups[there]
    assert groups[new] == of_version_2("{}", {"message": "new"}).key


async def ungrouped(api: Api, url: str, count: int) -> None:
    """So many incidents as a server of before stored them."""
    for number in range(count):
        await api.report({"message": f"old {number}", "service": f"s{number % 3}"})
    await api.runtime._filling.close()
    await asyncio.to_thread(run_sql, url, "UPDATE incidents SET group_key = NULL")


async def test_incidents_of_before_are_grouped_in_the_background(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.groups.filling._AT_ONCE", 4)
    api = await open_api(partition_ids=10)
    await ungrouped(api, database, 25)
    new = await api.report({"message": "new"})

    await fill(api, database)

    groups = await groups_of(database)
    assert groups == await expected(database)
    assert len(set(groups.values())) == 4
    old = "SELECT key FROM incidents_groups WHERE first_at = '-infinity'"
    known = await asyncio.to_thread(rows_of, database, old)
    assert {row["key"] for row in known} == set(groups.values()) - {groups[new]}


async def test_filling_goes_on_where_it_was_broken_off(
    open_api: OpenApi, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.groups.filling._AT_ONCE", 4)
    api = await open_api(partition_ids=10)
    await ungrouped(api, database, 25)

    class Broken(Parser):
        calls = 0

        async def call(self, *arguments: Any) -> Any:
            self.calls += 1
            if self.calls > 3:
                raise Closing("enough")
            return await api.runtime.parser.call(*arguments)

    broken = Filling(Settings(), database, Broken())
    with pytest.raises(Closing):
        await broken.look()
    half = await groups_of(database)
    await fill(api, database)

    assert sorted(id_ for id_, key in half.items() if key is not None) == list(range(16, 26))
    assert await groups_of(database) == await expected(database)
