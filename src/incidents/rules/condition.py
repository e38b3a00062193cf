"""The condition of a rule, `when`: `any`, `count >= 3 in 5m`, `absent for 25h`, `new group`."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from incidents.core.duration import parse_duration
from incidents.core.errors import BadParameter

Kind = Literal["any", "count", "absent", "new group", "group back"]

# The times of so many matches are kept for each pending state of a rule.
COUNT_MAX = 1000
_WITHIN_MIN, _WITHIN_MAX = timedelta(seconds=1), timedelta(days=366)

_COUNT = re.compile(r"count\s*>=\s*([\d_,]+)\s+in\s+(\S+)")
_ABSENT = re.compile(r"absent\s+for\s+(\S+)")
_KNOWN = "any, count >= 3 in 5m, absent for 25h, new group, group back"


_OF_GROUPS: dict[str, Kind] = {"new group": "new group", "group back": "group back"}


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule fires. All but `count` and `absent` are a count of 1, and have no `within`."""

    kind: Kind
    number: int = 1
    within: timedelta = timedelta(0)

    def __str__(self) -> str:
        """As it stands in a rule."""
        match self.kind:
            case "count":
                return f"count >= {self.number} in {write_duration(self.within)}"
            case "absent":
                return f"absent for {write_duration(self.within)}"
            case _:
                return self.kind

    @property
    def is_of_groups(self) -> bool:
        """Whether a member is a group, and only some incidents of it make it fire."""
        return self.kind in _OF_GROUPS


def parse_condition(text: str, name: str) -> Condition:
    """The condition of a text. Raises BadParameter with that name."""
    plain = text.strip()
    if plain == "any":
        return Condition("any")
    if found := _COUNT.fullmatch(plain):
        number = _number(found[1], name)
        return Condition("count", number, duration(found[2], name, _WITHIN_MIN, _WITHIN_MAX))
    if found := _ABSENT.fullmatch(plain):
        return Condition("absent", 0, duration(found[1], name, _WITHIN_MIN, _WITHIN_MAX))
    if plain in _OF_GROUPS:
        return Condition(_OF_GROUPS[plain])
    raise BadParameter(name, f"unknown condition {text[:80]!r}; known are: {_KNOWN}")


def duration(value: object, name: str, at_least: timedelta, at_most: timedelta) -> timedelta:
    """The duration of a text such as 90s, 15m, 24h, 7d, 2w. Raises BadParameter with that name."""
    try:
        found = parse_duration(value) if isinstance(value, str) else None
    except OverflowError:
        found = at_most + timedelta(days=1)
    if found is None:
        shown = repr(value)[:80]
        raise BadParameter(name, f"it is a number and a unit (90s, 15m, 24h, 7d, 2w), not {shown}")
    if not at_least <= found <= at_most:
        bounds = f"{write_duration(at_least)} to {write_duration(at_most)}"
        raise BadParameter(name, f"it is a duration of {bounds}, not {value}")
    return found


def write_duration(span: timedelta) -> str:
    """A duration of whole seconds in the largest unit that divides it."""
    seconds = span.days * 86_400 + span.seconds
    units = {"d": 86_400, "h": 3600, "m": 60}
    unit, size = next((each for each in units.items() if seconds % each[1] == 0), ("s", 1))
    return f"{seconds // size}{unit}"


def _number(digits: str, name: str) -> int:
    plain = digits.replace(",", "").replace("_", "")
    number = int(plain) if len(plain) <= len(str(COUNT_MAX)) else COUNT_MAX + 1
    if not 1 <= number <= COUNT_MAX:
        raise BadParameter(name, f"a count is a number from 1 to {COUNT_MAX:,}, not {digits[:40]}")
    return number
