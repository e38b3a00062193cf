"""Finds of a range skip cells that have no such number, and nothing else."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.number_index import asked_by, numbers_of
from incidents.core.query.tree import Compare, Path
from incidents.core.word_index import Run
from incidents.search import indexing
from tests.api import Api
from tests.clocks import START, filled, settle
from tests.queries import ORDERS, fields, incidents, instants
from tests.query_oracle import Stored, matches
from tests.test_word_index import fetched, index, lookable

# What doubles round to the same, what they do not tell apart, and what they do not have.
DIGITS = [
    *("0", "-0.0", "1", "0.1", "0.10", "0.1000000000000000055", "0.3", "-7.5", "1e2", "100"),
    *("99.99999999999999999", "999999999999999", "9007199254740992", "9007199254740993"),
    *("123456789.123456", "123456789.1234561", "1e-320", "1.00001e-320", "1e-400", "0e0"),
    *("1.7976931348623157e308", "1.7976931348623158e308", "-1.7976931348623158e308"),
]


def may_match(compare: Compare, *texts: str) -> bool:
    """Whether the entries of an incident let it match."""
    bucket, (lowest, highest) = asked_by(compare)
    run = Run(7, is_whole=True, texts="\n".join(texts).encode())
    return any(
        each.bucket in (bucket, -1) and each.low <= highest and each.high >= lowest
        for each in numbers_of([run])
    )


def stored(body: str) -> Stored:
    return Stored(1, bytes(32), datetime.now(UTC), "{}", body)


def test_no_number_is_outside_of_its_bounds() -> None:
    for digits, bound, order in product(DIGITS, DIGITS, ORDERS):
        compare = Compare(Path(("a",)), order, Decimal(bound))
        for body in (f'{{"a": {digits}}}', f'{{"a": [[0.5, "{digits}"]]}}'):
            if matches(compare, stored(body)):
                assert may_match(compare, "{}", body), (compare, body)


def test_bounds_are_as_narrow_as_what_people_compare() -> None:
    strict = [order for order in ORDERS if "=" not in order]
    for digits, order in product(("500", "899.99", "-0.001"), strict):
        at = Compare(Path(("a",)), order, Decimal(digits))
        assert not may_match(at, f'{{"a": {digits}, "b": 1e3, "c": -1e3}}')
    assert not may_match(Compare(Path(("a",)), ">=", Decimal("899.991")), '{"a": 899.99}')


@settings(max_examples=300, deadline=None)
@given(data=st.data(), incident=incidents)
def test_what_matches_is_within_the_bounds(data: Any, incident: Stored) -> None:
    """Whatever leads to the number: arrays, dots, names in another case, strings, times."""
    path, _ = data.draw(fields(incident))
    bounds = st.sampled_from([Decimal(each) for each in ("0", "1", "-5", "42", "1e20")]) | instants
    compare = Compare(path, data.draw(st.sampled_from(ORDERS)), data.draw(bounds))
    searched = json_text.for_search(incident.body, 100) or incident.body
    if matches(compare, incident):
        assert may_match(compare, incident.headers, searched)


def test_what_cannot_be_read_may_have_any_number() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    for texts in (deep, '{"\\ud800": 1}'):
        assert may_match(Compare(Path(("a",)), ">", Decimal(5)), texts)


def test_there_are_not_more_entries_however_many_fields_there_are() -> None:
    body = json.dumps({f"{'long' * 100}{n}": {"n": n} for n in range(5000)})
    assert len(numbers_of([Run(7, is_whole=True, texts=body.encode())])) <= 1024


async def test_cells_that_have_no_such_number_are_skipped(api: Api, database: str) -> None:
    """Of blocks that are indexed; an earlier version indexed words alone."""
    rows = [(id_, START, {"n": id_ - 40_000}) for id_ in range(40_000, 44_000, 8)]
    await filled(api, database, rows)
    await settle(database, 500)
    newest = (43_500, 65_536)  # not settled

    await index(database)
    assert await lookable(database, "n>=300 n<310") == [(40_192, 40_320), newest]
    assert await lookable(database, "n<13 OR n=400") == [(40_000, 40_064), (40_400, 40_408), newest]
    unknown = "UPDATE incidents_blocks SET numbers = false WHERE low IN (40500, 41000)"
    await fetched(database, unknown)
    first = await lookable(database, "n<3")
    assert first == [(40_000, 40_064), (40_500, 41_500), newest]

    await index(database)
    assert await lookable(database, "n<3") == [(40_000, 40_064), newest]


async def test_cells_of_texts_that_are_too_long_may_have_any_number(
    api: Api, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_TEXT_BYTES_MAX", 1000)
    long = {"long": "x " * 1000, "n": 1}
    await filled(api, database, [(1, START, long), (200, START, {"n": 2}), (999, START, {})])
    await settle(database, 500)
    await index(database)

    assert await lookable(database, "n>5") == [(0, 8), (1000, 65536)]
