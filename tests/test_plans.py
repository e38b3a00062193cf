"""Which way PostgreSQL goes for each class of question, on skewed data."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.example import parse_example
from incidents.search import windows as windows_module
from incidents.search.question import Question, write_cursor
from incidents.search.windows import WALK_FIRST
from incidents.storage import queries
from incidents.storage import reading as reading_module
from incidents.storage.condition import Condition
from incidents.storage.counting import Counted, Counting
from incidents.storage.crowds import Crowds
from incidents.storage.driver import connect_driver
from incidents.storage.sections import LADDER, SECTION_IDS, Dense
from incidents.storage.tables import generation
from tests.api import Api
from tests.conftest import PREFIX, TEMPLATE, at_database, run_sql

OpenApi = Callable[..., Awaitable[Api]]

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

# So many of the newest are looked at one by one.
WALKED = LADDER.walk_ids

INDEX = "searched"
HASH = "hash"
WALK = "pkey"


@pytest.fixture(scope="module")
def skewed_database(cluster: str) -> Iterator[str]:
    """The URL of a database in which some are common, and some are not; for all tests here."""
    name = f"{PREFIX}_skewed"
    url = at_database(cluster, name)
    run_sql(cluster, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    run_sql(
        url,
        *(
            f"CREATE TABLE incidents_{start} PARTITION OF incidents "
            f"FOR VALUES FROM ({start}) TO ({start + PARTITION})"
            for start in range(0, LAST + 1, PARTITION)
        ),
        _FILL.replace("$1", str(COUNT)).replace("$2", f"'{START}'").replace("$3", _ID),
        f"SELECT setval('incidents_id_seq', {LAST})",
        "VACUUM ANALYZE incidents",
    )
    yield url
    run_sql(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def skewed(open_api: OpenApi, skewed_database: str) -> Api:
    """The API on it."""
    return await open_api(skewed_database, partition_ids=PARTITION)


# What comes by its id.
_OF_ONE_ROW = re.compile(r"= ANY\(")


class Plans:
    """What PostgreSQL did for each query of an answer, in order.

    Of each: the indexes that led to the rows it looked at, for each place where it did, and how
    many rows it looked at.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[list[tuple[set[str], int]]] = []
        rows = reading_module.Reading.rows

        async def explained(
            reading: reading_module.Reading, query: str, *values: object, **options: Any
        ) -> list[asyncpg.Record]:
            if "FROM incidents_" in query and generation.name not in query:
                plan = await reading.driver.fetchval(
                    f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values
                )
                # What comes by its id.
                if not _OF_ONE_ROW.search(query):
                    self._read(plan[0]["Plan"])
            return await rows(reading, query, *values, **options)

        monkeypatch.setattr(reading_module.Reading, "rows", explained)

    def _read(self, plan: dict[str, Any]) -> None:
        nodes = list(_nodes(plan))
        kinds = {node["Node Type"] for node in nodes}
        assert not kinds & {"Seq Scan", "Index Scan", "Index Only Scan"}, kinds
        scans = [
            node
            for node in nodes
            if node["Node Type"] == "Bitmap Heap Scan" and node["Actual Loops"] > 0
        ]
        passed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
        self.steps.append(
            [
                (
                    {_kind(each["Index Name"]) for each in _nodes(scan) if "Index Name" in each},
                    round(
                        sum(scan.get(each, 0) for each in ("Actual Rows", *passed))
                        * scan["Actual Loops"]
                    ),
                )
                for scan in scans
            ]
        )

    @property
    def looked_at(self) -> int:
        """The rows that all of the answer looked at."""
        return sum(looked_at for step in self.steps for _, looked_at in step)


def _nodes(plan: dict[str, Any]) -> Any:
    yield plan
    for each in plan.get("Plans", []):
        yield from _nodes(each)


def _kind(index: str) -> str:
    found = re.search(r"(pkey|hash|received_at)", index)
    return found[1] if found else INDEX


