"""What an example says of itself."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.example import parse_example, parts_of
from tests.oracle import matches


@pytest.mark.parametrize(
    ("text", "needles"),
    [
        (b'{"service": "billing"}', ['"billing"']),
        (b'{"a": {"b": ["x", {"c": "longest"}]}, "d": 1}', ['"x"', '"longest"', '"d"']),
        (b'{"a": "\\u0062oth"}', ['"both"']),
        (b'{"a": "two \\"words\\"", "b": "back\\\\slash", "c": "\\n"}', ['"a"', '"b"', '"c"']),
        ('{"é": "ü"}'.encode(), []),
        (b'{"context": {}}', ['"context"']),
        (b'{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}', ['"a"', '"b"', '"c"', '"d"']),
        (b"{}", []),
    ],
)
def test_needles_are_strings_that_need_no_escape(text: bytes, needles: list[str]) -> None:
    assert list(parse_example(text, 100).needles) == needles


@pytest.mark.parametrize(
    ("text", "indexable"),
    [
        (b"{}", False),
        (b'{"a": {}}', False),
        (b'{"a": [], "b": [{"c": []}]}', False),
        (b'{"a": [], "b": [{"c": null}]}', True),
        (b'{"a": false}', True),
        (b'{"a": ""}', True),
    ],
)
def test_an_index_leads_to_what_has_a_value(text: bytes, *, indexable: bool) -> None:
    assert (parse_example(text, 100).leaves > 0) is indexable


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"{}", []),
        (b'{"a": 1, "b": {}}', []),
        (b'{"b": null, "a": 1.50}', [[{"a": 1.50}], [{"b": None}]]),
        (
            b'{"a": {"b": ["x", {"c": "y"}]}, "d": true}',
            [
                [{"a": {"b": ["x"]}}, {"a": {"b": [{"c": "y"}]}}],
                [{"a": {"b": ["x"]}}, {"d": True}],
                [{"a": {"b": [{"c": "y"}]}}, {"d": True}],
            ],
        ),
    ],
)
def test_parts_have_two_of_its_values_or_one(text: bytes, parts: list[Any]) -> None:
    found = [json.loads(each.entries) for each in parts_of(parse_example(text, 100).entries)]
    assert len(found) == len(parts)
    assert all(part in found or part[::-1] in found for part in parts)


def test_there_are_no_more_parts_than_can_be_asked_for() -> None:
    assert len(parts_of(json.dumps([{str(n): n} for n in range(100)]))) == 15
    assert parts_of(json.dumps([{str(n): "long" * 300} for n in range(4)])) == []


values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", 'b"']),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(example=st.dictionaries(st.sampled_from("abc"), values, max_size=3), data=st.data())
def test_what_matches_an_example_matches_its_parts(
    example: dict[str, Any], data: st.DataObject
) -> None:
    body = {**example, **data.draw(st.dictionaries(st.sampled_from("def"), values, max_size=1))}
    entries = parse_example(json.dumps(example).encode(), 100).entries

    for part in parts_of(entries):
        assert part.leaves in (1, 2)
        for entry in json.loads(part.entries):
            assert matches(json.dumps(entry), {}, json.dumps(body))
