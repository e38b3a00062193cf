"""/timeline: matches counted by the time of their receipt."""

import asyncio
import json
import re
import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core.errors import OutOfTime
from incidents.core.incident import make_incident
from incidents.ingest.loader import Loader
from incidents.ingest.store import Key
from incidents.search.counts.counting import Counting
from incidents.search.counts.tally import Tally
from incidents.search.counts.timeline import Timelines
from tests.api import Api
from tests.clocks import settle
from tests.sql import rows_of, run_sql

START = datetime(2026, 11, 1, tzinfo=UTC)
RANGE = "since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:00Z"


async def insert(database: str, count: int, step: timedelta, *, first: int = 1) -> None:
    """Incidents with these ids, one each step from START on; every tenth is rare."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "INSERT INTO incidents (id, received_at, hash, headers, body) "
            "SELECT id, $3::timestamptz + (id - $1) * $4::interval, '', '{}', "
            "json_build_object('n', id, 'kind', CASE WHEN id % 10 = 0 THEN 'rare' ELSE 'often' END)"
            "FROM generate_series($1::bigint, $1 + $2::bigint - 1) AS id",
            first,
            count,
            START,
            step,
        )
        await connection.execute("SELECT setval('incidents_id_seq', max(id)) FROM incidents")
    finally:
        await connection.close()


async def timeline(api: Api, example: Any = None, query: str = RANGE) -> Any:
    result = await (
        api.get(f"/timeline?{query}")
        if example is None
        else api.post(f"/timeline?{query}", json.dumps(example).encode())
    )
    assert result.status == 200, result.text
    return result.json


def counts(answer: Any) -> list[int]:
    return [each["count"] for each in answer["bins"]]


async def test_every_match_is_counted_in_the_bin_of_its_time(api: Api, database: str) -> None:
    await api.report({})  # so that there is a partition
    await insert(database, 24 * 60, timedelta(minutes=1), first=2)

    answer = await timeline(api, query=f"{RANGE}&bins=24&seconds=5")
    assert counts(answer) == [60] * 24
    assert answer["count"] == 1440
    assert answer["estimate"] is False
    assert answer["since"] == answer["bins"][0]["since"] == "2026-11-01T00:00:00.000000Z"
    assert answer["bins"][1]["since"] == "2026-11-01T01:00:00.000000Z"
    assert answer["until"] == "2026-11-02T00:00:00.000000Z"

    answer = await timeline(api, {"kind": "rare"}, f"{RANGE}&bins=24&seconds=5")
    assert counts(answer) == [6] * 24
    answer = await timeline(api, {"kind": "never"}, f"{RANGE}&seconds=5")
    assert counts(answer) == [0] * 60


async def test_without_a_range_it_goes_from_the_first_to_now(api: Api) -> None:
    assert (await timeline(api, query=""))["count"] == 0

    before = datetime.now(UTC)
    for n in range(5):
        await api.report({"n": n})
    answer = await timeline(api, query="bins=3&seconds=5")

    assert answer["count"] == 5
    assert datetime.fromisoformat(answer["since"]) >= before
    assert datetime.fromisoformat(answer["until"]) <= datetime.now(UTC)


class Impatient(Counting):
    """Counts as if there were too much to count it all in time."""

    async def all(self, *_: Any) -> Tally:
        await asyncio.sleep(0.06)
        raise OutOfTime("too much")


async def spread(database: str) -> None:
    """As an import whose ids and times run apart: nothing says so to who looks at few."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(
            "UPDATE incidents SET received_at = to_timestamp($1::float8 - id * 3600) "
            "WHERE id BETWEEN 1600 AND 1699",
            START.timestamp(),
        )
        await connection.execute(
            "UPDATE incidents SET received_at = now() + interval '1 year' WHERE id = 1700"
        )
    finally:
        await connection.close()


async def by_bin(database: str, answer: Any, example: Any) -> list[int]:
    """What the bins of the answer hold, by looking at each incident."""
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(
            "SELECT received_at FROM incidents WHERE body::jsonb @> $1", json.dumps(example or {})
        )
    finally:
        await connection.close()
    starts = [datetime.fromisoformat(each["since"]) for each in answer["bins"]]
    until = datetime.fromisoformat(answer["until"])
    at = Counter(bisect_right(starts, row[0]) for row in rows if row[0] < until)
    return [at[n + 1] for n in range(len(starts))]


