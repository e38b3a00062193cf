"""Query trees, made at random from few names and values, so that they meet."""

from decimal import Decimal

from hypothesis import strategies as st

from incidents.core import json_text
from incidents.core.query.fields import values_of
from incidents.core.query.instant import Ago, Instant, parse_instant
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

NAMES = [
    *("a", "b", "a.b", "X-A", "x-a", "Host", "host", "body", "headers", "id", "\u00e9", ""),
    *("\ufffd", "k"),
]
STRINGS = [
    *("", "a", "b", "A", "a b", "B a", "1", "1.0", "-5", "true", "null", "\ufffd", "é", "É", "ß"),
    *("ẞ", "\u017f", "\u212a", "İ", "b_1", "B-1", "a1", "1e2", "0x1", "01", "a.b c", "e\u0301 a"),
    *("2026-11-23", "2026-11-23T03:46:00.5Z", "2026-11-23t04:46:00+01:00", "2026-02-30"),
    *("ДЯд", "*", "%_", "1e999", "0001-01-01T00:00:00+01:00"),
]
NUMBERS = [Decimal(each) for each in ("0", "1", "-5", "1.0", "1.50", "1e2", "42", "1E-7", "1e20")]

names = st.sampled_from(NAMES)
strings = st.sampled_from(STRINGS) | st.text(max_size=4).map(json_text.searchable)
scalars = st.sampled_from([None, True, False, *NUMBERS]) | strings
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
orders: st.SearchStrategy[Order] = st.sampled_from(["<", "<=", ">", ">="])
instants = st.sampled_from(
    [each for each in map(parse_instant, STRINGS) if each is not None]
    + [Instant(0), Instant(-1, Decimal("0.25"))]
)


@st.composite
def paths(draw: st.DrawFn) -> Path:
    places: list[Place | None] = [None, None, "headers", "body"]
    place = draw(st.sampled_from(places))
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
    st.builds(IsId, st.sampled_from(["=", "<", "<=", ">", ">="]), st.integers(0, 3)),
    st.builds(Received, orders, instants | st.integers(0, 10**6).map(Ago)),
)
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves | st.just(EVERYTHING),
    lambda inner: (
        st.lists(inner, min_size=2, max_size=3).map(all_of)
        | st.lists(inner, min_size=2, max_size=3).map(any_of)
        | inner.map(negated)
    ),
    max_leaves=6,
)
