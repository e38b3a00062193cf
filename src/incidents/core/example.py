"""An example: a JSON object that an incident matches when it contains each of its entries."""

from itertools import starmap
from typing import Any

from incidents.core import json_text
from incidents.core.errors import BadExample
from incidents.core.query.tree import Entry, Tree, all_of

# Counts the entries of nested objects and arrays too. PostgreSQL looks each up separately: without
# the limit one find could cost as much as thousands of others.
ENTRIES_MAX = 1000


def parse_example(raw: bytes, nesting_levels_max: int) -> Tree:
    """The query that the example in `raw` means: all of its entries, in a fixed order.

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
    entries = sorted((key, json_text.write(each)) for key, each in value.items())
    return all_of(list(starmap(Entry, entries)))


def _entries_in(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value
    return len(value) + sum(
        _entries_in(each) for each in children if isinstance(each, (dict, list))
    )


_KINDS = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