async def test_what_an_import_brought_is_in_the_bin_of_its_time(
    open_api: Callable[..., "asyncio.Future[Api]"], database: str
) -> None:
    api = await open_api()
    await api.report({})
    await insert(database, 5000, timedelta(seconds=1), first=2)
    await spread(database)
    examples = ((None, 5001), ({"kind": "often"}, 4500))
    for counting, (example, count) in product((Counting, Impatient), examples):
        api.runtime.search._timelines = Timelines(counting(api.runtime._readers))

        answer = await timeline(api, example, "bins=50&seconds=5")

        assert datetime.fromisoformat(answer["since"]) == START - timedelta(hours=1699)
        assert answer["estimate"] is (counting is Impatient)
        truth = await by_bin(database, answer, example)
        assert sum(truth) == count
        if counting is Impatient:
            assert counts(answer)[0] == pytest.approx(truth[0], rel=0.25)
        else:
            assert counts(answer) == truth


@given(
    since=st.none() | st.integers(-100, 6000),
    seconds=st.none() | st.sampled_from([0.5, 60, 3600, 4000, 90_000]),
    bins=st.sampled_from([1, 7, 24, 60]),
)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_what_is_kept_of_settled_blocks_says_the_same(
    open_api: Callable[..., "asyncio.Future[Api]"],
    database: str,
    made: dict[str, Api],
    since: int | None,
    seconds: float | None,
    bins: int,
) -> None:
    """Whatever the edges, and of times and ids that run apart."""
    if not made:
        api = made["api"] = await open_api(partition_ids=1000)
        await api.report({})
        await api.runtime._store._partitions.cover_each(range(2, 5002))
        await insert(database, 5000, timedelta(seconds=1), first=2)
        await spread(database)
        await settle(database, 300)
        # Nothing is looked at but what is kept: else these would be counted, too.
        (settled,) = await asyncio.to_thread(
            rows_of, database, "SELECT max(high) FROM incidents_blocks"
        )
        assert settled[0] > 4500
    api = made["api"]
    query = f"bins={bins}&seconds=5"
    if since is not None:
        query += f"&since={START + timedelta(seconds=since):%FT%TZ}"
        if seconds is not None:
            until = START + timedelta(seconds=since + seconds)
            query += f"&until={until:%FT%T.%fZ}"

    answer = await timeline(api, query=query)

    assert answer["estimate"] is False
    assert counts(answer) == await by_bin(database, answer, None)


@pytest.fixture
def made() -> dict[str, Api]:
    """What the first example made for the others."""
    return {}


async def test_settled_blocks_are_counted_by_what_is_kept_of_them(api: Api, database: str) -> None:
    """Until somebody stores or deletes there."""
    await api.report({})
    await insert(database, 1000, timedelta(seconds=1), first=2)
    await settle(database, 100)
    unseen = "DELETE FROM incidents WHERE id BETWEEN 10 AND 19"  # by hand
    await asyncio.to_thread(run_sql, database, unseen)
    assert (await timeline(api, query="bins=5&seconds=5"))["count"] == 1001

    await api.runtime._store.compensate([Key(50, b"", START + timedelta(seconds=48))])
    assert (await timeline(api, query="bins=5&seconds=5"))["count"] == 990
    async with Loader(api.runtime.settings, database) as loader:
        again = make_incident("{}", b"{}", START, 100)
        await loader.store([(id_, again) for id_ in (10, 11, 50)])
    assert (await timeline(api, query="bins=5&seconds=5"))["count"] == 993
    await settle(database, 100)
    assert (await timeline(api, query="bins=5&seconds=5"))["count"] == 993


async def test_an_end_before_the_beginning_has_nothing_in_it(api: Api) -> None:
    await api.report({})
    answer = await timeline(api, query="since=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z")
    assert answer["count"] == 0


@pytest.mark.parametrize(("example", "share"), [({}, 1.0), ({"kind": "rare"}, 0.1)])
async def test_what_cannot_be_counted_in_time_is_estimated(
    open_api: Callable[..., "asyncio.Future[Api]"], database: str, example: Any, share: float
) -> None:
    api = await open_api()
    await api.report({})
    total = 40_000
    await insert(database, total, timedelta(days=1) / total, first=2)
    api.runtime.search._timelines = Timelines(Impatient(api.runtime._readers))

    answer = await timeline(api, example, f"{RANGE}&bins=4&seconds=5")

    assert answer["estimate"] is True
    for count in counts(answer):
        assert count == pytest.approx(total * share / 4, rel=0.15)


