"""Sections: ids side by side, each of which the index of examples has apart from the others.

An index leads to all that it has for an example. Of a whole table that would be far more than a
page needs, so each entry of the index belongs to one section: what is asked of a few sections
costs what is in them, and to ask a section that has nothing costs some microseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.storage.condition import Window
from incidents.storage.tables import SECTION_BITS

SECTION_IDS = 1 << SECTION_BITS

# So many of the newest ids are looked at one by one, some at a time: where matches are dense that
# is less work than to ask an index, and is all.
WALK_IDS = 256
WALK_IDS_AT_ONCE = 64
# Behind them a page is mostly found among the first of these rungs; if not, among the next. Each
# costs what the index has of its section, so of an example that costs more there are fewer.
NEAR_IDS = 3072
RUNGS = (1024, 2048, 4096, 8192, 16_384)
FEW_RUNGS = (NEAR_IDS, 3 * NEAR_IDS, 6 * NEAR_IDS)


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest ids of a window, cut into pieces, each in one section, the newest first.

    First those that are looked at one by one, then rungs, `near` ones and others. Together they
    go down to where a section begins: what is left is whole sections, but for the last.
    """

    walk: list[Window]
    near: list[Window]
    rungs: list[Window]

    @property
    def low(self) -> int:
        """Where they end."""
        return (self.walk + self.near + self.rungs)[-1][0]


def sections_of(window: Window) -> range:
    """The numbers of the sections that its ids low <= id < high are in, the newest first."""
    low, high = window
    return range((high - 1) >> SECTION_BITS, (low >> SECTION_BITS) - 1, -1)


def with_section(entries: str, section: int) -> str:
    """What the incidents of a section that match an example contain, as JSON.

    `entries` is the example's (see `Example`).
    """
    return f'{{"{section}": {entries}}}'


def newest_of(window: Window, widths: Sequence[int]) -> Newest:
    """The newest ids of a window that is not empty; `widths` are RUNGS or FEW_RUNGS."""
    low, high = window
    walk = cut((max(low, high - WALK_IDS), high), WALK_IDS_AT_ONCE)
    high = walk[-1][0]
    near_low = high - NEAR_IDS
    rungs: list[Window] = []
    for width in widths:
        rungs += cut((max(low, high - width), high), width)
        high = max(low, high - width)
    if high > low and high % SECTION_IDS:
        rungs.append((max(low, _begin_of(high)), high))
    near = [each for each in rungs if each[0] >= near_low]
    return Newest(walk, near, rungs[len(near) :])


def cut(window: Window, width: int) -> list[Window]:
    """Its ids in pieces of `width` at most, each in one section, the newest first."""
    low, high = window
    pieces: list[Window] = []
    while high > low:
        pieces.append((max(low, high - width, _begin_of(high - 1)), high))
        high = pieces[-1][0]
    return pieces


def _begin_of(id_: int) -> int:
    return id_ >> SECTION_BITS << SECTION_BITS
