"""Paths as jsonpath, in lax mode: through arrays, and with names joined by dots."""

import json
from collections.abc import Iterator, Sequence

from incidents.core.query.tree import ARRAYS_MAX, Path

# The elements of an array; what is none, as it is.
ELEMENTS = "[*]"


def is_body_itself(path: Path) -> bool:
    """Whether the body as a whole is such a field, too."""
    return path.place == "body" and not path.names


def keys_of(path: Path) -> list[list[str]]:
    """Each way to join the names by dots: of a and b, [a, b] and [a.b]."""
    return list(_joined(("body",) if is_body_itself(path) else path.names))


def steps_to(keys: Sequence[str]) -> str:
    """The steps through objects and arrays to the value of the last key."""
    # The step to a name passes through one more array by itself.
    before = ELEMENTS * (ARRAYS_MAX - 1)
    return "".join(f"{before}.{quoted(key)}" for key in keys)


def quoted(text: str) -> str:
    """The text as a string of jsonpath."""
    return json.dumps(text, ensure_ascii=False)


def _joined(names: tuple[str, ...]) -> Iterator[list[str]]:
    if len(names) == 1:
        yield list(names)
        return
    for rest in _joined(names[1:]):
        yield [names[0], *rest]
        yield [f"{names[0]}.{rest[0]}", *rest[1:]]
