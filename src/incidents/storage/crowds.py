"""Crowds: ids among which an index leads to far more matches than are wanted.

PostgreSQL looks up what a bitmap of an index has from the oldest on, and each takes it tens of
microseconds: of a service that ended in the middle of a section, thousands. So it stops at some
(see queries.py), and what is there is looked through again, the newest first, in pieces so narrow
that few have more than some.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from incidents.storage.condition import Condition, Window
from incidents.storage.listing import Part
from incidents.storage.queries import CROWD
from incidents.storage.sections import PIECES_MAX, Dense


@dataclass(frozen=True, slots=True)
class Look:
    """One query: the parts that it goes through, `width` ids at once where that is known."""

    parts: Sequence[Part]
    width: int | None = None

    def within(self, window: Window, width: int | None = None) -> "Look":
        """The same in a window alone."""
        there = [Part(each.table, *each.within(window)) for each in self.parts]
        return Look([each for each in there if each.low < each.high], width)


def looks(crowd: Dense, look: Look) -> list[Look]:
    """What is left of the look that met it, the newest first: the crowd, and what lies below."""
    both = look.within(crowd.window, crowd.width), look.within((0, crowd.window[0]), look.width)
    return [each for each in both if each.parts]


def apart(rows: Sequence[asyncpg.Record]) -> tuple[Sequence[asyncpg.Record], Dense | None]:
    """The rows that are the newest, and the crowd that was met behind them, if any.

    Pieces of it are so wide that each has half as many as were met, if the others lie like them.
    """
    for number, row in enumerate(rows):
        if row.get(CROWD[0]) is not None:
            low, high, span = (row[each] for each in CROWD)
            width = min(max(span // 2, (high - low) // PIECES_MAX, 1), (high - low) // 2)
            return rows[:number], Dense((low, high), width)
    return rows, None


class Crowds:
    """Which crowd of an example was met last, of `examples_max` examples: those met last.

    Who asks again need not meet it first. It says how to look, and is true or not: all the same is
    found.
    """

    def __init__(self, examples_max: int) -> None:
        self._examples_max = examples_max
        self._known: dict[bytes, Dense] = {}

    def of(self, condition: Condition) -> Dense | None:
        """The crowd, if one is known."""
        return self._known.get(condition.key) if self._known and condition.entries else None

    def met(self, condition: Condition, crowd: Dense) -> Dense:
        """Remembers it; of one within the known one, that it goes on below. Returns that."""
        low, high = crowd.window
        key = condition.key
        known = self._known.pop(key, crowd)
        if known.window[0] <= low and high <= known.window[1]:
            crowd = Dense((known.window[0], high), crowd.width)
        self._known[key] = crowd
        while len(self._known) > self._examples_max:
            del self._known[next(iter(self._known))]
        return crowd
