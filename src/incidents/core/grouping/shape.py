"""The fourth rule: the shape of a body, where nothing else says what it is about."""

from collections.abc import Iterator
from typing import Any

from incidents.core.grouping.mask import mask_name

# Names of an object and their length, elements of an array, levels, paths together.
NAMES_MAX = 64
NAME_CHARS_MAX = 100
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
    if isinstance(value, dict) and value and level <= LEVELS_MAX:
        for name in sorted(value)[:NAMES_MAX]:
            shown = mask_name(name[:NAME_CHARS_MAX])
            yield from _paths(value[name], f"{path}.{shown}" if path else shown, level + 1)
    elif isinstance(value, list) and value and level <= LEVELS_MAX:
        for each in value[:ELEMENTS_MAX]:
            yield from _paths(each, f"{path}[]", level + 1)
    else:
        yield path
