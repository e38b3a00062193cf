"""The matcher, which asks no PostgreSQL, says what the oracle says."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.example import parse_example
from incidents.core.matcher import Matcher, places_of, strings_of
from tests.oracle import matches
from tests.test_containment import bodies, entries_of, names, texts, values


@settings(max_examples=1000, deadline=None)
@given(data=st.data(), body=bodies, header=st.sampled_from(["1", "2", "é", "a\\b"]))
def test_it_says_what_the_oracle_says(data: st.DataObject, body: Any, header: str) -> None:
    text = data.draw(texts(st.just(body)))
    headers = {"X-A": header}
    headers_text, searched = json.dumps(headers), json_text.for_search(text, 100) or text
    for strategy in (entries_of(body), st.dictionaries(names, values, max_size=2)):
        example = data.draw(texts(strategy))
        matcher = Matcher(parse_example(example.encode(), 100))

        found = matcher.matches(places_of(headers_text, searched))

        assert found is matches(example, headers, text), (example, text)
        if found and matcher.prefilter is not None:
            assert matcher.prefilter in {*strings_of(headers_text), *strings_of(searched)}


def test_keys_that_postgresql_holds_for_one_are_one_and_the_last_counts() -> None:
    example = r'{"\u0000": null, "\ufffd": []}'
    matcher = Matcher(parse_example(example.encode(), 100))
    body = r'{"\u0000": []}'

    assert matches(example, {}, body)
    assert matcher.matches(places_of("{}", json_text.for_search(body, 100) or body))


def test_every_string_of_a_text_is_found() -> None:
    value = {'a"b': ["\\", "é\n", {"": "x\\"}], "c": 'd\\"'}

    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        assert set(strings_of(text)) == {'a"b', "\\", "é\n", "", "x\\", "c", 'd\\"'}


def test_the_needle_is_telling() -> None:
    def prefilter(example: str) -> str | None:
        return Matcher(parse_example(example.encode(), 100)).prefilter

    assert prefilter("{}") is None
    assert prefilter('{"a": 1}') == "a"
    assert prefilter('{"level": "error", "service": "billing-eu"}') == "billing-eu"
    assert prefilter('{"level": "error"}') == "error"
