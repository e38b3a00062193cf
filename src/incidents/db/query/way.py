"""Paths as jsonpath, in lax mode: through arrays, and with names joined by dots."""

import json
from collections.abc import Sequence

from incidents.core.query.tree import ARRAYS_MAX, Path

# The elements of an array; what is none, as it is.
ELEMENTS = "[*]"


def is_body_itself(path: Path) -> bool:
    """Whether the body as a whole is such a field, too."""
    return path.place == "body" and not path.names


def ways_to(path: Path) -> list[tuple[str, str]]:
    """Each way to join the names by dots: its first key, and the steps behind that.

    Of a and b these are a with the step to b, and a.b with none.
    """
    names = ("body",) if is_body_itself(path) else path.names
    ways = [(names[-1], "")]
    for name in reversed(names[:-1]):
        steps = {first: step_to(first) for first, _ in ways}
        ways = [
            way
            for first, rest in ways
            for way in ((name, steps[first] + rest), (f"{name}.{first}", rest))
        ]
    return ways


def step_to(key: str) -> str:
    """The step through arrays and into an object."""
    # The step itself passes through one more array.
    return f"{ELEMENTS * (ARRAYS_MAX - 1)}.{quoted(key)}"


def quoted(text: str) -> str:
    """The text as a string of jsonpath."""
    return json.dumps(text, ensure_ascii=False)


def in_any_case(name: str) -> str:
    """The way from the headers to the value of that one, in any case of ASCII letters."""
    return f"$.keyvalue() ? ({has_name([name])}).value"


def has_name(names: Sequence[str]) -> str:
    """Whether the key of `keyvalue()` is one of the names, in any case of ASCII letters."""
    spelt = ("".join(map(_in_any_case, name)) for name in names)
    pattern = quoted(f"^({'|'.join(spelt)})$")
    return f"@.key like_regex {pattern}"


def _in_any_case(character: str) -> str:
    if character.isascii() and character.isalpha():
        return f"[{character.lower()}{character.upper()}]"
    return character if character.isalnum() or not character.isascii() else f"\\{character}"
