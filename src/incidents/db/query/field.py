"""Terms with a path, as SQL over `head` and `item`: the headers, and what is the body."""

from collections.abc import Iterator

from incidents.core import json_text
from incidents.core.query.instant import SECONDS_MAX, SECONDS_MIN, TIME, Instant
from incidents.core.query.number import CHARACTERS_MAX, LIMIT, NUMBER
from incidents.core.query.subject import lower_ascii
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
from incidents.db.query.text import folded
from incidents.db.query.way import ELEMENTS, has_name, in_any_case, is_body_itself, step_to, ways_to

FieldLeaf = Equals | Contains | Compare | HasText | Exists
_InFields = Contains | Compare | HasText | Exists

_TEXT = "(field #>> '{}')"
_BY_TYPE = "CASE jsonb_typeof(field) WHEN 'number' THEN {number} WHEN 'string' THEN {string} END"


def field_matches(leaf: FieldLeaf, parameters: Parameters) -> str:
    """Whether one of the field's values is what the leaf says."""
    if isinstance(leaf, Equals):
        return _equals(leaf, parameters)
    # Of an array its elements: a scalar is looked for, or it is done below.
    end = "" if isinstance(leaf, Exists | Contains) else ELEMENTS * ARRAYS_MAX
    fields = " UNION ALL ".join(values_at(leaf.path, end, parameters))
    return f"EXISTS (SELECT FROM ({fields}) AS fields(field) WHERE {_test(leaf, parameters)})"


def _equals(leaf: Equals, parameters: Parameters) -> str:
    """By jsonpath alone, which is planned in a fraction of the time that a subquery takes."""
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
        names = list(dict.fromkeys(first for first, _ in ways))
        found = has("head", [in_any_case(first) + rest for first, rest in ways])
        if len(names) > 1:
            # Mostly no header has one of them, and to look for each would take longer.
            there = parameters.add(f"$.keyvalue() ? ({has_name(names)})", "jsonpath")
            found = f"head @? {there} AND {found}"
        places.append(found)
    return f"({' OR '.join(f'({each})' for each in places)})"


def _test(leaf: _InFields, parameters: Parameters) -> str:
    match leaf:
        case Contains(_, text):
            return _contains(text, parameters)
        case Compare(_, order, bound):
            number = bound.number if isinstance(bound, Instant) else bound
            value = _time() if isinstance(bound, Instant) else _number()
            return f"{value} {order} {parameters.add(number, 'numeric')}"
        case HasText(_, text):
            found = f"strpos({folded(_TEXT, parameters)}, {parameters.add(text, 'text')}) > 0"
            return f"jsonb_typeof(field) IN ('number', 'string') AND {found}"
        case Exists():
            return "true"


def _contains(text: str, parameters: Parameters) -> str:
    levels = tuple(f"${ELEMENTS * level}" for level in range(ARRAYS_MAX + 1))
    # In an array: at the top level `@>` would take an element for what it is in.
    return f"""EXISTS (
        SELECT FROM unnest({parameters.add(levels, "jsonpath[]")}) AS level,
            jsonb_path_query(field, level) AS element
        WHERE jsonb_build_array(element) @> {parameters.add(f"[{text}]", "jsonb")}
    )"""


def _number() -> str:
    """The number that a field is, or null."""
    digits = f"{_TEXT} ~ '^{NUMBER}$' AND length({_TEXT}) <= {CHARACTERS_MAX}"
    small = f"abs({_TEXT}::numeric) < {LIMIT:f}"
    string = f"CASE WHEN {digits} THEN CASE WHEN {small} THEN {_TEXT}::numeric END END"
    return f"({_BY_TYPE.format(number=f'{_TEXT}::numeric', string=string)})"


def _time() -> str:
    """The seconds since 1970 of the time that a string is, or null."""
    return f"""(CASE jsonb_typeof(field) WHEN 'string' THEN (
        SELECT CASE WHEN seconds >= {SECONDS_MIN} AND seconds < {SECONDS_MAX + 1} THEN seconds END
        FROM regexp_match({_TEXT}, '^{TIME}$') AS part, LATERAL (
            SELECT CASE WHEN {_IS_DAY} THEN ((part[1] || '-' || part[2] || '-' || part[3])::date
                - date '1970-01-01')::numeric * 86400
                + coalesce(part[4]::int * 3600 + part[5]::int * 60 + part[6]::int, 0)
                - coalesce((part[8] || '1')::int * (part[9]::int * 3600 + part[10]::int * 60), 0)
                + coalesce(('0.' || part[7])::numeric, 0) END AS seconds
        ) AS time
    ) END)"""  # noqa: S608


# 29 February in leap years alone; PostgreSQL refuses what is no day.
_IS_DAY = """
    part[1] <> '0000' AND part[2]::int BETWEEN 1 AND 12
    AND part[3]::int BETWEEN 1 AND CASE
        WHEN part[2] IN ('04', '06', '09', '11') THEN 30
        WHEN part[2] <> '02' THEN 31
        WHEN part[1]::int % 4 = 0 AND (part[1]::int % 100 <> 0 OR part[1]::int % 400 = 0) THEN 29
        ELSE 28 END
"""


def values_at(path: Path, end: str, parameters: Parameters) -> Iterator[str]:
    """Queries of a field's values: in the body, in the headers. `end` are steps behind it."""
    ways = ways_to(path)
    if path.place != "headers":
        steps = [f"${step_to(first)}{rest}{end}" for first, rest in ways]
        steps += [f"${end}"] if is_body_itself(path) else []
        yield f"""SELECT field FROM unnest({parameters.add(tuple(steps), "jsonpath[]")}) AS way,
            jsonb_path_query(item, way) AS field"""  # noqa: S608
    if path.place != "body" or is_body_itself(path):
        names = tuple(lower_ascii(first) for first, _ in ways)
        rests = tuple(f"${rest}{end}" for _, rest in ways)
        yield f"""SELECT field FROM jsonb_each(head) AS header(name, value), unnest(
                {parameters.add(names, "text[]")}, {parameters.add(rests, "jsonpath[]")}
            ) AS way(first, rest), jsonb_path_query(value, rest) AS field
            WHERE lower(name COLLATE "C") = first"""  # noqa: S608
