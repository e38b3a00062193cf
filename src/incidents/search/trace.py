"""Where one find looked, and how long that took: for the metrics, and the log of slow ones."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from time import perf_counter
from typing import Any

from incidents.core.query.tree import (
    Compare,
    Contains,
    Entry,
    Equals,
    Exists,
    HasText,
    characters_of,
    leaves_of,
)
from incidents.db.condition import Condition, Window
from incidents.support.logs import fields
from incidents.support.metrics.metrics import (
    FIND_DEADLINES_EXCEEDED,
    FIND_STEPS,
    RETURNED,
    SLOW_FINDS,
)

# What one line of the log may hold.
_CALLS_MAX = 40
_KEYS_MAX = 20
_KEY_CHARACTERS_MAX = 80

_DIGITS = 6

DEADLINE = "deadline"

log = logging.getLogger(__name__)


class Span:
    """One call: how many steps it took, and what was there.

    Time in which nobody looked is taken off.
    """

    def __init__(self) -> None:
        self.found: int | None = None
        self.steps = 1
        self.idle_seconds = 0.0


class Trace:
    """Follows one find, `way` of which is a page or a stream, until its end.

    The log gets the fields of its query, never their values: those can be anybody's data.
    """

    def __init__(self, way: str, condition: Condition, slow_seconds: float) -> None:
        self._way = way
        self._condition = condition
        self._slow_seconds = slow_seconds
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._calls: list[dict[str, Any]] = []
        self._calls_number = self._steps_number = 0

    @contextmanager
    def timing(self, what: str) -> Iterator[None]:
        """The time that the block takes goes to `what`."""
        begun = perf_counter()
        try:
            yield
        finally:
            self._seconds[what] += perf_counter() - begun

    @contextmanager
    def looking(self, window: Window) -> Iterator[Span]:
        """The block looks there. Without `found` it was not finished."""
        look = Span()
        begun = perf_counter()
        try:
            yield look
        finally:
            seconds = perf_counter() - begun - look.idle_seconds
            self._seconds["looking"] += seconds
            self._steps_number += look.steps
            self._calls_number += 1
            if len(self._calls) < _CALLS_MAX:
                call = {"ids": list(window), "steps": look.steps, "found": look.found}
                self._calls.append({**call, "seconds": round(seconds, _DIGITS)})

    def end(self, how: str, given: int) -> None:
        """The find came to its end so, and so many incidents were given."""
        RETURNED.add(given, self._way)
        if self._way == "page":
            FIND_STEPS.observe(self._steps_number)
        FIND_DEADLINES_EXCEEDED.add(how == DEADLINE)
        seconds = sum(self._seconds.values())
        if seconds >= self._slow_seconds:
            SLOW_FINDS.add(1)
            log.warning("a find was slow", extra=fields(**self._told(how, given, seconds)))

    def _told(self, how: str, given: int, seconds: float) -> dict[str, Any]:
        times = {what: round(each, _DIGITS) for what, each in self._seconds.items()}
        return {
            "way": self._way,
            **_asked(self._condition),
            "ended": how,
            "given": given,
            "seconds": round(seconds, _DIGITS),
            "seconds_of": times,
            "calls": self._calls,
            "calls_left_out": self._calls_number - len(self._calls),
        }


def _asked(condition: Condition) -> dict[str, Any]:
    keys = [key[:_KEY_CHARACTERS_MAX] for key in islice(_keys_of(condition), _KEYS_MAX)]
    by = "index" if condition.lead is not None else "row by row"
    if condition.has_key:
        by = "hash" if condition.hash is not None else "group"
    return {
        "by": by,
        "keys": keys,
        "query_characters": characters_of(condition.tree),
        "since": condition.since and condition.since.isoformat(),
        "until": condition.until and condition.until.isoformat(),
    }


def _keys_of(condition: Condition) -> Iterator[str]:
    for leaf in leaves_of(condition.tree):
        match leaf:
            case Entry(key):
                yield key
            case Equals(path) | Contains(path) | Compare(path) | HasText(path) | Exists(path):
                yield ".".join(path.names)
