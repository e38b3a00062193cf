"""An example is a query: its tree, held to incidents without PostgreSQL, says what it says."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.example import parse_example
from incidents.core.query.normal_form import normal_form
from incidents.core.query.prefilter import prefilter_of, strings_of
from incidents.core.query.query import matching, query_of
from incidents.core.query.subject import Identity
from incidents.core.query.tree import Tree
from tests.oracle import matches
from tests.test_containment import bodies, entries_of, names, texts, values


def tree_of(example: str) -> Tree:
    return parse_example(example.encode(), 100)


def is_found(tree: Tree, headers: str, searched: str) -> bool:
    """As the tail finds it: a prefilter first."""
    identity = Identity(1, bytes(32), datetime(2026, 11, 23, tzinfo=UTC))
    return matching(identity, headers, searched, [query_of(tree)])[normal_form(tree)]


@settings(max_examples=300, deadline=None)
@given(data=st.data(), body=bodies, header=st.sampled_from(["1", "2", "é", "a\\b"]))
def test_it_says_what_the_oracle_says(data: st.DataObject, body: Any, header: str) -> None:
    text = data.draw(texts(st.just(body)))
    headers = {"X-A": header}
    headers_text, searched = json.dumps(headers), json_text.for_search(text, 100) or text
    for strategy in (entries_of(body), st.dictionaries(names, values, max_size=2)):
        example = data.draw(texts(strategy))
        found = is_found(tree_of(example), headers_text, searched)

        assert found is matches(example, headers, text), (example, text)


def test_keys_that_postgresql_holds_for_one_are_one_and_the_last_counts() -> None:
    example = r'{"\u0000": null, "\ufffd": []}'
    body = r'{"\u0000": []}'

    assert matches(example, {}, body)
    assert is_found(tree_of(example), "{}", json_text.for_search(body, 100) or body)


def test_every_string_of_a_text_is_found() -> None:
    value = {'a"b': ["\\", "é\n", {"": "x\\"}], "c": 'd\\"'}

    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert set(strings_of(text)) == {'a"b', "\\", "é\n", "", "x\\", "c", 'd\\"'}


def test_the_prefilter_is_telling() -> None:
    def prefilter(example: str) -> str | None:
        return prefilter_of(tree_of(example))

    assert prefilter("{}") is None
    assert prefilter('{"a": 1}') == "a"
    assert prefilter('{"level": "error", "service": "billing-eu"}') == "billing-eu"
    assert prefilter('{"level": "error"}') == "error"
