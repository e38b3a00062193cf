"""/values: the most frequent values of a field among the matches."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.query.tree import Path
from incidents.db.parameters import Parameters
from incidents.db.query.values import values_of_row
from incidents.search.counts.estimator import Estimator
from incidents.search.counts.kinds import ValuesOf
from incidents.search.counts.tally import STRANDS, Group, Row, Tally
from tests.api import Api
from tests.queries import fields, incidents, paths, read
from tests.query_oracle import Stored, values_at
from tests.test_timeline import RANGE, START, Impatient, insert


async def values(api: Api, query: str, example: Any = None) -> Any:
    path = f"/values?seconds=5&{query}"
    raw = None if example is None else json.dumps(example).encode()
    answer = await (api.get(path) if raw is None else api.post(path, raw))
    assert answer.status == 200, answer.text
    return answer.json


def counts(answer: Any) -> list[tuple[Any, int]]:
    return [(each["value"], each["count"]) for each in answer["values"]]


async def test_each_incident_counts_once_for_each_of_its_values(shared_api: Api) -> None:
    api = shared_api
    first = [{"s": "v1", "tags": ["a", "b", "a", ["c"]]}, {"s": "v1", "tags": "a"}]
    for body in [*first, {"s": "v1", "tags": 1}, {"s": "v1", "tags": [1.0, {"x": 1}]}]:
        await api.report(body)
    for body in [{"s": "v1"}, {"s": "v1", "tags": {}}, [{"s": "v1", "tags": None}, {"tags": "a"}]]:
        await api.report(body)

    answer = await values(api, "field=tags&q=s%3Dv1")

    assert counts(answer) == [("a", 3), (1, 2), ("b", 1), ("c", 1), (None, 1)]
    assert {**answer, "values": []} == {
        "field": "tags",
        "count": 7,
        "missing": 2,
        "other": 0,
        "estimate": False,
        "values": [],
    }
    few = await values(api, "field=body.tags&limit=2", {"s": "v1"})
    assert (counts(few), few["other"]) == ([("a", 3), (1, 2)], 3)


async def test_the_first_and_the_last_of_a_value(shared_api: Api) -> None:
    for n in range(4):
        await shared_api.report({"s": "v2", "n": n % 2})
    found = (await shared_api.get("/find?q=s%3Dv2")).json["incidents"]
    times = [each["received_at"] for each in reversed(found)]

    answer = await values(shared_api, "field=n&q=s%3Dv2")

    ends = {each["value"]: (each["first"], each["last"]) for each in answer["values"]}
    assert ends == {0: (times[0], times[2]), 1: (times[1], times[3])}


async def test_in_headers_in_any_case_and_through_dots(shared_api: Api) -> None:
    await shared_api.report({"s": "v3", "x-kind": "B", "a.b": 1, "a": {"b": 2}}, X_Kind="A")

    for field, expected in {
        "x-kind": [("A", 1), ("B", 1)],
        "headers.X-KIND": [("A", 1)],
        'body."x-kind"': [("B", 1)],
        "a.b": [(1, 1), (2, 1)],
        '"a.b"': [(1, 1)],
        "X-KIND": [("A", 1)],
    }.items():
        assert counts(await values(shared_api, f"field={field}&q=s%3Dv3")) == expected, field


async def test_a_long_value_is_another_one(shared_api: Api) -> None:
    for text in ("x" * 254, "x" * 255, "é" * 128):
        await shared_api.report({"s": "v4", "text": text})

    answer = await values(shared_api, "field=text&q=s%3Dv4")

    assert counts(answer) == [("x" * 254, 1)]
    assert answer["other"] == 2


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "field: a field is missing: /values?field=service"),
        ("field=id", "field: id is the incident's own number"),
        ("field=a b", "field: a path is names with dots"),
        ("field=5", "field: a path begins with a letter"),
        ("field=", "field: a path begins with a letter"),
        ("field=a&limit=1001", "limit: it is a whole number from 1 to 1000"),
        ("field=a&bins=3", "bins: unknown"),
        ("field=a&q=b%3D", "q: position 2"),
    ],
)
async def test_what_cannot_be_read_is_refused(shared_api: Api, query: str, detail: str) -> None:
    answer = await shared_api.get(f"/values?{query}")
    assert answer.status == 400
    assert detail in answer.json["detail"]


async def test_an_estimate_says_how_wrong_it_may_be(
    open_api: Callable[..., Awaitable[Api]], database: str
) -> None:
    api = await open_api()
    await api.report({})
    await insert(database, 40_000, timedelta(days=1) / 40_000, first=2)
    api.runtime.search._estimator = Estimator(Impatient(api.runtime._readers))

    answer = await values(api, f"field=kind&{RANGE}")

    assert answer["estimate"] is True
    assert answer["error"] < 4000
    truth = {"often": 36_000, "rare": 4000}
    assert [each["value"] for each in answer["values"]] == list(truth)
    for each in answer["values"]:
        # It is wrong with 5 %: twice as much hardly ever.
        assert abs(each["count"] - truth[each["value"]]) <= 2 * answer["error"]


def test_an_error_grows_with_how_much_strands_differ() -> None:
    def tally(*matches: int) -> Tally:
        made = Tally(total=800_000)
        rows = [Row(Group(), n, each, START, START) for n, each in enumerate(matches) if each]
        made.add_sample(rows, [100] * STRANDS)
        return made

    alike, unlike = tally(*[50] * STRANDS), tally(*[0, 100] * (STRANDS // 2))
    assert alike.count(Group()) == unlike.count(Group()) == 400_000
    assert alike.error(Group()) == 3400  # of what is in no sample
    assert 300_000 < unlike.error(Group()) < 400_000
    assert tally().count(Group()) == 0
    assert tally().error(Group()) == 3000


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


@st.composite
def asked_of(draw: st.DrawFn) -> tuple[Path, Stored]:
    """An incident, and a field that it has, mostly."""
    stored = draw(incidents)
    return draw(paths() | fields(stored).map(lambda found: found[0])), stored


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batch=st.lists(asked_of(), min_size=4, max_size=8),
    told=st.none() | st.just(('"a"', "1", "null")),
)
async def test_values_in_sql_and_in_python_are_those_of_the_oracle(
    connection: asyncpg.Connection,
    batch: list[tuple[Path, Stored]],
    told: tuple[str, ...] | None,
) -> None:
    for path, stored in batch:
        expected = oracle(path, stored, told)
        searched = json_text.for_search(stored.body, 100)
        parameters = Parameters()
        columns = [
            f"{parameters.add(value, 'json')} AS {name}"
            for name, value in (
                ("headers", stored.headers),
                ("body", stored.body),
                ("body_for_search", searched),
            )
        ]
        query = values_of_row(path, told, parameters)
        row = f"(SELECT {', '.join(columns)}) AS incidents"
        in_sql = await connection.fetchval(f"SELECT {query} FROM {row}", *parameters.values)
        assert in_sql == expected, (path, stored)
        assert [*ValuesOf(path, told).of(stored.headers, searched or stored.body)] == expected


def oracle(path: Path, stored: Stored, told: tuple[str, ...] | None) -> list[str]:
    headers, body = read(stored.headers), read(stored.body)
    objects = [each for each in body if isinstance(each, dict)] if isinstance(body, list) else []
    found: set[str] = set()
    for value in (each for one in objects or [body] for each in values_at(path, headers, one)):
        if not isinstance(value, (dict, list)):
            is_number = isinstance(value, Decimal) or type(value) is int
            text = f"{Decimal(value):f}" if is_number else json.dumps(value, ensure_ascii=False)
            if is_number and "." in text:
                text = text.rstrip("0").removesuffix(".")
            text = "0" if text == "-0" else text
            found.add(text if told is None or text in told else "other")
    return sorted(found) or ["missing"]
