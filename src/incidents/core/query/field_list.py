"""Which fields an incident has, as paths of queries."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from incidents.core.query.fields import NAMES_MAX
from incidents.core.query.subject import bodies_of
from incidents.core.query.tree import ARRAYS_MAX, Place

# Longer names name nothing: they are data.
_NAME_CHARACTERS_MAX = 128
# An incident may have a million elements; so many values are looked at.
_VALUES_MAX = 5000
# Nobody gives more fields to what one looks at; an incident with more is data, too.
_FIELDS_MAX = 500

_TYPES: dict[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    Decimal: "number",
    bool: "boolean",
    type(None): "null",
    dict: "object",
    list: "array",
}


class FieldType(NamedTuple):
    """A field, as a Path has it, with the type of one of its values; None for the field itself."""

    names: tuple[str, ...]
    place: Place
    type: str | None


def fields_of(headers: Any, body: Any) -> set[FieldType]:
    """Each field of an incident once, and once for each type of its values.

    An element of an array is the field, too. A body that is no object is a field without names.
    """
    found: set[FieldType] = set()
    for names, place, value in islice(_fields(headers, body), _VALUES_MAX):
        if len(found) < _FIELDS_MAX:
            found.add(FieldType(names, place, None))
            found.add(FieldType(names, place, _TYPES[type(value)]))
    return found


_Field = tuple[tuple[str, ...], Place, Any]


def _fields(headers: Any, body: Any) -> Iterator[_Field]:
    yield from _inside(headers, (), "headers")
    for each in bodies_of(body):
        yield from _inside(each, (), "body") if isinstance(each, dict) else _at(each, (), "body")


def _at(
    value: Any, names: tuple[str, ...], place: Place, arrays: int = ARRAYS_MAX
) -> Iterator[_Field]:
    yield names, place, value
    if isinstance(value, dict):
        yield from _inside(value, names, place)
    elif isinstance(value, list) and arrays:
        for each in value:
            yield from _at(each, names, place, arrays - 1)


def _inside(value: Any, names: tuple[str, ...], place: Place) -> Iterator[_Field]:
    if isinstance(value, dict) and len(names) < NAMES_MAX:
        for name, each in value.items():
            if len(name) <= _NAME_CHARACTERS_MAX:
                yield from _at(each, (*names, name), place)
