"""Whether an incident matches an example: what PostgreSQL says, said without asking it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from incidents import json_text
from incidents.example import Example

# A JSON string, unrolled so that most of it is passed over in one step.
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')


class Matcher:
    """One example, ready to be held to many incidents.

    `needle` is a string that every matching incident contains, as a key or a value; None for
    the example that matches everything.
    """

    def __init__(self, example: Example) -> None:
        self._entries: list[dict[str, Any]] = _parse(example.entries)
        self.needle = max(_strings_in(self._entries), default=None, key=len)

    def matches(self, places: list[Any]) -> bool:
        """Whether each entry is contained in one of the places (see `places_of`)."""
        return all(any(contains(place, entry) for place in places) for entry in self._entries)


def places_of(headers: str, searched: str) -> list[Any]:
    """Where entries are looked for: the headers, and the body or, of an array, its elements.

    `headers` and `searched` are JSON texts; see the columns of the same names.
    """
    body = _parse(searched)
    return [_parse(headers), *(body if isinstance(body, list) else [body])]


def matching(headers: str, searched: str, examples: Sequence[Example]) -> dict[str, bool]:
    """Whether an incident with these texts matches each of the examples, by their entries."""
    matchers = {each.entries: Matcher(each) for each in examples}
    strings = {*strings_of(headers), *strings_of(searched)}
    needles = {each.needle for each in matchers.values()}
    places = places_of(headers, searched) if needles & strings else []
    return {
        entries: each.needle is None or (each.needle in strings and each.matches(places))
        for entries, each in matchers.items()
    }


def strings_of(text: str) -> Iterable[str]:
    """Every string of a JSON text, keys and values, some of them twice.

    Without escapes also what stands between them: to tell them apart costs more than it spares.
    """
    return _unescaped(text) if "\\" in text else text.split('"')


def _unescaped(text: str) -> Iterator[str]:
    for found in _STRING.findall(text):
        yield json.loads(f'"{found}"', strict=False) if "\\" in found else found


def contains(left: Any, right: Any) -> bool:
    """`left @> right`, below the top level of a `jsonb`.

    https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
    """
    if isinstance(right, dict):
        return isinstance(left, dict) and all(
            key in left and contains(left[key], each) for key, each in right.items()
        )
    if isinstance(right, list):
        return isinstance(left, list) and all(
            any(contains(candidate, each) for candidate in left) for each in right
        )
    return _kind(left) is _kind(right) and bool(left == right)


def _kind(value: Any) -> type:
    # To Python True is 1; an int and a Decimal are both numbers.
    return Decimal if type(value) is int else type(value)


def _parse(text: str) -> Any:
    return json_text.parse(text, json_text.ANY_DEPTH, exact=True)


def _strings_in(value: Any) -> Iterator[str]:
    # Keys too: an example of nothing but numbers has no other string. A value is the more
    # telling of two strings of the same length, and comes first.
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings_in(each)
    elif isinstance(value, dict):
        yield from _strings_in(list(value.values()))
        yield from value
