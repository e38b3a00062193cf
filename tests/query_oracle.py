"""What a query means, in plain Python: the truth that both compilers are held to.

Simple and slow, and its own: of the program it knows the tree alone.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from incidents.core.grouping.keys import key_of_id
from incidents.core.query.tree import (
    AllOf,
    AnyOf,
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
    Not,
    Path,
    Received,
    Tree,
)
from tests.oracle import _contains, _read, _searchable
from tests.unicode_tables import is_word_character, simple_folding


class Stored(NamedTuple):
    """An incident; `headers` and `body` are JSON texts."""

    id: int
    hash: bytes
    received_at: datetime
    headers: str
    body: str
    group: int | None = None  # its key


def matches(tree: Tree, incident: Stored) -> bool:
    """Whether the whole tree holds of the headers with one of the bodies."""
    headers = _searchable(_read(incident.headers))
    body = _searchable(_read(incident.body))
    objects = [each for each in body if isinstance(each, dict)] if isinstance(body, list) else []
    return any(_holds(tree, incident, headers, each) for each in objects or [body])


def _holds(tree: Tree, incident: Stored, headers: Any, body: Any) -> bool:  # noqa: C901, PLR0911
    match tree:
        case AllOf(terms):
            return all(_holds(term, incident, headers, body) for term in terms)
        case AnyOf(terms):
            return any(_holds(term, incident, headers, body) for term in terms)
        case Not(term):
            return not _holds(term, incident, headers, body)
        case Entry(key, text):
            example = {key: _read(text)}
            return _contains(body, example) or any(
                name.lower() == key.lower() and _contains(value, example[key])
                for name, value in headers.items()
                if key.isascii()
            )
        case HasWords(words):
            return any(_has_words(each, words) for each in _texts(headers, body))
        case HasPart(text):
            return any(text in _folded(each) for each in _texts(headers, body))
        case IsHash(hash_):
            return incident.hash.hex() == hash_
        case IsGroup(id_):
            return incident.group == key_of_id(id_)
        case IsId(order, number):
            return _in_order(incident.id, order, number)
        case Received(order, bound):
            return _in_order(_fraction(incident.received_at), order, _seconds(bound))
        case _:
            return any(_is_field(tree, each) for each in values_at(tree.path, headers, body))


def _is_field(tree: Any, value: Any) -> bool:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    match tree:
        case Equals(_, values):
            return any(_contains(value, each) for each in values)
        case Contains(_, text):
            return _contains(value, _searchable(_read(text)))
        case Exists():
            return True
        case HasText(_, text):
            text_of = _number_text(value) if is_number else value
            return isinstance(text_of, str) and text in _folded(text_of)
        case Compare(_, order, Decimal() as bound):
            number = value if is_number else _number(value)
            return number is not None and _in_order(number, order, bound)
        case Compare(_, order, bound):
            time = _time(value)
            return time is not None and _in_order(time, order, _seconds(bound))
    raise AssertionError(tree)


def values_at(path: Path, headers: Any, body: Any) -> Iterator[Any]:
    names = path.names
    if path.place == "body" and not names:
        yield from _elements(body)
        yield from values_at(Path(("body",)), headers, body)
        return
    # Each way of putting a dot or a step between two names.
    for joints in product([".", "\n"], repeat=len(names) - 1):
        keys = [names[0]]
        for joint, name in zip(joints, names[1:], strict=True):
            keys = [*keys[:-1], f"{keys[-1]}.{name}"] if joint == "." else [*keys, name]
        if path.place != "headers":
            yield from _at(body, keys)
        if path.place != "body":
            for name, value in headers.items():
                if _ascii_lower(name) == _ascii_lower(keys[0]):
                    yield from _at(value, keys[1:])


def _at(value: Any, keys: list[str], arrays: int = 4) -> Iterator[Any]:
    if not keys:
        yield from _elements(value, arrays)
    elif isinstance(value, list) and arrays:
        for each in value:
            yield from _at(each, keys, arrays - 1)
    elif isinstance(value, dict) and keys[0] in value:
        yield from _at(value[keys[0]], keys[1:])


def _elements(value: Any, arrays: int = 4) -> list[Any]:
    """The value, and the elements of its arrays: as many levels."""
    inner = value if isinstance(value, list) and arrays else []
    return [value, *(each for element in inner for each in _elements(element, arrays - 1))]


def _texts(*values: Any) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from value
            yield from _texts(*value.values())
        elif isinstance(value, list):
            yield from _texts(*value)
        elif isinstance(value, str):
            yield value
        elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            yield _number_text(value)


def _number_text(value: int | Decimal) -> str:
    """Digits alone; as many behind the point as are written, without an exponent."""
    sign, digits, exponent = Decimal(value).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)) + "0" * max(exponent, 0)
    if exponent < 0:
        text = text.rjust(1 - exponent, "0")
        text = f"{text[:exponent]}.{text[exponent:]}"
    text = re.sub(r"^0+(?=\d)", "", text)
    return f"-{text}" if sign and value else text


def _number(value: Any) -> Fraction | None:
    pattern = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?0*[0-9]{1,3})?"
    if not (isinstance(value, str) and len(value) <= 400 and re.fullmatch(pattern, value)):
        return None
    number = Fraction(value)
    return number if abs(number) < 2**1024 - 2**970 else None


def _time(value: Any) -> Fraction | None:
    """Of RFC 3339 and dates, the seconds since 1970."""
    pattern = (
        r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d):(\d\d):(\d\d)(\.\d{1,30})?"
        r"(?:[Zz]|([+-])(\d\d):(\d\d)))?"
    )
    found = re.fullmatch(pattern, value, re.ASCII) if isinstance(value, str) else None
    if found is None:
        return None
    day, *clock = found.groups("0")
    hour, minute, second, fraction, sign, hours, minutes = clock
    try:
        midnight = datetime.fromisoformat(day).replace(tzinfo=UTC)
        at = timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))
        offset = timedelta(hours=int(hours), minutes=int(minutes))
        if not (int(hour) < 24 and int(minute) < 60 and int(second) <= 60):
            return None
        if not (int(hours) < 24 and int(minutes) < 60):
            return None
        whole = midnight + at - (offset if sign == "+" else -offset)
    except (ValueError, OverflowError):
        return None
    return _fraction(whole) + Fraction(f"0{fraction}" if fraction != "0" else 0)


def _fraction(time: datetime) -> Fraction:
    since = time - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86400 + since.seconds + Fraction(since.microseconds, 10**6)


def _seconds(bound: Any) -> Fraction:
    return Fraction(bound.seconds) + Fraction(bound.fraction)


def _in_order(left: Any, order: str, right: Any) -> bool:
    one, other = Fraction(left), Fraction(right)
    return {
        "=": one == other,
        "<": one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[order]


def _has_words(text: str, words: tuple[str, ...]) -> bool:
    spaced = "".join(each if is_word_character(each) else " " for each in text)
    found = _folded(spaced).split()
    starts = range(len(found) - len(words) + 1)
    return any(found[start : start + len(words)] == list(words) for start in starts)


def _folded(text: str) -> str:
    return "".join(map(simple_folding, text))


def _ascii_lower(text: str) -> str:
    return re.sub("[A-Z]", lambda found: found[0].lower(), text)
