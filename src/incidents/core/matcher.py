"""Whether an incident matches an example: what PostgreSQL says, said without asking it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, starmap
from typing import Any, NamedTuple

from incidents.core import json_text
from incidents.core.example import Example

# A JSON string, unrolled so that most of it is passed over in one step.
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')


class Matcher:
    """One example, ready to be held to many incidents.

    `prefilter` is a string that every matching incident contains, as a key or a value; None where
    there is none.
    """

    def __init__(self, example: Example) -> None:
        self._entries: list[tuple[Any, Any]] = [
            (_parse(entry), _parse(in_headers))
            for entry, in_headers in zip(example.entries, example.in_headers, strict=True)
        ]
        strings = chain.from_iterable(starmap(_strings_of, self._entries))
        self.prefilter = max(strings, default=None, key=len)

    def matches(self, places: "Places") -> bool:
        """Whether each entry is contained in the headers or in the body.

        Of a body that is an array one element has to contain all that the headers do not.
        """
        in_body = [
            entry
            for entry, in_headers in self._entries
            if not (contains(places.headers, entry) or contains(places.headers, in_headers))
        ]
        return not in_body or any(
            all(contains(element, entry) for entry in in_body) for element in places.elements
        )


class Places(NamedTuple):
    """Where entries are looked for: the headers, and the body or, of an array, its elements."""

    headers: Any
    elements: list[Any]


def places_of(headers: str, searched: str) -> Places:
    """`headers` and `searched` are JSON texts; see the columns of the same names."""
    body = _parse(searched)
    return Places(_parse(headers), body if isinstance(body, list) else [body])


def matching(headers: str, searched: str, examples: Sequence[Example]) -> dict[str, bool]:
    """Whether an incident with these texts matches each of the examples, by their texts."""
    matchers = {each.text: Matcher(each) for each in examples}
    strings = {None, *strings_of(headers), *strings_of(searched)}
    likely = {text for text, each in matchers.items() if each.prefilter in strings}
    places = places_of(headers, searched) if likely else Places(None, [])
    return {text: text in likely and each.matches(places) for text, each in matchers.items()}


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


def _strings_of(entry: dict[str, Any], in_headers: dict[str, Any]) -> Iterator[str]:
    """What contains the entry, in the headers or in the body, has each of these strings."""
    yield from _strings_in(list(entry.values()))
    yield from entry.keys() & in_headers.keys()


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
