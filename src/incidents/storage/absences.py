"""Where sealed partitions have nothing of an example, as far as somebody has looked before.

What is asked again, as by everybody who looks at the same thing, need not be looked for again where
nothing of it was, as long as nothing of it can have come. Into a sealed partition nothing can, but
with a new generation (see tables.py), and then all of this is forgotten; as it is where a seal is
another, or missing: then PostgreSQL goes on from an older moment, on a standby perhaps.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from time import monotonic

from incidents.storage.condition import Condition, Window
from incidents.storage.reading import Reading
from incidents.storage.sections import SECTION_IDS

# Narrower ones are not worth it: to look at a section that has nothing takes microseconds.
_WIDTH_MIN = SECTION_IDS
# Of an example so many are kept, the widest.
_WINDOWS_MAX = 16


class Absences:
    """What one worker has learnt, of `examples_max` examples: those that were asked for last."""

    def __init__(self, examples_max: int) -> None:
        self._examples_max = examples_max
        self._known: dict[bytes, Sequence[Window]] = {}
        # When all of it was true, and as long as it is.
        self._asked_at = 0.0
        self._state: tuple[int, str] | None = None
        self._seals: dict[Window, str] = {}

    def left(self, reading: Reading, condition: Condition, window: Window) -> list[Window]:
        """What of the window may have matches, the newest first.

        Where nothing is of a part of an example, nothing is of all of it.
        """
        if not self._is_for(reading, condition):
            return [window]
        known: list[Window] = []
        for key in {each.key for each in _with_parts(condition)}:
            if there := self._known.pop(key, None):
                self._known[key] = there  # asked for last
                known += there
        return _without(_joined(known), window)

    def learn(
        self,
        reading: Reading,
        condition: Condition,
        windows: Iterable[Window],
        ids: Sequence[int] = (),
    ) -> None:
        """In the windows nothing matches but `ids`, as `reading` has found."""
        of_all = condition.hash is None and condition.since is None and condition.until is None
        if not of_all:
            return
        wide = [
            nothing
            for window in windows
            if _is_wide(window)
            for nothing in _between(window, ids)
            if _is_wide(nothing)
        ]
        if not wide or not self._is_for(reading, condition):
            return
        new = [each for nothing in wide for each in reading.listing.sealed_in(nothing)]
        if new:
            key = condition.key
            joined = filter(_is_wide, _joined([*self._known.pop(key, ()), *new]))
            self._known[key] = tuple(sorted(joined, key=_width)[-_WINDOWS_MAX:])
        while len(self._known) > self._examples_max:
            del self._known[next(iter(self._known))]

    def _is_for(self, reading: Reading, condition: Condition) -> bool:
        """Whether it helps this search, and what is known is true for it."""
        is_led = condition.entries is not None and condition.in_an_index
        return is_led and not reading.clustered and self._is_current(reading)

    def _is_current(self, reading: Reading) -> bool:
        """Whether what is known is of no later moment; what is true no longer is forgotten."""
        state = reading.generation, reading.listing.state
        if state == self._state:
            return True
        if reading.asked_at <= self._asked_at:
            return False
        there = {(each.start, each.end): each.seal for each in reading.listing.partitions}
        is_broken = any(there.get(each, seal) != seal for each, seal in self._seals.items())
        if is_broken or self._state is None or reading.generation != self._state[0]:
            self._known.clear()
            self._seals.clear()
        # One that is gone could come back: its seal is kept.
        self._seals |= {each: seal for each, seal in there.items() if seal is not None}
        self._state = state
        self._asked_at = monotonic()
        return True


def _with_parts(condition: Condition) -> Iterator[Condition]:
    yield condition
    for part in condition.parts:
        yield from _with_parts(part)


def _width(window: Window) -> int:
    return window[1] - window[0]


def _is_wide(window: Window) -> bool:
    return _width(window) >= _WIDTH_MIN


def _between(window: Window, ids: Iterable[int]) -> Iterator[Window]:
    """The window without the ids, which come in any order."""
    low, high = window
    inside = sorted(each for each in ids if low <= each < high)
    for before, behind in pairwise([low - 1, *inside, high]):
        if behind - before > 1:
            yield before + 1, behind


def clipped(windows: Iterable[Window], other: Window) -> Iterator[Window]:
    """What of the windows is in the other, in their order."""
    for low, high in windows:
        if max(low, other[0]) < min(high, other[1]):
            yield max(low, other[0]), min(high, other[1])


def _joined(windows: Iterable[Window]) -> list[Window]:
    """The same ids in as few windows as can be, ascending."""
    joined: list[Window] = []
    for low, high in sorted(windows):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], high)
        else:
            joined.append((low, high))
    return joined


def _without(known: Iterable[Window], window: Window) -> list[Window]:
    """The window without what is in one of these, the newest first."""
    low, high = window
    left: list[Window] = []
    for begin, end in sorted(known, reverse=True):
        if begin >= high or end <= low:
            continue
        if end < high:
            left.append((end, high))
        high = begin
    if high > low:
        left.append((low, high))
    return left
