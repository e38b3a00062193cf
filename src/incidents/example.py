"""An example: a JSON object that an incident matches when it contains each of its entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeGuard

from incidents import json_text
from incidents.errors import BadExample

# Each costs a little; a few tell apart nearly all.
NEEDLES_MAX = 4

# A needle is the beginning of a string that is longer.
_NEEDLE_CHARACTERS_MAX = 1000

# Of all its objects and arrays. Each is looked for by itself: of more, one find would cost as much
# as thousands of others. (Who looks for one incident needs but a few of its entries.)
ENTRIES_MAX = 1000


@dataclass(frozen=True, slots=True)
class Example:
    """An example in the form that PostgreSQL is asked with: the JSON text `[{k: v}, …]`.

    Every element stands for one top-level entry, so that "some element of [headers, body]
    contains this entry, some element that one" is one containment.

    `leaves` is how many values it has that the index has entries for: strings, numbers, true, false
    and null (https://www.postgresql.org/docs/current/datatype-json.html#JSON-INDEXING).
    `needles` are strings of it, which every text that contains it has as they are, unless that
    text has a backslash.
    """

    entries: str
    leaves: int = 1
    needles: tuple[str, ...] = ()

    @property
    def matches_everything(self) -> bool:
        """Whether it is `{}`."""
        return self.entries == "[]"


def parse_example(raw: bytes, nesting_levels_max: int) -> Example:
    """The example that `raw` holds.

    Raises NotJSON and OverLimit as `json_text.parse` does, BadExample when it is no object, or one
    of too many entries.
    """
    value = json_text.parse(json_text.decode(raw), nesting_levels_max, exact=True)
    if not isinstance(value, dict):
        raise BadExample(
            'an example is a JSON object such as {"service": "billing"}, '
            f"not {_KINDS.get(type(value), 'a number')}"
        )
    if (count := _entries_in(value)) > ENTRIES_MAX:
        raise BadExample(
            f"the example has {count:,} entries, counting those of the objects and arrays in it; "
            f"at most {ENTRIES_MAX:,} are looked for: leave out what tells little"
        )
    return _of_entries([{key: entry} for key, entry in value.items()])


def _entries_in(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value
    return len(value) + sum(
        _entries_in(each) for each in children if isinstance(each, (dict, list))
    )


def _of_entries(entries: Sequence[dict[str, Any]]) -> Example:
    return Example(
        # In one order, whatever that of its entries: it is known by its text.
        f"[{','.join(sorted(map(json_text.write, entries)))}]",
        leaves=sum(1 for _ in _scalars(entries)),
        needles=tuple(islice(chain.from_iterable(map(_needles, entries)), NEEDLES_MAX)),
    )


def _needles(entry: dict[str, Any]) -> Iterator[str]:
    """Strings of an entry that JSON can only write as they are, or with a backslash."""
    for key, value in entry.items():
        values = [each for each in _scalars(value) if _is_simple(each)]
        for each in values or ([key] if _is_simple(key) else []):
            yield f'"{each}"'[:_NEEDLE_CHARACTERS_MAX]


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
