"""Terms with a path, as SQL over `head` and `item`: the headers, and what is the body."""

from incidents.core import json_text
from incidents.core.query.instant import SECONDS_MAX, SECONDS_MIN, Instant
from incidents.core.query.number import LIMIT
from incidents.core.query.tree import (
    ARRAYS_MAX,
    Compare,
    Contains,
    Equals,
    Exists,
    HasText,
    Path,
)
from incidents.db.parameters import Parameters
from incidents.db.query.text import folding
from incidents.db.query.way import ELEMENTS, has_name, in_any_case, is_body_itself, step_to, ways_to

FieldLeaf = Equals | Contains | Compare | HasText | Exists

_RANGES = {
    ">": "numrange({}, NULL, '()')",
    ">=": "numrange({}, NULL, '[)')",
    "<": "numrange(NULL, {}, '()')",
    "<=": "numrange(NULL, {}, '(]')",
}
# What is compared at all: see core/query/number.py and instant.py.
_NUMBERS = f"numrange '({-LIMIT:f},{LIMIT:f})'"
_TIMES = f"numrange '[{SECONDS_MIN},{SECONDS_MAX + 1})'"


def field_matches(leaf: FieldLeaf, parameters: Parameters) -> str:
    """Whether one of the field's values is what the leaf says (see the functions in sql/)."""
    match leaf:
        case Equals():
            return _equals(leaf, parameters)
        case Contains(path, text):
            wanted = parameters.add(f"[{text}]", "jsonb")
            return f"incidents_contains({fields_at(path, '', parameters)}, {wanted})"
        case Exists(path):
            return f"({fields_at(path, '', parameters)} <> '[]')"
        case Compare():
            return _compare(leaf, parameters)
        case HasText(path, text):
            fields, part = _scalars_at(path, parameters), parameters.add(text, "text")
            return f"incidents_has_text({fields}, {part}, {folding(parameters)})"


def fields_at(path: Path, end: str, parameters: Parameters) -> str:
    """All values of the field, in the body and the headers, as one array; `end` are more steps."""
    ways = ways_to(path)
    places = []
    if path.place != "headers":
        in_body = [f"${step_to(first)}{rest}{end}" for first, rest in ways]
        in_body += [f"${end}"] if is_body_itself(path) else []
        places.append(_fields("item", in_body, parameters))
    if path.place != "body" or is_body_itself(path):
        in_head = [f"{in_any_case(first)}{rest}{end}" for first, rest in ways]
        fields = _fields("head", in_head, parameters)
        there = _has_header(ways, parameters)
        places.append(f"CASE WHEN {there} THEN {fields} ELSE '[]' END" if there else fields)
    return f"({' || '.join(places)})"


def _fields(document: str, ways: list[str], parameters: Parameters) -> str:
    return f"incidents_fields({document}, {parameters.add(tuple(ways), 'jsonpath[]')})"


def _scalars_at(path: Path, parameters: Parameters) -> str:
    """The same; of an array its elements."""
    return fields_at(path, ELEMENTS * ARRAYS_MAX, parameters)


def _has_header(ways: list[tuple[str, str]], parameters: Parameters) -> str | None:
    """Whether a header has a name with which one of the ways begins; None where that is one name.

    Mostly none has, and to look for many ways would take longer.
    """
    names = list(dict.fromkeys(first for first, _ in ways))
    if len(names) == 1:
        return None
    return f"head @? {parameters.add(f'$.keyvalue() ? ({has_name(names)})', 'jsonpath')}"


def _equals(leaf: Equals, parameters: Parameters) -> str:
    """By jsonpath alone, which takes less time than a function."""
    values = [json_text.write(each) for each in leaf.values]

    def has(column: str, ways: list[str]) -> str:
        # To compare passes through one array more.
        end = ELEMENTS * (ARRAYS_MAX - 1)
        any_of = " || ".join(f"{way}{end} == {value}" for way in ways for value in values)
        return f"({column} @@ {parameters.add(any_of, 'jsonpath')}) IS TRUE"

    path, ways = leaf.path, ways_to(leaf.path)
    places = []
    if path.place != "headers":
        in_body = [f"${step_to(first)}{rest}" for first, rest in ways]
        places.append(has("item", [*in_body, "$"] if is_body_itself(path) else in_body))
    if path.place != "body" or is_body_itself(path):
        found = has("head", [in_any_case(first) + rest for first, rest in ways])
        there = _has_header(ways, parameters)
        places.append(f"{there} AND {found}" if there else found)
    return f"({' OR '.join(f'({each})' for each in places)})"


def _compare(leaf: Compare, parameters: Parameters) -> str:
    path, order, bound = leaf.path, leaf.order, leaf.bound
    fields = _scalars_at(path, parameters)
    is_time = isinstance(bound, Instant)
    number = parameters.add(bound.number if isinstance(bound, Instant) else bound, "numeric")
    name, known = ("time", _TIMES) if is_time else ("number", _NUMBERS)
    return f"incidents_has_{name}({fields}, {_RANGES[order].format(number)} * {known})"
