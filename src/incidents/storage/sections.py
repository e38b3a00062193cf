"""Sections: ids side by side, each of which the index of examples has apart from the others.

An index leads to all that it has for an example. Of a whole table that would be far more than a
page needs, so each entry of the index belongs to one section: what is asked of a few sections
costs what is in them, and to ask a section that has nothing costs some microseconds.
"""

from incidents.storage.conditions import Window
from incidents.storage.tables import SECTION_BITS

SECTION_IDS = 1 << SECTION_BITS

# So many of the newest ids are looked at one by one: where matches are dense that is less work than
# to ask an index, and is all.
WALK_IDS = 256
# Behind them a page is mostly found among the first of these; if not, among the next.
RUNGS = (1024, 4096, 16_384)


def sections_of(window: Window) -> range:
    """The numbers of the sections that its ids low <= id < high are in, the newest first."""
    low, high = window
    return range((high - 1) >> SECTION_BITS, (low >> SECTION_BITS) - 1, -1)


def with_section(entries: str, section: int) -> str:
    """What the incidents of a section that match an example contain, as JSON.

    `entries` is the example's (see `Example`).
    """
    return f'{{"{section}": {entries}}}'


def newest_pieces(window: Window) -> tuple[int, list[Window]]:
    """Down to which id to look at the window's ids one by one, and what to ask the index for next.

    That is cut so that most pages are found in the first few pieces. Each is in one section, and
    they go down to where a section begins, so that what is left below is whole sections, but for
    the last.
    """
    low, high = window
    walked = high = max(low, high - WALK_IDS)
    pieces: list[Window] = []
    for width in RUNGS:
        end = max(low, high - width)
        while high > end:
            pieces.append((max(end, _begin_of(high - 1)), high))
            high = pieces[-1][0]
    if high > low and high % SECTION_IDS:
        pieces.append((max(low, _begin_of(high)), high))
    return walked, pieces


def _begin_of(id_: int) -> int:
    return id_ >> SECTION_BITS << SECTION_BITS
