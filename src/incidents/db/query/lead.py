"""How the index of examples leads to the rows that match a tree.

It has an entry for each scalar and the names that lead to it, whatever arrays are between
(https://www.postgresql.org/docs/current/gin.html, `jsonb_path_ops`).
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from incidents.core import json_text
from incidents.core.incident import header_name
from incidents.core.query.tree import (
    ARRAYS_MAX,
    AllOf,
    AnyOf,
    Contains,
    Entry,
    Equals,
    Path,
    Tree,
)
from incidents.db.query.way import ELEMENTS, is_body_itself, quoted, step_to, ways_to

# To look for more entries of the index costs more than it spares; each name of a path doubles them.
_ENTRIES_MAX = 256
_NAMES_MAX = 5
# Of terms that must all match a few tell apart nearly all.
_TERMS_MAX = 8
# Of one JSON value so many scalars are looked for.
_SCALARS_MAX = 8


def lead_of(tree: Tree) -> str | None:
    """A jsonpath predicate over `SEARCHED` that is true of each matching row of any section.

    Where it says ROOT the section belongs (see `in_section`). None where the index does not lead to
    them. (Names of headers are stored as `header_name` writes them, or spelt as in the query.)
    """
    predicate = _tree(tree)
    return None if predicate is None or predicate.count("==") > _ENTRIES_MAX else predicate


def in_section(lead: str, section: int) -> str:
    """The predicate for the rows of a section."""
    # The headers, and the body or its elements.
    return lead.replace(ROOT, f'$."{section}"{ELEMENTS}')


# No JSON text has this character.
ROOT = "\x01"


def _tree(tree: Tree) -> str | None:
    match tree:
        case AllOf(terms):
            led = [each for each in map(_tree, terms) if each is not None]
            return " && ".join(led[:_TERMS_MAX]) or None
        case AnyOf(terms):
            every = [_tree(term) for term in terms]
            return None if None in every else _any(each for each in every if each is not None)
        case Entry(key, text):
            scalars = _scalars(text)
            names = dict.fromkeys((key, _in_headers(key)))
            return _any(_has(f".{quoted(name)}", scalars) for name in names) if scalars else None
        case Contains(path, text):
            return _has_one(path, [scalars] if (scalars := _scalars(text)) else [])
        case Equals(path, values):
            return _has_one(path, [[("", value)] for value in values])
        case _:
            return None


def _has_one(path: Path, values: list[list[tuple[str, Any]]]) -> str | None:
    """That the field has one of the values, each some scalars."""
    if not values or len(path.names) > _NAMES_MAX:
        return None
    return _any(_has(way, scalars) for way in _ways(path) for scalars in values)


def _any(alternatives: Iterable[str]) -> str:
    return f"({' || '.join(alternatives)})"


def _has(way: str, scalars: list[tuple[str, Any]]) -> str:
    """That all the scalars are there, each at its steps."""
    parts = (f"{ROOT}{way}{steps} == {json_text.write(value)}" for steps, value in scalars)
    return f"({' && '.join(parts)})"


def _ways(path: Path) -> list[str]:
    """The steps to the field, in headers and body alike."""
    ways = [""] if is_body_itself(path) else []
    in_headers = path.place != "body" or is_body_itself(path)
    for first, rest in ways_to(path):
        ways.append(step_to(first) + rest)
        if in_headers:
            ways.append(step_to(_in_headers(first)) + rest)
    return [f"{way}{ELEMENTS * ARRAYS_MAX}" for way in dict.fromkeys(ways)]


def _in_headers(name: str) -> str:
    return header_name(name.encode()) if name.isascii() else name


def _scalars(text: str) -> list[tuple[str, Any]]:
    value = json_text.parse(text, json_text.ANY_DEPTH, exact=True)
    return list(islice(_scalars_in(value, ""), _SCALARS_MAX))


def _scalars_in(value: Any, steps: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _scalars_in(each, f"{steps}.{quoted(key)}")
    elif isinstance(value, list):
        for each in value:
            yield from _scalars_in(each, f"{steps}{ELEMENTS}")
    else:
        yield steps, value