@pytest.mark.parametrize(
    ("example", "count", "looked_at_max", "walked_max", "queries"),
    [
        pytest.param({"service": "nobody"}, 0, 0, WALKED, 2, id="absent"),
        pytest.param({"trace": "t11111"}, 1, 1, WALKED, 2, id="rare, in the body"),
        pytest.param({"X-Request-Id": "r11111"}, 1, 1, WALKED, 2, id="rare, in a header"),
        pytest.param({"service": "billing"}, 50, 110, WALKED, 1, id="common"),
        # Where matches are dense it is less work to look at the next ones, too.
        pytest.param({"level": "error"}, 50, 0, 256, 1, id="very common"),
        pytest.param(
            {"service": "billing", "region": "south"}, 0, 0, WALKED, 3, id="never together"
        ),
        # Some of where it ended are met, and then the newest are looked for.
        pytest.param({"service": "retired"}, 50, 500, WALKED, 3, id="retired"),
        pytest.param({"X-Cluster": "c0", "level": "error"}, 50, 110, WALKED, 1, id="both places"),
        pytest.param(
            {"alerts": [{"labels": {"severity": "critical"}}]}, 50, 110, WALKED, 1, id="nested"
        ),
        # An index would be asked for each value.
        pytest.param(
            {"service": "billing", "region": "north", "level": "info"},
            50,
            0,
            2048,
            1,
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
    walked_max: int,
    queries: int,
) -> None:
    """In few queries, and to little more than is wanted.

    The newest two partitions have one, the others one, and what is met of many at once another; of
    two values the newest ids have a query of their own, too, and the rest is in no halves here.
    """
    monkeypatch.setattr(windows_module, "LONG_SECONDS", inf)
    plans = Plans(monkeypatch)

    found = await skewed.find(example, "limit=50")

    assert len(found) == count
    assert len(plans.steps) == queries
    scans = [scan for step in plans.steps for scan in step]
    # The very newest are walked through; behind them the index leads, and the primary key may
    # only narrow down what it has.
    walked = [looked_at for indexes, looked_at in scans if indexes == {WALK}]
    led = [looked_at for indexes, looked_at in scans if INDEX in indexes]
    assert len(walked) + len(led) == len(scans)
    assert sum(walked) <= walked_max + 8  # ids around an end
    assert sum(led) <= looked_at_max


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
    plans = Plans(monkeypatch)

    found = await api.find({"service": "ended"}, "limit=50")

    assert found == list(range(19_999, 19_949, -1))
    scans = [scan for step in plans.steps for scan in step]
    assert sum(looked_at for indexes, looked_at in scans if indexes == {WALK}) <= WALKED
    assert sum(looked_at for indexes, looked_at in scans if INDEX in indexes) <= 1000
    assert len(plans.steps) <= 3

    # Where it was met who asks again looks at once.
    newest = await api.report({"service": "ended"})
    plans.steps.clear()
    assert await api.find({"service": "ended"}, "limit=50") == [newest, *found[:-1]]
    scans = [scan for step in plans.steps for scan in step]
    assert sum(looked_at for indexes, looked_at in scans if INDEX in indexes) <= 500
    assert len(plans.steps) == 1


def test_of_a_crowd_in_a_crowd_is_remembered_how_narrow_it_is() -> None:
    known = Crowds(2)
    asked = [Condition(f'[{{"n": {number}}}]') for number in range(3)]

    known.met(asked[0], Dense((0, 6400), 3000))
    known.met(asked[0], Dense((3000, 6000), 200))
    assert known.of(asked[0]) == Dense((0, 6000), 200)
    other = Dense((7000, 9900), 20)
    for each in (1, 0, 2):
        known.met(asked[each], other)
    assert [known.of(each) for each in asked] == [other, None, other]
    assert known.of(Condition()) is None


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    service=st.sampled_from(["billing", "retired", "s3"]),
    begin=st.integers(0, LAST + SECTION_IDS),
    ids=st.integers(1, SECTION_IDS),
    width=st.integers(1, SECTION_IDS),
    below=st.integers(1, LAST + 1),
    crowd=st.sampled_from([3, 129]),
)
async def test_wherever_a_crowd_is_thought_to_be_the_same_is_found(
    skewed: Api, service: str, begin: int, ids: int, width: int, below: int, crowd: int
) -> None:
    """It is of one section and of one partition, as it was met; what is known may be of before."""
    example = {"service": service}
    section = begin - begin % SECTION_IDS
    end = min(begin + ids, section + SECTION_IDS, begin - begin % PARTITION + PARTITION)
    known = skewed.runtime._store._crowds = Crowds(1)
    condition = Question(parse_example(json.dumps(example).encode(), 10)).condition
    numbers = range(COUNT, 0, -1)
    there = (id_of(each) for each in numbers if service_of(each) == service)
    expected = [id_ for id_ in there if id_ < below][:50]
    known.met(condition, Dense((begin, end), width))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "_CROWD", crowd)
        found = await skewed.find(example, f"limit=50&after={write_cursor(below)}")

    assert found == expected


