"""A mute: while it lasts, what its query matches is not told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.core.errors import BadParameter
from incidents.core.query.instant import parse_instant
from incidents.core.query.predicate import Predicate
from incidents.core.query.subject import Subject
from incidents.rules.rule import check_keys, check_name, rule_tree

KEYS = ("query", "until", "reason")
# Where a mute names no end.
LASTS = timedelta(days=1)
NEVER = "never"
_REASON_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Mute:
    """A mute that lasts until a time, or until it is deleted. `object` is its JSON."""

    name: str
    object: Mapping[str, Any]
    predicate: Predicate
    until: datetime | None

    def lasts(self, now: datetime) -> bool:
        """Whether it holds something back at that time."""
        return self.until is None or now < self.until


def parse_mute(name: str, given: Any, now: datetime) -> Mute:
    """The mute of that name, made now. Raises BadParameter: its name leads to what is wrong."""
    check_name("mutes", name)
    place = f"mutes.{name}"
    check_keys(given, place, KEYS, needs=("query", "reason"))
    for key in KEYS:
        if not isinstance(given.get(key, ""), str):
            raise BadParameter(f"{place}.{key}", f"it is a string, not {given[key]!r:.80}")
    if not 1 <= len(given["reason"].strip()) <= _REASON_CHARACTERS_MAX:
        raise BadParameter(f"{place}.reason", f"it has 1 to {_REASON_CHARACTERS_MAX} characters")
    if not given["query"].strip():
        raise BadParameter(
            f"{place}.query", "an empty query would mute everything; `rule:*` says so"
        )
    tree = rule_tree(given["query"], f"{place}.query")
    return Mute(name, given, Predicate(tree), _until(given.get("until"), place, now))


def muting(mutes: Iterable[Mute], now: datetime, subjects: Iterable[Subject]) -> Mute | None:
    """The first mute that lasts and matches one of the subjects."""
    seen = list(subjects)
    for mute in mutes:
        if mute.lasts(now) and any(map(mute.predicate.matches, seen)):
            return mute
    return None


def _until(text: str | None, place: str, now: datetime) -> datetime | None:
    if text == NEVER:
        return None
    if text is None:
        return now + LASTS
    instant = parse_instant(text)
    if instant is None:
        raise BadParameter(
            f"{place}.until", f"it is a time such as 2026-12-01T06:00:00Z, or {NEVER}, not {text!r}"
        )
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(instant.number))
