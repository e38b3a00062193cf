"""Which way PostgreSQL goes for each class of question, on skewed data."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from incidents.core.example import parse_example
from incidents.db.condition import Condition
from incidents.db.driver import connect_driver
from incidents.runtime import Runtime
from incidents.search import reading as reading_module
from incidents.search.counts.counting import Counting
from incidents.search.counts.group_query import Counted
from incidents.search.counts.tally import Group
from incidents.search.page import FIRST_IDS
from incidents.search.settling import BLOCK_IDS
from incidents.support.settings import Settings
from tests.api import Api
from tests.clocks import settle
from tests.conftest import PREFIX, TEMPLATE, at_database, run_sql

COUNT = 44_999
# Ids come in runs, so that few incidents lie in many sections: one in each cell, at its beginning
# and at its end by turns.
RUN, CELL = 1000, 14_000
PARTITION = 14 * CELL
_ID = f"id / {RUN} * {CELL} + id % {RUN} + id / {RUN} % 2 * {CELL - RUN}"
START = datetime(2026, 1, 1, tzinfo=UTC)

# A third has the one level, a twentieth the one service, which never is in the one region; one
# service was retired half-way; each has a trace of its own, in the body or in a header.
_FILL = """
    INSERT INTO incidents (id, received_at, hash, headers, body)
    SELECT $3, $2::timestamptz + id * interval '1 second', sha256(id::text::bytea),
        json_build_object('X-Request-Id', 'r' || id, 'X-Cluster', 'c' || id % 8),
        json_build_object(
            'level', CASE WHEN id % 3 = 0 THEN 'error' ELSE 'info' END,
            'service', CASE WHEN id % 20 = 0 THEN 'billing'
                WHEN id % 20 = 1 AND id < $1 / 2 THEN 'retired' ELSE 's' || id % 97 END,
            'region', CASE WHEN id % 20 <> 0 AND id % 7 = 0 THEN 'south' ELSE 'north' END,
            'trace', 't' || id,
            'alerts', json_build_array(json_build_object('labels', json_build_object(
                'severity', CASE WHEN id % 10 = 0 THEN 'critical' ELSE 'warning' END))),
            'context', json_build_object('n', id))
    FROM generate_series(1, $1) AS id
"""


def id_of(number: int) -> int:
    """The id of the incident with that number, in the order that they came."""
    run, within = divmod(number, RUN)
    return run * CELL + within + run % 2 * (CELL - RUN)


LAST = id_of(COUNT)

PARTITIONS = -(-(LAST + 1) // PARTITION)

# What was read: what the names of the indexes have in them; the one of examples has nothing.
TABLE = "table"
INDEX = "examples"
HASH = "hash_id"
WALK = "pkey"
TIME = "received_at"


@pytest.fixture(scope="module")
def skewed_database(cluster: str) -> Iterator[str]:
    """The URL of a database in which some are common, and some are not; for all tests here."""
    name = f"{PREFIX}_skewed"
    url = at_database(cluster, name)
    run_sql(cluster, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    run_sql(
        url,
        # Whatever else analyses them would keep the VACUUM below from its work: then the planner
        # looks at a row to see how far the ids go.
        *(
            f"CREATE TABLE incidents_{start} PARTITION OF incidents "
            f"FOR VALUES FROM ({start}) TO ({start + PARTITION}) WITH (autovacuum_enabled = off)"
            for start in range(0, LAST + 1, PARTITION)
        ),
        _FILL.replace("$1", str(COUNT)).replace("$2", f"'{START}'").replace("$3", _ID),
        f"SELECT setval('incidents_id_seq', {LAST})",
        "VACUUM ANALYZE incidents",
    )
    asyncio.run(settle(url, BLOCK_IDS))
    yield url
    run_sql(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def skewed(skewed_database: str) -> AsyncIterator[Api]:
    """The API on it."""
    runtime = Runtime(Settings(partition_ids=PARTITION), skewed_database)
    async with Api(runtime, with_jobs=False) as opened:
        yield opened


# The tests of it run in its loop.
shared = pytest.mark.asyncio(loop_scope="module")


# Of a connection: how often a table was read whole, or an index asked; and what that led to.
# (https://www.postgresql.org/docs/current/monitoring-stats.html)
_USED = """
    SELECT c.relname, c.relkind, pg_stat_get_xact_numscans(c.oid) AS scans,
        pg_stat_get_xact_tuples_fetched(c.oid) AS fetched
    FROM pg_partition_tree('incidents') AS t
    CROSS JOIN LATERAL (
        SELECT t.relid AS oid UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = t.relid
    ) AS each
    JOIN pg_class AS c ON c.oid = each.oid AND c.relkind IN ('r', 'i')