def service_of(number: int) -> str:
    """As _FILL has it."""
    if number % 20 == 0:
        return "billing"
    return "retired" if number % 20 == 1 and number < COUNT / 2 else f"s{number % 97}"


async def test_a_crowd_where_a_partition_begins_within_a_section_is_met_once(
    open_api: OpenApi, database: str
) -> None:
    """What the newer partition has of the section was looked at before."""
    api = await open_api(partition_ids=100_000)
    begin, end = 100_000, 180_000
    await api.runtime.search._store._partitions.cover(end)
    await asyncio.to_thread(
        run_sql,
        database,
        f"""
        INSERT INTO incidents (id, received_at, hash, headers, body)
        SELECT id, now(), sha256(id::text::bytea), '{{}}', '{{"service": "a"}}'
        FROM generate_series({begin} - 300, {begin} + 2) AS id
        """,
        f"SELECT setval('incidents_id_seq', {end})",
    )

    found = await api.find({"service": "a"}, "limit=50")

    assert found == list(range(begin + 2, begin - 48, -1))


async def test_a_query_of_many_partitions_is_planned_once(database: str) -> None:
    """However long it is."""
    driver = await connect_driver(database, name="test", wait_seconds=60)
    query = f"SELECT 1 /* {'x' * 100_000} */"

    for _ in range(2):
        await driver.fetch(query)

    kept = "SELECT count(*) FROM pg_prepared_statements WHERE length(statement) > 100000"
    assert await driver.fetchval(kept) == 1
    await driver.close()


