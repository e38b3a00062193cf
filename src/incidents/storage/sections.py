"""Sections: ids side by side, each of which the index of examples has apart from the others.

An index leads to all that it has for an example. Of a whole table that would be far more than a
page needs, so each entry of the index belongs to one section: what is asked of a few sections
costs what is in them, and to ask a section that has nothing costs some microseconds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from incidents.storage.condition import Window
from incidents.storage.tables import SECTION_BITS

SECTION_IDS = 1 << SECTION_BITS

# Ids that are looked at one by one are looked at so many at a time.
WALK_IDS_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Ladder:
    """How the newest ids are looked at.

    `walk_ids` are looked at one by one: where `dense` of them match, matches are dense, and
    `walk_on_ids` more are, as that is less work than to ask an index. The index is asked for as
    many ids as a rung is wide, and then for those of the next.
    """

    walk_ids: int
    dense: int
    walk_on_ids: int
    rungs: Sequence[int]


# Where matches are dense there are so many pieces as wide as they should be, and as many of what is
# left: those that are empty cost something, too.
PIECES_MAX = 64


@dataclass(frozen=True, slots=True)
class Dense:
    """Matches lie close together in the window: `width` ids of it have some, and not too many."""

    window: Window
    width: int

    def lies_behind(self, windows: Sequence[Window]) -> bool:
        """Whether it is in an older section than the newest ids of these, if there are any."""
        return bool(windows) and self.window[1] <= begin_of(windows[0][1] - 1)


# A page is mostly found on the first rung; if not, on the next ones.
LADDER = Ladder(64, 8, 448, (1024, 2048, 4096, 8192, 16_384))
# An index is asked for each value of an example, and each rung costs what it has for them in its
# section. Of many values that is more than to look at some thousand ids one by one.
LADDER_OF_MANY_VALUES = Ladder(256, 3, 3072, (3072, 9216, 18_432))
# Where a time ends, so many of the newest ids can be of a later one, and say nothing.
UNTIL_IDS = 128


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest ids of a window, cut into pieces, each in one section, the newest first.

    First come those that are looked at one by one. Where matches are dense there, `walk_on`
    follows, and then `beyond`; else `first_rung`, which is the same ids. Then come the `rungs`.
    Together they go down to where a section begins: what is left is whole sections, but for the
    last.
    """

    walk: list[Window]
    walk_on: list[Window]
    beyond: list[Window]
    first_rung: list[Window]
    rungs: list[Window]

    @property
    def low(self) -> int:
        """Where they end."""
        return (self.walk + self.first_rung + self.rungs)[-1][0]


def sections_of(window: Window) -> range:
    """The numbers of the sections that its ids low <= id < high are in, the newest first."""
    low, high = window
    return range((high - 1) >> SECTION_BITS, (low >> SECTION_BITS) - 1, -1)


def with_section(entries: str, section: int) -> str:
    """What the incidents of a section that match an example contain, as JSON.

    `entries` is the example's (see `Example`).
    """
    return f'{{"{section}": {entries}}}'


def newest_of(window: Window, ladder: Ladder, *, of_a_time: bool) -> Newest:
    """The newest ids of a window that is not empty, `of_a_time` where that ends in the window."""
    low, high = window

    def below(top: int, width: int) -> Window:
        return max(low, top - width), top

    walk = below(high, ladder.walk_ids + UNTIL_IDS * of_a_time)
    first, *others = ladder.rungs
    first_rung = below(walk[0], first)
    walk_on = below(walk[0], min(first, ladder.walk_on_ids))
    high = first_rung[0]
    rungs: list[Window] = []
    for width in others:
        rungs += cut(below(high, width), width)
        high = max(low, high - width)
    if high > low and high % SECTION_IDS:
        rungs.append((max(low, begin_of(high)), high))
    return Newest(
        cut(walk, WALK_IDS_AT_ONCE),
        cut(walk_on, WALK_IDS_AT_ONCE),
        cut((first_rung[0], walk_on[0]), first),
        cut(first_rung, first),
        rungs,
    )


def cut(window: Window, width: int) -> list[Window]:
    """Its ids in pieces of `width` at most, each in one section, the newest first."""
    low, high = window
    pieces: list[Window] = []
    while high > low:
        pieces.append((max(low, high - width, begin_of(high - 1)), high))
        high = pieces[-1][0]
    return pieces


def narrowed(windows: Iterable[Window], dense: Dense | None) -> Iterator[Window]:
    """The same ids: where matches are dense, in pieces that are no wider than they need to be."""
    for low, high in windows:
        if dense is None or high - low <= dense.width:
            yield low, high
            continue
        begin, end = dense.window
        newest = end - PIECES_MAX * dense.width
        yield from cut((max(low, end), high), SECTION_IDS)
        yield from cut((max(low, begin, newest), min(high, end)), dense.width)
        yield from cut((max(low, begin), min(high, newest)), max(1, (end - begin) // PIECES_MAX))
        yield from cut((low, min(high, begin)), SECTION_IDS)


def begin_of(id_: int) -> int:
    """Where the section of an id begins."""
    return id_ >> SECTION_BITS << SECTION_BITS
