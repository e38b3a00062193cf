"""Sections: ids side by side, each of which the index of examples has apart from the others.

An index leads to all that it has for an example. Of a whole table that would be far more than a
page needs, so each entry of the index belongs to one section: what is asked of a few sections
costs what is in them, and to ask a section that has nothing costs some microseconds.
"""

from incidents.core.word_index import SECTION_BITS
from incidents.db.condition import Window


def sections_of(window: Window) -> range:
    """The numbers of the sections that its ids low <= id < high are in, the newest first."""
    low, high = window
    return range((high - 1) >> SECTION_BITS, (low >> SECTION_BITS) - 1, -1)
