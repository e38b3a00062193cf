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
)
from incidents.db.conditions import Parameters
from incidents.db.query.text import folded
from incidents.db.query.way import ELEMENTS, is_body_itself, keys_of, steps_to

FieldLeaf = Equals | Contains | Compare | HasText | Exists

_TEXT = "(field #>> '{}')"
_BY_TYPE = "CASE jsonb_typeof(field) WHEN 'number' THEN {number} WHEN 'string' THEN {string} END"


def field_matches(leaf: FieldLeaf, parameters: Parameters) -> str:
    """Whether one of the field's values is what the leaf says."""
    fields = " UNION ALL ".join(_fields(leaf, parameters))
    return f"EXISTS (SELECT FROM ({fields}) AS fields(field) WHERE {_test(leaf, parameters)})"


def _test(leaf: FieldLeaf, parameters: Parameters) -> str:
    match leaf:
        case Equals(_, values):
            texts = tuple(json_text.write(each) for each in values)
            return f"field = ANY({parameters.add(texts, 'jsonb[]')})"
        case Contains(_, text):
            # In an array: at the top level `@>` would take an element for what it is in.
            return f"jsonb_build_array(field) @> {parameters.add(f'[{text}]', 'jsonb')}"
        case Compare(_, order, bound):
            number = bound.number if isinstance(bound, Instant) else bound
            value = _time() if isinstance(bound, Instant) else _number()
            return f"{value} {order} {parameters.add(number, 'numeric')}"
        case HasText(_, text):
            found = f"strpos({folded(_TEXT, parameters)}, {parameters.add(text, 'text')}) > 0"
            return f"jsonb_typeof(field) IN ('number', 'string') AND {found}"
        case Exists():
            return "true"


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


def _fields(leaf: FieldLeaf, parameters: Parameters) -> Iterator[str]:
    """Queries of its values: in the body, in the headers."""
    path = leaf.path
    is_body, keys = is_body_itself(path), keys_of(path)
    if path.place != "headers":
        ways = [_way(each, leaf) for each in ([*keys, []] if is_body else keys)]
        flat = tuple(way for each in ways for way in each)
        yield f"""SELECT field FROM unnest({parameters.add(flat, "jsonpath[]")}) AS way,
            jsonb_path_query(item, way) AS field"""  # noqa: S608
    if path.place != "body" or is_body:
        pairs = [(lower_ascii(each[0]), way) for each in keys for way in _way(each[1:], leaf)]
        names, rests = zip(*pairs, strict=True)
        yield f"""SELECT field FROM jsonb_each(head) AS header(name, value), unnest(
                {parameters.add(names, "text[]")}, {parameters.add(rests, "jsonpath[]")}
            ) AS way(first, rest), jsonb_path_query(value, rest) AS field
            WHERE lower(name COLLATE "C") = first"""  # noqa: S608


def _way(keys: list[str], leaf: FieldLeaf) -> list[str]:
    """The jsonpaths that lead there; one for each level of arrays where these are values, too."""
    steps = steps_to(keys)
    match leaf:
        case Exists():
            return [f"${steps}"]
        case Contains():
            return [f"${steps}{ELEMENTS * level}" for level in range(ARRAYS_MAX + 1)]
        case _:
            return [f"${steps}{ELEMENTS * ARRAYS_MAX}"]
