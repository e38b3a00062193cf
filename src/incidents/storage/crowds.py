"""Crowds: ids among which an index leads to far more matches than are wanted.

PostgreSQL looks up what a bitmap of an index has from the oldest on, and each takes it tens of
microseconds: of a service that ended in the middle of a section, thousands. So it stops at some
(see queries.py), and what is there is looked through again, the newest first, in pieces so narrow
that few have more than some.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from incidents.storage.condition import Window
from incidents.storage.listing import Part
from incidents.storage.queries import CROWD

# A crowd is cut into so many pieces at most, as those that are empty cost something, too.
_PIECES_MAX = 64


@dataclass(frozen=True, slots=True)
class Look:
    """One query: the parts that it goes through, `width` ids at once where that is known."""

    parts: Sequence[Part]
    width: int | None = None

    def within(self, window: Window, width: int | None = None) -> "Look":
        """The same in a window alone."""
        there = [Part(each.table, *each.within(window)) for each in self.parts]
        return Look([each for each in there if each.low < each.high], width)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The window of one, and within how many ids those are that were met."""

    window: Window
    span: int

    def looks(self, look: Look) -> list[Look]:
        """What is left of the look that met it, the newest first: the crowd, and what lies below.

        Pieces are so wide that each has half as many as were met, if the others lie like them.
        """
        low, high = self.window
        width = min(max(self.span // 2, (high - low) // _PIECES_MAX, 1), (high - low) // 2)
        both = look.within(self.window, width), look.within((0, low), look.width)
        return [each for each in both if each.parts]


def apart(rows: Sequence[asyncpg.Record]) -> tuple[Sequence[asyncpg.Record], Crowd | None]:
    """The rows that are the newest, and the crowd that was met behind them, if any."""
    for number, row in enumerate(rows):
        if row.get(CROWD[0]) is not None:
            low, high, span = (row[each] for each in CROWD)
            return rows[:number], Crowd((low, high), span)
    return rows, None