@pytest.mark.parametrize("part", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("example", [{"service": "billing"}, {"service": "nobody"}])
async def test_a_question_far_back_looks_at_nothing_else(
    skewed: Api, monkeypatch: pytest.MonkeyPatch, example: dict[str, str], part: float
) -> None:
    """From the first time on: nothing has to be learnt that is wide."""
    last = round(COUNT * part)
    until = START + timedelta(seconds=last)
    since = until - timedelta(seconds=2000)
    plans = Plans(monkeypatch)

    found = await skewed.find(example, f"limit=50&since={since:%FT%TZ}&until={until:%FT%TZ}")

    newest = (last - 1) // 20 * 20
    if example["service"] == "billing":
        assert found == [id_of(each) for each in range(newest, newest - 50 * 20, -20)]
    else:
        assert found == []
    # Those on the pages of the table where that time begins and ends.
    assert plans.looked_at <= 10_000


_OF_ONE_DAY = """
    INSERT INTO incidents (id, received_at, hash, headers, body)
    SELECT id, now() + (id - 10000) * interval '8 seconds', sha256(id::text::bytea), '{{}}',
        json_build_object('service', CASE WHEN {} THEN 'asked' ELSE 'other' END)
    FROM generate_series(2, 10000) AS id
"""


async def test_what_is_dense_far_back_is_walked_to(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though some of the newest ids may be of a later time, which say nothing of it."""
    await api.report({})
    sequence = "SELECT setval('incidents_id_seq', 10000)"
    await asyncio.to_thread(run_sql, database, _OF_ONE_DAY.format("id % 3 = 0"), sequence)
    plans = Plans(monkeypatch)

    found = await api.find({"service": "asked"}, "limit=50&until=12h")

    # Of 10,000 that lie 8 seconds apart.
    newest = (10_000 - 12 * 3600 // 8) // 3 * 3
    assert found == list(range(newest, newest - 50 * 3, -3))
    assert not [indexes for step in plans.steps for indexes, _ in step if INDEX in indexes]


async def test_a_burst_is_not_taken_for_what_is_dense(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the newest match and none behind them, little more is looked at one by one."""
    await api.report({})
    sequence = "SELECT setval('incidents_id_seq', 10000)"
    burst = _OF_ONE_DAY.format("id > 9980 OR id IN (11, 5000)")
    await asyncio.to_thread(run_sql, database, burst, sequence)
    plans = Plans(monkeypatch)

    found = await api.find({"service": "asked"}, "limit=50")

    assert found == [*range(10_000, 9980, -1), 5000, 11]
    scans = [scan for step in plans.steps for scan in step]
    assert sum(looked_at for indexes, looked_at in scans if indexes == {WALK}) <= 600
    assert sum(looked_at for indexes, looked_at in scans if INDEX in indexes) <= 100


async def test_a_later_page_costs_what_the_first_does(
    skewed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = Plans(monkeypatch)
    query, costs = "limit=50", []
    for _ in range(30):
        reply = (await skewed.post(f"/find?{query}", b'{"service": "billing"}')).json
        query = f"limit=50&after={reply['next']}"
        costs.append(plans.looked_at)
        plans.steps.clear()

    assert max(costs) <= 2 * costs[0]


async def test_by_hash_its_index_leads(skewed: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    (incident,) = (await skewed.post("/find?limit=1", b'{"trace": "t123"}')).json["incidents"]
    plans = Plans(monkeypatch)

    found = (await skewed.get(f"/find?limit=50&h={incident['hash']}")).json["incidents"]

    assert [each["id"] for each in found] == [id_of(123)]
    (scans,) = plans.steps
    assert all(HASH in indexes for indexes, _ in scans), scans
    assert plans.looked_at == 1


@pytest.mark.parametrize("example", [{}, {"context": {}}, {"alerts": []}])
async def test_what_no_index_leads_to_is_walked_to(
    skewed: Api, monkeypatch: pytest.MonkeyPatch, example: dict[str, Any]
) -> None:
    plans = Plans(monkeypatch)

    found = await skewed.find(example, "limit=50")

    assert found == [id_of(each) for each in range(COUNT, COUNT - 50, -1)]
    for scans in plans.steps:
        assert all(indexes == {WALK} for indexes, _ in scans), scans
    assert plans.looked_at <= 2 * WALK_FIRST


async def test_a_timeline_looks_at_what_it_samples_and_no_more(
    skewed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[float] = []
    counting = skewed.runtime.search._timelines._counting
    fetch = Counting._fetch

    async def explained(
        counting: Counting, seconds: float, plan: str, query: str, *values: Any
    ) -> list[asyncpg.Record]:
        async with counting._driver() as driver, driver.transaction():
            await driver.execute(plan or "SELECT")
            found = await driver.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *values)
        scans = [node for node in _nodes(found[0]["Plan"]) if "Relation Name" in node]
        looked_at.append(sum(node["Actual Rows"] * node["Actual Loops"] for node in scans))
        return await fetch(counting, seconds, plan, query, *values)

    monkeypatch.setattr(Counting, "_fetch", explained)
    strata = await counting.probes(100, 60)
    assert (strata[0][0], strata[-1][0], len(strata)) == (1, LAST, 101)
    counted = Counted([START], Condition('[{"level": "error"}]'), "level")
    found = await counting.sample(counted, [id_of(each) for each in range(1, COUNT, 450)], 16, 60)
    assert sum(found.values()) == pytest.approx(1600 / 3, rel=0.1)
    counted = Counted([START], Condition('[{"trace": "t11111"}]'), "trace")
    assert sum((await counting.all(counted, 60)).values()) == 1

    probes, sample, count = looked_at
    assert probes <= 101 + 2
    assert sample <= 1600
    assert count <= 10
