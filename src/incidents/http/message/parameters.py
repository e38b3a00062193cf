"""Parameters of a request's URL."""

from collections.abc import Collection
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from falcon.asgi import Request

from incidents.core.errors import BadParameter, NotFound
from incidents.search.question import parse_time

_ID_MAX = 2**63 - 1
_ID_DIGITS_MAX = 19

# Characters of an unknown parameter that are shown and compared.
_NAME_CHARACTERS_MAX = 80


def parameter(req: Request, name: str) -> str | None:
    """The value of that parameter, or None. Raises BadParameter if it is repeated."""
    values = req.get_param_as_list(name)
    if not values:
        return None
    if len(values) > 1:
        raise BadParameter(name, "it may be given only once")
    return values[0]


def check_parameters(req: Request, known: Collection[str]) -> None:
    """Returns if all parameters are known. Raises BadParameter, naming the nearest.

    An ignored parameter would mislead: `limti=10` would return everything.
    """
    for name in req.params:
        if name not in known:
            shown = name[:_NAME_CHARACTERS_MAX]
            near = get_close_matches(shown, known, 1)
            meant = f"did you mean {near[0]}? " if near else ""
            there_are = ", ".join(sorted(known)) or "none"
            raise BadParameter(shown, f"unknown; {meant}known are: {there_are}")


def id_of(kind: str, text: str) -> int:
    """The id in a path. Raises NotFound if no `kind` can have it."""
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit() and len(digits) <= _ID_DIGITS_MAX):
        raise NotFound(f"there is no {kind} {text[:40]}: an id is a whole number")
    return min(int(digits or 0), _ID_MAX)


def whole_number(req: Request, name: str, *, default: int, at_most: int) -> int:
    """The parameter of that name, at least 1. Raises BadParameter."""
    text = parameter(req, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX):
        raise BadParameter(name, f"it is a whole number from 1 to {at_most}, not {text[:40]!r}")
    if not 1 <= int(text) <= at_most:
        raise BadParameter(name, f"it is a whole number from 1 to {at_most}, not {text}")
    return int(text)


def times(req: Request) -> dict[str, Any]:
    """`since` and `until`, if given. Raises BadParameter."""
    now = datetime.now(UTC)
    texts = {name: parameter(req, name) for name in ("since", "until")}
    return {name: parse_time(name, text, now) for name, text in texts.items() if text is not None}