"""


class Finds:
    """What PostgreSQL did for the finds of an answer: how often it scanned which index.

    `looked_at` rows of the table were read, and `rows` came back. `steps` has the number of steps
    of each.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.scans: Counter[str] = Counter()
        self.looked_at = self.rows = 0
        self.steps: list[int] = []
        rows = reading_module.Reading.rows

        async def watched(
            reading: reading_module.Reading, query: str, *values: object, **options: Any
        ) -> list[asyncpg.Record]:
            if "incidents_find" not in query:
                return await rows(reading, query, *values, **options)
            async with reading.driver.transaction():
                self._read(await reading.driver.fetch(_USED), -1)
                found = await rows(reading, query, *values, **options)
                self._read(await reading.driver.fetch(_USED), 1)
            self.steps.append(found[-1]["steps"])
            self.rows += len(found) - 1
            return found

        monkeypatch.setattr(reading_module.Reading, "rows", watched)

    def _read(self, used: list[asyncpg.Record], times: int) -> None:
        for name, kind, scans, fetched in used:
            self.scans[_kind(name) if kind == b"i" else TABLE] += times * scans
            self.looked_at += times * fetched


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for each in plan.get("Plans", []):
        yield from _nodes(each)


def _kind(index: str) -> str:
    found = re.search("pkey|hash_id|received_at", index)
    return found[0] if found else INDEX


# The newest ids are looked at one by one, after a look at how large they are.
WALKED = 2 * FIRST_IDS


@shared
@pytest.mark.parametrize(
    ("example", "count", "looked_at_max", "steps_max"),
    [
        pytest.param({"service": "nobody"}, 0, WALKED, 9, id="absent"),
        pytest.param({"trace": "t11111"}, 1, 1 + WALKED, 9, id="rare, in the body"),
        pytest.param({"X-Request-Id": "r11111"}, 1, 1 + WALKED, 9, id="rare, in a header"),
        pytest.param({"service": "billing"}, 50, 150 + WALKED, 4, id="common"),
        pytest.param({"level": "error"}, 50, 400, 3, id="very common"),
        pytest.param({"service": "billing", "region": "south"}, 0, WALKED, 9, id="never together"),
        pytest.param({"service": "retired"}, 50, 400 + WALKED, 12, id="retired"),
        pytest.param({"X-Cluster": "c0", "level": "error"}, 50, 150 + WALKED, 4, id="both places"),
        pytest.param(
            {"alerts": [{"labels": {"severity": "critical"}}]}, 50, 150 + WALKED, 4, id="nested"
        ),
        pytest.param(
            {"service": "billing", "region": "north", "level": "info"},
            *(50, 150 + WALKED, 4),
            id="many values",
        ),
    ],
)
async def test_the_index_of_examples_leads_to_each_class_of_question(
    skewed: Api,
    monkeypatch: pytest.MonkeyPatch,
    example: dict[str, Any],
    count: int,
    looked_at_max: int,
    steps_max: int,
) -> None:
    """In one call, few steps, and to little more than is wanted."""
    finds = Finds(monkeypatch)

    found = await skewed.find(example, "limit=50")

    assert len(found) == count
    (steps,) = finds.steps
    assert steps <= steps_max
    # What was found is read once more, by its id.
    assert finds.looked_at - finds.rows <= looked_at_max
    assert not finds.scans[HASH] + finds.scans[TIME] + finds.scans[TABLE]


