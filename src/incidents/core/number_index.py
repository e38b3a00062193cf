"""Between which numbers those of a field lie, cell by cell: the entries of the index of numbers.

An entry may be too wide; no number is outside of it. Strings that are numbers, and times, are
numbers as well. A field is known by the names that lead to it, joined by dots: in any case, through
any arrays, in the headers and in the body.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from math import inf, nextafter
from typing import Any, NamedTuple
from zlib import crc32

from incidents.core.query.instant import Instant, parse_instant
from incidents.core.query.number import parse_number
from incidents.core.query.tree import Compare
from incidents.core.word_index import CELL_BITS, SECTION_BITS, Run
from incidents.core.words import fold

# A field is known by its hash, so that a cell has no more entries, however many fields it has.
_BUCKETS = 1024
# Any field of these may have any number. (search/sql/ids_of_numbers.sql has it, too.)
_ANY_FIELD = -1
_CELLS = 1 << SECTION_BITS - CELL_BITS
_BODY = "body"
_TIME = b" time"
_FIRST_CHARACTERS = frozenset("-0123456789")
# Of different numbers of so few characters without an exponent the doubles are different, too.
_CHARACTERS_OF_DOUBLE = 15
_SPACE = re.compile(r"[ \t\r\n]*")

# The least and the greatest.
Bounds = tuple[float, float]


class Entry(NamedTuple):
    """The numbers of the fields of a bucket, in a cell of a section."""

    bucket: int
    cell: int
    low: float
    high: float


def numbers_of(runs: Sequence[Run]) -> list[Entry]:
    """The entries of runs, one for each bucket and cell."""
    found: dict[tuple[int, int], Bounds] = {}
    for run in runs:
        cell = (run.last_id >> CELL_BITS) % _CELLS
        for bucket, (low, high) in _numbers_of_run(run):
            lowest, highest = found.get((bucket, cell), (low, high))
            found[bucket, cell] = min(lowest, low), max(highest, high)
    return [Entry(*place, *bounds) for place, bounds in found.items()]


def asked_by(compare: Compare) -> tuple[int, Bounds]:
    """The bucket of the field, and the bounds within which it has to have a number to match."""
    field, bound = 0, compare.bound
    for name in compare.path.names or (_BODY,):
        field = _step(field, name)
    if isinstance(bound, Instant):
        field, bound = crc32(_TIME, field), bound.number
    low, high = _around(f"{bound:f}")
    return field % _BUCKETS, {
        ">": (nextafter(low, inf), inf),
        ">=": (low, inf),
        "<": (-inf, nextafter(high, -inf)),
        "<=": (-inf, high),
    }[compare.order]


def _numbers_of_run(run: Run) -> Iterable[tuple[int, Bounds]]:
    try:
        found = [each for document in _documents(run.texts) for each in _numbers_in(document)]
    except (ValueError, RecursionError):  # taken when the limits were others
        found = None
    if found is None or not run.is_whole:
        return [(_ANY_FIELD, (-inf, inf))]
    return found


def _documents(texts: bytes | None) -> Iterator[Any]:
    text = (texts or b"").decode()
    at = _behind_space(text, 0)
    while at < len(text):
        document, end = _decoder.raw_decode(text, at)
        yield document
        at = _behind_space(text, end)


def _behind_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _around(digits: str) -> Bounds:
    """Doubles between which the number is: the same one where no other number has it."""
    number = float(digits)
    if len(digits) <= _CHARACTERS_OF_DOUBLE and "e" not in digits and "E" not in digits:
        return number, number
    return nextafter(number, -inf), nextafter(number, inf)


# A number is its bounds, unlike what JSON has besides.
_decoder = json.JSONDecoder(parse_int=_around, parse_float=_around)


def _numbers_in(document: Any) -> Iterator[tuple[int, Bounds]]:
    waiting: list[tuple[int | None, Any]] = [(None, [document])]
    while waiting:
        above, value = waiting.pop()
        named = value.items() if isinstance(value, dict) else ((None, each) for each in value)
        for name, each in named:
            if isinstance(each, str) and each[:1] not in _FIRST_CHARACTERS:
                continue  # mostly
            field = above if name is None else _step(above or 0, name)
            if isinstance(each, (dict, list)):
                waiting.append((field, each))
            else:
                yield from _of_scalar(_step(0, _BODY) if field is None else field, each)


def _of_scalar(field: int, value: Any) -> Iterator[tuple[int, Bounds]]:
    if isinstance(value, tuple):
        yield field % _BUCKETS, value
    elif isinstance(value, str):
        if parse_number(value) is not None:
            yield field % _BUCKETS, _around(value)
        elif (time := parse_instant(value)) is not None:
            yield crc32(_TIME, field) % _BUCKETS, _around(f"{time.number:f}")


def _step(field: int, name: str) -> int:
    """The hash of the field of that name: whether names are joined by dots makes no difference."""
    return crc32(f".{fold(name)}".encode(), field)
