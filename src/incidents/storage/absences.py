"""Where sealed partitions have nothing of an example, as far as somebody has looked before.

What is asked again, as by everybody who looks at the same thing, need not be looked for again where
nothing of it was, as long as nothing of it can have come. In a sealed partition it cannot, but with
a new generation (see tables.py), and then all of this is forgotten.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise

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
        self._of: tuple[int, int] | None = None
        self._known: dict[bytes, Sequence[Window]] = {}

    def left(self, reading: Reading, condition: Condition, window: Window) -> list[Window]:
        """What of the window may have matches, the newest first."""
        self._check(reading)
        known: Sequence[Window] = ()
        if _is_for(reading, condition):
            key = _key(condition)
            known = self._known.get(key, ())
            if known:
                self._known[key] = self._known.pop(key)  # asked for last
        return _without(known, window)

    def learn(
        self, reading: Reading, condition: Condition, window: Window, ids: Iterable[int] = ()
    ) -> None:
        """In the window nothing matches but `ids`, as `reading` has found."""
        low, high = window
        if high - low < _WIDTH_MIN or not self._is_worth_it(reading, condition):
            return
        key = _key(condition)
        known = self._known.pop(key, ())
        empty = list(_between(window, ids))
        new = [each for part in reading.listing.sealed() for each in _overlaps(empty, part)]
        if new or known:
            joined = [each for each in _joined([*known, *new]) if each[1] - each[0] >= _WIDTH_MIN]
            self._known[key] = tuple(sorted(joined, key=_width)[-_WINDOWS_MAX:])
        while len(self._known) > self._examples_max:
            del self._known[next(iter(self._known))]

    def _is_worth_it(self, reading: Reading, condition: Condition) -> bool:
        """Whether what was found holds for all that the example matches, and for later."""
        is_all = condition.hash is None and condition.since is None and condition.until is None
        return is_all and _is_for(reading, condition) and self._of == _state(reading)

    def _check(self, reading: Reading) -> None:
        if self._of != _state(reading):
            self._known.clear()
            self._of = _state(reading)


def _state(reading: Reading) -> tuple[int, int]:
    return reading.generation, reading.seals


def _is_for(reading: Reading, condition: Condition) -> bool:
    return condition.entries is not None and condition.in_an_index and not reading.clustered


def _key(condition: Condition) -> bytes:
    """Short, whatever the example: what is kept is bounded."""
    assert condition.entries is not None
    return blake2b(condition.entries.encode(), digest_size=16).digest()


def _width(window: Window) -> int:
    return window[1] - window[0]


def _between(window: Window, ids: Iterable[int]) -> Iterator[Window]:
    """The window without the ids, which come in any order."""
    low, high = window
    for before, behind in pairwise([low - 1, *sorted(ids), high]):
        if behind - before > 1:
            yield before + 1, behind


def _overlaps(windows: Iterable[Window], other: Window) -> Iterator[Window]:
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