async def test_of_what_ended_in_the_middle_of_a_section_little_is_looked_at(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a partition of which PostgreSQL knows nothing yet, too."""
    await api.report({})
    await asyncio.to_thread(
        run_sql,
        database,
        """
        INSERT INTO incidents (id, received_at, hash, headers, body)
        SELECT id, now(), sha256(id::text::bytea), '{}',
            json_build_object('service', CASE WHEN id < 20000 THEN 'ended' ELSE 'other' END)
        FROM generate_series(2, 40000) AS id
        """,
        "SELECT setval('incidents_id_seq', 40000)",
    )
    finds = Finds(monkeypatch)

    found = await api.find({"service": "ended"}, "limit=50")

    assert found == list(range(19_999, 19_949, -1))
    assert finds.looked_at - finds.rows <= 1500
    assert sum(finds.steps) <= 20


async def test_what_large_incidents_contain_is_not_read(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest are a megabyte each: a find of something else parses none of them."""
    there = await api.report({"service": "asked"})
    await asyncio.to_thread(
        run_sql,
        database,
        f"""
        INSERT INTO incidents (id, received_at, hash, headers, body)
        SELECT id, now(), sha256(id::text::bytea), '{{}}',
            json_build_object('service', 'large', 'text', repeat(md5(id::text), 30000))
        FROM generate_series({there} + 1, {there} + 100) AS id
        """,
        f"SELECT setval('incidents_id_seq', {there} + 100)",
    )
    finds = Finds(monkeypatch)

    assert await api.find({"service": "asked"}, "limit=50") == [there]
    assert finds.looked_at - finds.rows <= 2 + FIRST_IDS  # how large they are


async def test_a_query_of_many_partitions_is_planned_once(database: str) -> None:
    """However long it is."""
    driver = await connect_driver(database, name="test", wait_seconds=60)
    query = f"SELECT 1 /* {'x' * 100_000} */"

    for _ in range(2):
        await driver.fetch(query)

    kept = "SELECT count(*) FROM pg_prepared_statements WHERE length(statement) > 100000"
    assert await driver.fetchval(kept) == 1
    await driver.close()


@shared
@pytest.mark.parametrize("part", [0.3, 0.5, 0.7])
@pytest.mark.parametrize(
    ("example", "every"),
    [({"level": "error"}, 3), ({"service": "billing"}, 20), ({"service": "nobody"}, None)],
)
async def test_a_question_far_back_looks_at_nothing_else(
    skewed: Api,
    monkeypatch: pytest.MonkeyPatch,
    example: dict[str, str],
    every: int | None,
    part: float,
) -> None:
    """From the first time on: nothing has to be learnt that is wide."""
    last = round(COUNT * part)
    until = START + timedelta(seconds=last)
    since = until - timedelta(seconds=2000)
    finds = Finds(monkeypatch)

    found = await skewed.find(example, f"limit=50&since={since:%FT%TZ}&until={until:%FT%TZ}")

    if every is None:
        assert found == []
    else:
        newest = (last - 1) // every * every
        assert found == [id_of(each) for each in range(newest, newest - 50 * every, -every)]
    # Of the time; and at the times of the block in which it ends, and of what is not settled: of
    # 4,096 ids 2,000 are there at most.
    assert finds.looked_at <= 5000


@shared
async def test_a_later_page_costs_little_more_than_the_first(
    skewed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it begins: in a run of ids, or in a gap."""
    finds = Finds(monkeypatch)
    query, costs = "limit=50", []
    for _ in range(30):
        reply = (await skewed.post(f"/find?{query}", b'{"service": "billing"}')).json
        query = f"limit=50&after={reply['next']}"
        costs.append(finds.looked_at)
        finds.looked_at = 0

    assert max(costs) <= 1000
    assert max(finds.steps) <= 35


@shared
async def test_by_hash_its_index_leads(skewed: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    (incident,) = (await skewed.post("/find?limit=1", b'{"trace": "t123"}')).json["incidents"]
    finds = Finds(monkeypatch)

    found = (await skewed.get(f"/find?limit=50&h={incident['hash']}")).json["incidents"]

    assert [each["id"] for each in found] == [id_of(123)]
    assert finds.steps == [PARTITIONS]
    assert finds.scans[HASH] == PARTITIONS
    assert finds.looked_at - finds.rows <= 1


@shared
@pytest.mark.parametrize("example", [{}, {"context": {}}, {"alerts": []}])
async def test_what_no_index_leads_to_is_walked_to(
    skewed: Api, monkeypatch: pytest.MonkeyPatch, example: dict[str, Any]
) -> None:
    finds = Finds(monkeypatch)

    found = await skewed.find(example, "limit=50")

    assert found == [id_of(each) for each in range(COUNT, COUNT - 50, -1)]
    assert not finds.scans[INDEX]
    # One more shows whether there is a next page.
    assert finds.rows == 51
    assert finds.looked_at <= 2 * finds.rows


@shared
async def test_a_timeline_looks_at_what_it_samples_and_no_more(
    skewed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[float] = []
    counting = skewed.runtime.search._timelines._counting
    fetch = Counting.fetch

    async def explained(
        counting: Counting, seconds: float, plan: str, query: str, *values: Any
    ) -> list[asyncpg.Record]:
        async with counting._driver() as driver, driver.transaction():
            await driver.execute(plan or "SELECT")
            found = await driver.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
        scans = [node for node in _nodes(json.loads(found)[0]["Plan"]) if "Relation Name" in node]
        looked_at.append(sum(node["Actual Rows"] * node["Actual Loops"] for node in scans))
        return await fetch(counting, seconds, plan, query, *values)

    monkeypatch.setattr(Counting, "fetch", explained)
    windows = await counting.windows(Condition())
    counted = Counted(Condition(parse_example(b'{"level": "error"}', 9)), [START])
    found = await counting.sample(counted, [id_of(each) for each in range(1, COUNT, 450)], 16, 60)
    assert sum(row.matches for row in found) == pytest.approx(1600 / 3, rel=0.1)
    counted = Counted(Condition(parse_example(b'{"trace": "t11111"}', 9)), [START])
    assert (await counting.all(counted, windows, 60)).count(Group(1)) == 1

    sample, count = looked_at
    assert sample <= 1600
    assert count <= 10
