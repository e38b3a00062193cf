"""Query trees, made at random from few names and values, so that they meet."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.query.fields import values_of
from incidents.core.query.instant import Ago, Instant, parse_instant
from incidents.core.query.number import parse_number
from incidents.core.query.tree import (
    EVERYTHING,
    Compare,
    Contains,
    Entry,
    Equals,
    Exists,
    HasPart,
    HasText,
    HasWords,
    IsGroup,
    IsHash,
    IsId,
    Order,
    Path,
    Place,
    Received,
    Tree,
    all_of,
    any_of,
    negated,
)
from incidents.core.words import fold, words_of
from tests.query_oracle import Stored

NAMES = [
    *("a", "b", "a.b", "X-A", "x-a", "Host", "host", "body", "headers", "id", "\u00e9", ""),
    *("\ufffd", "k", "a=b"),
]
STRINGS = [
    *("", "a", "b", "A", "a b", "B a", "1", "1.0", "-5", "true", "null", "\ufffd", "é", "É", "ß"),
    *("ẞ", "\u017f", "\u212a", "İ", "b_1", "B-1", "a1", "1e2", "0x1", "01", "a.b c", "e\u0301 a"),
    *("2026-11-23", "2026-11-23T03:46:00.5Z", "2026-11-23t04:46:00+01:00", "2026-02-30"),
    *("ДЯд", "*", "%_", "1e999", "0001-01-01T00:00:00+01:00"),
]
NUMBERS = [Decimal(each) for each in ("0", "1", "-5", "1.0", "1.50", "1e2", "42", "1E-7", "1e20")]

ORDERS: list[Order] = ["<", "<=", ">", ">="]
PLACES: list[Place | None] = [None, None, "headers", "body"]
NOW = datetime(2026, 11, 23, 3, 46, 0, 500_000, UTC)

names = st.sampled_from(NAMES)
strings = st.sampled_from(STRINGS) | st.text(max_size=4).map(json_text.searchable)
scalars = st.sampled_from([None, True, False, *NUMBERS]) | strings
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
orders = st.sampled_from(ORDERS)
instants = st.sampled_from(
    [each for each in map(parse_instant, STRINGS) if each is not None]
    + [Instant(0), Instant(-1, Decimal("0.25"))]
)


@st.composite
def paths(draw: st.DrawFn) -> Path:
    place = draw(st.sampled_from(PLACES))
    fewest = 0 if place == "body" else 1
    return Path(tuple(draw(st.lists(names, min_size=fewest, max_size=3))), place)


def _typed(text: str, *, is_bare: bool) -> tuple[object, ...]:
    return values_of(text) if is_bare else (text,)


leaves: st.SearchStrategy[Tree] = st.one_of(
    st.builds(Entry, names, json_values.map(json_text.write)),
    st.builds(
        lambda path, text, is_bare: Equals(path, _typed(text, is_bare=is_bare)),  # type: ignore[arg-type]
        paths(),
        strings,
        st.booleans(),
    ),
    st.builds(Contains, paths(), json_values.map(json_text.write)),
    st.builds(Compare, paths(), orders, st.sampled_from(NUMBERS) | instants),
    st.builds(HasText, paths(), strings.map(fold)),
    st.builds(Exists, paths()),
    strings.map(words_of).filter(bool).map(lambda words: HasWords(tuple(words))),
    strings.map(fold).filter(bool).map(HasPart),
    st.sampled_from(["ab" * 32, "0" * 64]).map(IsHash),
    st.sampled_from(["f" * 16, "0" * 15 + "7"]).map(IsGroup),
    st.builds(IsId, st.sampled_from(["=", "<", "<=", ">", ">="]), st.integers(0, 3)),
    st.builds(Received, orders, instants | st.integers(0, 10**6).map(Ago)),
)


def trees_of(leaf: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.recursive(
        leaf | st.just(EVERYTHING),
        lambda inner: (
            st.lists(inner, min_size=2, max_size=3).map(all_of)
            | st.lists(inner, min_size=2, max_size=3).map(any_of)
            | inner.map(negated)
        ),
        max_leaves=6,
    )


trees = trees_of(leaves)

# As a text, with what jsonb cannot hold, and numbers in other digits.
texts = json_values.map(json_text.write).map(
    lambda text: text.replace("\ufffd", "\\u0000").replace("1E+2", "1e2")
)
_parameters = st.dictionaries(names, strings | st.lists(strings, max_size=2), max_size=2)
headers = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("X-A", "Host", "A", "B", "Body"), strings)
    | {"Incidents-Query": _parameters},
).map(json_text.write)
objects = st.dictionaries(names, json_values, max_size=3)
incidents: st.SearchStrategy[Stored] = st.builds(
    Stored,
    st.integers(0, 3),
    st.sampled_from([bytes(32), bytes.fromhex("ab" * 32)]),
    st.sampled_from([NOW, NOW - timedelta(days=3), NOW + timedelta(hours=1)]),
    headers,
    texts | (objects | st.lists(objects, max_size=3)).map(json_text.write),
    st.sampled_from([-1, 7, None]),
)


@st.composite
def fields(draw: st.DrawFn, stored: Stored) -> tuple[Path, Any]:
    """A field that the incident has, mostly, and its value."""
    place = draw(st.sampled_from(PLACES))
    value = read(stored.headers if place == "headers" else stored.body)
    found: list[str] = []
    while isinstance(value, (dict, list)) and value and draw(st.integers(0, 3)):
        if isinstance(value, list):
            value = draw(st.sampled_from(value))
        else:
            name = draw(st.sampled_from(sorted(value)))
            value = value[name]
            found += name.split(".") if draw(st.booleans()) else [name]
    found = found or ["body"]
    return Path(tuple(draw(st.sampled_from([found, ["X-A"], found]))), place), value


@st.composite
def _near(draw: st.DrawFn, stored: Stored) -> Tree:
    """A leaf that has something to do with the incident."""
    path, value = draw(fields(stored))
    text = json_text.write(value)
    near: list[Tree] = [Contains(path, text), Exists(path), Entry(path.names[0], text)]
    if isinstance(value, str):
        start = draw(st.integers(0, len(value)))
        near += [Equals(path, (value,)), HasText(path, fold(value[start:]))]
        near += [HasWords(tuple(words))] if (words := words_of(value[start:])) else []
        near += [HasPart(fold(value[start:]))] if value[start:] else []
        near += [Equals(path, values_of(value))]
        value = parse_number(value) or parse_instant(value)
    elif value is None or isinstance(value, (bool, int, Decimal)):
        value = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
        near += [Equals(path, (text, value)), HasText(path, fold(text))]
    if isinstance(value, (Decimal, Instant)):
        near += [Compare(path, order, value) for order in ORDERS]
    return draw(st.sampled_from(near))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tree, Stored]:
    """A query and an incident that it may match."""
    stored = draw(incidents)
    return draw(trees_of(leaves | _near(stored) | _near(stored))), stored


def read(text: str) -> Any:
    """The value of a JSON text as it is searched."""
    return json_text.parse(json_text.for_search(text, 100) or text, 100, exact=True)