async def test_an_estimate_is_of_the_range_alone(
    open_api: Callable[..., "asyncio.Future[Api]"], database: str
) -> None:
    api = await open_api()
    await api.report({})
    await insert(database, 40_000, timedelta(days=1) / 1000, first=2)
    api.runtime.search._timelines = Timelines(Impatient(api.runtime._readers))

    answer = await timeline(api, {}, f"{RANGE}&bins=2&seconds=5")

    assert counts(answer) == [pytest.approx(500, rel=0.15)] * 2


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("bins=0", "bins: it is a whole number from 1 to 1000, not 0"),
        ("bins=x", "bins: it is a whole number"),
        ("bins=1001", "bins: it is a whole number"),
        ("seconds=61", "seconds: it is a whole number from 1 to 60, not 61"),
        ("step=0", "step: a duration such as 30s, 5m or 1h, or seconds, is needed, not '0'"),
        ("step=1h&bins=3", "bins: either bins or step is needed, not both"),
        (
            "step=1&since=1d",
            "step: this range has more than 1000 such steps: a step of at least 86",
        ),
        ("limit=3", "limit: it is the number of values of by=FIELD, which is missing"),
        ("by=a b", "by: a path is names with dots"),
        ("by=id", "by: id is the incident's own number"),
        ("since=x", "since: a time such as"),
    ],
)
async def test_what_cannot_be_read_is_refused(shared_api: Api, query: str, detail: str) -> None:
    for method in ("GET", "POST"):
        result = await shared_api.request(
            method, f"/timeline?{query}", b"{}", {"Content-Type": "application/json"}
        )
        assert result.status == 400
        assert detail in result.json["detail"]


async def test_steps_begin_at_multiples_of_the_step(api: Api, database: str) -> None:
    await api.report({})
    await insert(database, 24 * 60, timedelta(minutes=1), first=2)

    answer = await timeline(api, query="since=1793492100&until=1793502000000&step=1h&seconds=5")

    assert [each["since"][11:19] for each in answer["bins"]] == ["00:15:00", "01:00:00", "02:00:00"]
    assert counts(answer) == [45, 60, 60]
    assert answer["until"] == "2026-11-01T03:00:00.000000Z"
    for step, bins in {"90m": 2, "5400": 2, "500ms": None, "2w": 1}.items():
        result = await api.get(f"/timeline?since=1793492100&until=1793502000&step={step}&seconds=5")
        assert result.status == (400 if bins is None else 200)
        assert bins is None or len(result.json["bins"]) == bins


async def test_a_series_for_each_of_the_top_values(api: Api, database: str) -> None:
    await insert_levels(api)

    answer = await timeline(api, query="by=level&limit=2&bins=2&seconds=5")

    assert answer["by"] == "level"
    assert answer["count"] == 7
    assert [(each["name"], each["kind"], each["count"]) for each in answer["series"]] == [
        ("error", "value", 3),
        ("5", "value", 2),
        ("(other)", "other", 1),
        ("(missing)", "missing", 2),
    ]
    assert answer["series"][1]["value"] == 5
    for each in answer["series"]:
        assert [bin_["since"] for bin_ in each["bins"]] == [
            bin_["since"] for bin_ in answer["bins"]
        ]
        assert sum(bin_["count"] for bin_ in each["bins"]) == each["count"]


async def insert_levels(api: Api) -> None:
    for level in ("error", "error", ["error", 5, "error"], 5.0, "info"):
        await api.report({"level": level})
    await api.report({"level": {}})
    await api.report([])


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
async def test_the_recipe_makes_a_table_of_series(api: Api) -> None:
    await insert_levels(api)
    page = Path(__file__).parents[1] / "docs/how-to/recipes/grafana-infinity.md"
    (program,) = re.findall(r"```jq\n(.*?)\n```", page.read_text(), re.DOTALL)
    assert page.read_text().count(program) == 2
    answer = await api.get("/timeline?by=level&bins=1&seconds=5")

    made = await asyncio.create_subprocess_exec(
        "jq", program, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    shown, _ = await made.communicate(answer.content)

    since = answer.json["since"]
    assert json.loads(shown) == [
        {"time": since, "series": name, "count": count}
        for name, count in (("error", 3), ("5", 2), ("info", 1), ("(missing)", 2))
    ]
