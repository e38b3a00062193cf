"""An example finds exactly what the oracle says."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api import Api
from tests.oracle import matches

# Few names and values, so that they meet; among them what compares in a way of its own.
names = st.sampled_from(["a", "b", "Host", "host", "X-A", "x-a", "x-A", "", "\0", "\ufffd", "é"])
scalars = st.sampled_from(
    [None, True, False, 0, 1, -1, 2, 0.5, "", "a", "1", "\0", "\ud800", "\ufffd", "é", 10**20]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
# The same number in other digits.
digits = st.sampled_from([("1", "1.0"), ("1", "1.00"), ("0.5", "5e-1"), ("0", "-0"), ("2", "2e0")])


@st.composite
def texts(draw: st.DrawFn, value: st.SearchStrategy[Any]) -> str:
    text = json.dumps(draw(value))
    if draw(st.booleans()):
        plain, other = draw(digits)
        text = text.replace(f" {plain}", f" {other}")
    return text


def part_of(value: Any) -> st.SearchStrategy[Any]:
    """Something that the value contains, mostly."""
    if isinstance(value, dict) and value:
        return st.lists(st.sampled_from(sorted(value)), unique=True).flatmap(
            lambda keys: st.fixed_dictionaries({key: part_of(value[key]) for key in keys})
        )
    if isinstance(value, list) and value:
        return st.lists(st.sampled_from(range(len(value))), max_size=3).flatmap(
            lambda places: st.tuples(*(part_of(value[place]) for place in places)).map(list)
        )
    return st.just(value) | scalars


def entries_of(body: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An example that has something to do with the body."""
    objects = [
        each for each in (body if isinstance(body, list) else [body]) if isinstance(each, dict)
    ]
    near = [part_of(each) for each in objects if each] or [st.just({})]
    header = st.dictionaries(
        st.sampled_from(["X-A", "x-a", "X-a"]), st.sampled_from(["1", 1, "2"]), max_size=2
    )
    return st.tuples(st.one_of(near), header).map(lambda both: {**both[0], **both[1]})


bodies = values | st.lists(st.dictionaries(names, values, max_size=3), max_size=3)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), body=bodies, header=st.sampled_from(["1", "2", "1, 2"]))
async def test_an_example_finds_what_the_oracle_says(
    api: Api, data: st.DataObject, body: Any, header: str
) -> None:
    text = data.draw(texts(st.just(body)))
    id_ = await api.report(text.encode(), X_A=header)
    headers = (await api.get(f"/incidents/{id_}")).json["headers"]

    for strategy in (entries_of(body), st.dictionaries(names, values, max_size=2)):
        example = data.draw(texts(strategy))
        result = await api.post("/find?limit=1", example.encode())
        found = [incident["id"] for incident in result.json["incidents"]] == [id_]
        assert found is matches(example, headers, text), (example, headers, text)
