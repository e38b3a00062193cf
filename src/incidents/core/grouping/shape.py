"""The fourth rule: the shape of a body, where nothing else says what it is about."""

from collections.abc import Iterator
from heapq import nsmallest
from typing import Any

from incidents.core.grouping.mask import mask

# Names of an object, elements of an array, levels, paths together.
NAMES_MAX = 64
ELEMENTS_MAX = 16
LEVELS_MAX = 6
PATHS_MAX = 256


def shape_of(body: Any) -> tuple[str, ...]:
    """The paths of a body, sorted: the same in any order of keys. Numbers in names are masked."""
    found: set[str] = set()
    for path in _paths(body, "", 1):
        found.add(path)
        if len(found) == PATHS_MAX:
            break
    return tuple(sorted(found))


def _paths(value: Any, path: str, level: int) -> Iterator[str]:
    if level <= LEVELS_MAX and isinstance(value, dict) and value:
        for name in nsmallest(NAMES_MAX, value):
            yield from _paths(
                value[name], f"{path}.{mask(name)}" if path else mask(name), level + 1
            )
    elif level <= LEVELS_MAX and isinstance(value, list) and value:
        for each in value[:ELEMENTS_MAX]:
            yield from _paths(each, f"{path}[]", level + 1)
    else:
        yield path
