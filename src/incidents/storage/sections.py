"""Sections: ids side by side, each of which the index of examples has apart from the others.

An index leads to all that it has for an example. Of a whole table that would be far more than a
page needs, so each entry of the index belongs to one section: what is asked of a few sections
costs what is in them, and to ask a section that has nothing costs some microseconds.
"""

from collections.abc import Iterator

from incidents.storage.conditions import Window
from incidents.storage.tables import SECTION_BITS

SECTION_IDS = 1 << SECTION_BITS

# A page is mostly found among so many ids; if not, the next window has twice as many.
RUNG_IDS_MIN = 256


def sections_of(window: Window) -> range:
    """The numbers of the sections that its ids low <= id < high are in, the newest first."""
    low, high = window
    return range((high - 1) >> SECTION_BITS, (low >> SECTION_BITS) - 1, -1)


def with_section(entries: str, section: int) -> str:
    """What the incidents of a section that match an example contain, as JSON.

    `entries` is the example's (see `Example`).
    """
    return f'{{"{section}": {entries}}}'


def rungs(window: Window) -> Iterator[Window]:
    """The newest ids of the window, cut so that most pages are found in the first few pieces.

    Each piece is in one section, and they go down to where a section begins, so that what is left
    below is whole sections, but for the last.
    """
    low, high = window
    width = RUNG_IDS_MIN
    while high > low and width < SECTION_IDS:
        end = max(low, high - width)
        while high > end:
            start = max(end, _begin_of(high - 1))
            yield start, high
            high = start
        width *= 2
    if high > low and high > (start := max(low, _begin_of(high - 1))):
        yield start, high


def _begin_of(id_: int) -> int:
    return id_ >> SECTION_BITS << SECTION_BITS
