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

# Each costs a little; a few tell apart nearly all.
PREFILTERS_MAX = 4

# A prefilter is the beginning of a string that is longer.
_PREFILTER_CHARACTERS_MAX = 1000

# Of all its objects and arrays. Each is looked for by itself: of more, one find would cost as much
# as thousands of others. (Who looks for one incident needs but a few of its entries.)
ENTRIES_MAX = 1000

# An example with more doubts has each candidate parsed: to look for more strings costs as much.
DOUBTS_MAX = 4

_decoder = JSONDecoder()

# RFC 9110, section 5.6.2: what a name of a header is made of.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Example:
    """An example in the forms that PostgreSQL and Python are asked with, as JSON texts.

    `entries` are its top-level entries, `{k: v}` each, in one order. `in_headers` are the same as
    they are spelt in headers: the names of headers are the same in any case.

    Every match contains all entries of one of `leads`, and the index leads to what does. That
    matches if its body is no array and none of `doubts` is in it, each a place ("headers" or
    "body") and a string; where `doubts` is None it has to be looked at.

    `prefilters` are strings of it, which every text that contains it has as they are, unless that
    text has a backslash.
    """

    entries: tuple[str, ...]
    in_headers: tuple[str, ...]
    leads: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...] | None
    prefilters: tuple[str, ...]

    @property
    def text(self) -> str:
        """Equal for examples that are the same but for the order of their entries."""
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
    """The example that `raw` holds.

    Raises NotJSON and OverLimit as `json_text.parse` does, BadExample when it is no object, or one
    of too many entries.
    """
    text = json_text.decode(raw)
    # As PostgreSQL holds it: what `jsonb` cannot tell apart is one key, and the last of it counts.
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
    """One top-level entry: as it is spelt, and as headers spell its name."""

    def __init__(self, key: str, value: Any) -> None:
        scalars = list(_scalars(value))
        self.key = self.name = key
        # The values of headers are strings, but for that of the URL's parameters.
        can_be_header = isinstance(value, str) or key.lower() == "incidents-query"
        if can_be_header and _TOKEN.fullmatch(key):
            self.name = "-".join(word.capitalize() for word in key.split("-"))
        # What the index has entries for: strings, numbers, true, false and null
        # (https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING).
        self.in_index = bool(scalars)
        self.text = json_text.write({key: value})
        self.in_headers = json_text.write({self.name: value})
        self._strings = [each for each in scalars if _is_simple(each)]

    @property
    def has_two_forms(self) -> bool:
        """Whether headers spell its name in another way."""
        return self.name != self.key

    @property
    def forms(self) -> Sequence[str]:
        """Its texts, the likely one first: where there is a hyphen it is the name of a header."""
        if not self.has_two_forms:
            return [self.text]
        forms = [self.text, self.in_headers]
        return forms[::-1] if "-" in self.key else forms

    @property
    def doubts(self) -> Sequence[tuple[str, str]]:
        """What an incident has, and where, that contains the form of another place."""
        if not self.has_two_forms:
            return []
        if "-" in self.key:
            return [("body", f'"{self.key}"'), ("body", f'"{self.name}"')]
        return [("headers", f'"{self.name}"')]

    def prefilters(self) -> Iterator[str]:
        """Strings of it that JSON can only write as they are, or with a backslash."""
        key = [] if self.has_two_forms or not _is_simple(self.key) else [self.key]
        for each in self._strings or key:
            yield f'"{each}"'[:_PREFILTER_CHARACTERS_MAX]


def _of_entries(entries: Sequence[_Entry]) -> Example:
    in_index = [each for each in entries if each.in_index]
    first = [each.forms[0] for each in in_index]
    # An incident that does not contain all likely forms contains one of the others, if it matches.
    others = [form for each in in_index for form in each.forms[1:]]
    doubts = tuple(chain.from_iterable(each.doubts for each in in_index))
    knows_all = len(in_index) == len(entries) and len(doubts) <= DOUBTS_MAX
    return Example(
        entries=tuple(each.text for each in entries),
        in_headers=tuple(each.in_headers for each in entries),
        leads=tuple(f"[{lead}]" for lead in [",".join(first), *others] if lead),
        # The index says nothing of an entry that it has nothing for.
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
