"""An example: a JSON object that an incident matches when it contains each of its entries."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, starmap
from json import JSONDecoder
from typing import Any, TypeGuard

from incidents.core import json_text
from incidents.core.errors import BadExample
from incidents.core.query.tree import Entry, Tree, all_of

# Each prefilter costs a little, and a few already exclude nearly everything.
PREFILTERS_MAX = 4

# Of a longer string only the beginning is a prefilter.
_PREFILTER_CHARACTERS_MAX = 1000

# Counts the entries of nested objects and arrays too. PostgreSQL looks each up separately: without
# the limit one find could cost as much as thousands of others.
ENTRIES_MAX = 1000

# With more doubts every candidate is parsed instead: looking for more strings would cost as much.
DOUBTS_MAX = 4

_decoder = JSONDecoder()

# The characters of a header's name (RFC 9110, section 5.6.2).
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Example:
    """An example, as the JSON texts that PostgreSQL and Python are given.

    `entries` are its top-level entries, each as `{k: v}`, in a fixed order. `in_headers` are the
    same with names as headers spell them, because names of headers match in any case.

    `leads` are for the index: every match contains all entries of at least one lead. A candidate
    that the index found through a lead is certain to match if its body is not an array and it
    contains none of `doubts`, pairs of a place ("headers" or "body") and a string. Where `doubts`
    is None every candidate is compared.

    `prefilters` are strings of the example. Every text that contains the example contains them
    literally, unless that text has a backslash.
    """

    entries: tuple[str, ...]
    in_headers: tuple[str, ...]
    leads: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...] | None
    prefilters: tuple[str, ...]

    @property
    def text(self) -> str:
        """A text that is equal for examples that differ only in the order of entries."""
        return f"[{','.join(self.entries)}]"

    @property
    def tree(self) -> Tree:
        """The same as a query: all of its entries."""
        return all_of([_entry_leaf(entry) for entry in self.entries])

    @property
    def matches_everything(self) -> bool:
        """Whether it is `{}`."""
        return not self.entries


def parse_example(raw: bytes, nesting_levels_max: int) -> Example:
    """The example in `raw`.

    Raises NotJSON and OverLimit as `json_text.parse` does, and BadExample if it is not an object or
    has too many entries.
    """
    text = json_text.decode(raw)
    # PostgreSQL's view: keys that `jsonb` cannot distinguish are one key, and the last value
    # counts.
    searched = json_text.for_search(text, nesting_levels_max) or text
    value = json_text.parse(searched, nesting_levels_max, exact=True)
    if not isinstance(value, dict):
        raise BadExample(
            'an example is a JSON object such as {"service": "billing"}, '
            f"not {_KINDS.get(type(value), 'a number')}"
        )
    if (count := _entries_in(value)) > ENTRIES_MAX:
        raise BadExample(
            f"the example has {count:,} entries, counting those of the objects and arrays in it; "
            f"at most {ENTRIES_MAX:,} are allowed: leave out what is least specific"
        )
    return _of_entries(sorted(starmap(_Entry, value.items()), key=lambda each: each.text))


def _entry_leaf(entry: str) -> Entry:
    """`entry` is a text that `json_text.write` made of `{key: value}`."""
    key, end = _decoder.raw_decode(entry, 1)
    return Entry(key, entry[end + 1 : -1])


def _entries_in(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value
    return len(value) + sum(
        _entries_in(each) for each in children if isinstance(each, (dict, list))
    )


class _Entry:
    """A top-level entry, in its own spelling and in that of headers."""

    def __init__(self, key: str, value: Any) -> None:
        scalars = list(_scalars(value))
        self.key = self.name = key
        # Values of headers are strings, except for Incidents-Query.
        can_be_header = isinstance(value, str) or key.lower() == "incidents-query"
        if can_be_header and _TOKEN.fullmatch(key):
            self.name = "-".join(word.capitalize() for word in key.split("-"))
        # The index has entries for strings, numbers, true, false and null only
        # (https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING).
        self.in_index = bool(scalars)
        self.text = json_text.write({key: value})
        self.in_headers = json_text.write({self.name: value})
        self._strings = [each for each in scalars if _is_simple(each)]

    @property
    def has_two_forms(self) -> bool:
        """Whether headers spell the name differently."""
        return self.name != self.key

    @property
    def forms(self) -> Sequence[str]:
        """Its JSON texts, the likelier first: a name with a hyphen is probably a header's."""
        if not self.has_two_forms:
            return [self.text]
        forms = [self.text, self.in_headers]
        return forms[::-1] if "-" in self.key else forms

    @property
    def doubts(self) -> Sequence[tuple[str, str]]:
        """Where else an incident may contain the entry: pairs of a place and a string."""
        if not self.has_two_forms:
            return []
        if "-" in self.key:
            return [("body", f'"{self.key}"'), ("body", f'"{self.name}"')]
        return [("headers", f'"{self.name}"')]

    def prefilters(self) -> Iterator[str]:
        """Strings of the entry that JSON writes literally, or with a backslash."""
        key = [] if self.has_two_forms or not _is_simple(self.key) else [self.key]
        for each in self._strings or key:
            yield f'"{each}"'[:_PREFILTER_CHARACTERS_MAX]


def _of_entries(entries: Sequence[_Entry]) -> Example:
    in_index = [each for each in entries if each.in_index]
    first = [each.forms[0] for each in in_index]
    # A match that lacks one of the likely forms contains another form of some entry.
    others = [form for each in in_index for form in each.forms[1:]]
    doubts = tuple(chain.from_iterable(each.doubts for each in in_index))
    knows_all = len(in_index) == len(entries) and len(doubts) <= DOUBTS_MAX
    return Example(
        entries=tuple(each.text for each in entries),
        in_headers=tuple(each.in_headers for each in entries),
        leads=tuple(f"[{lead}]" for lead in [",".join(first), *others] if lead),
        # An entry without scalars is not in the index.
        doubts=doubts if knows_all else None,
        prefilters=tuple(
            islice(chain.from_iterable(each.prefilters() for each in entries), PREFILTERS_MAX)
        ),
    )


def _is_simple(value: Any) -> TypeGuard[str]:
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isprintable()
        and not {'"', "\\"} & set(value)
    )


def _scalars(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for each in value.values():
                yield from _scalars(each)
        case list():
            for each in value:
                yield from _scalars(each)
        case _:
            yield value


_KINDS = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
