"""Where a page looks next: at which ids, and starting from what.

An index leads to all matches of a partition, and costs what they are, however narrow the
window is; a walk looks at every incident of a window, and costs that. So the newest are walked
through first, which also shows how dense matches are. Where they are dense the walk goes on, a
few thousand ids at most; where they are not, the index is asked: for a window in which more
than enough are to be expected or, where none were seen, for one partition after another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from incidents.storage.conditions import Window
from incidents.storage.reading import Found

_EVERY_ID = 2**63 - 1
# A walk of so many shows whether matches are dense.
FIRST = 256
# So far from where a page begins it may walk; behind that an index must lead.
WALK_MAX = 10_000
# A walk of so many is cheaper than an index, whatever is asked.
_WALK_SHORT = 6000
# To walk past an incident costs so many times what it costs to read that it matches in the index.
_WALK_COST = 20
GROWTH = 10
# Where it is known how dense matches are, a window may be so many times as wide as the last;
# less when it is walked through, which is dear where that was wrong.
_LEAP = 100
_WALK_LEAP = 4
# Fewer matches than these say little about how dense they are.
_FEW = 16
# Partitions that are asked for in one query.
_SLICES = 16
# Of the newest of them these ids come first: mostly they are all that is needed.
_NEAR = 65_536
# To ask an index again for the last few costs as much as the first time.
_INDEX_MIN = 60
# With so many more than are wanted, a narrower window is cheaper.
_CROWD = 5
_CROWD_MIN = 256
_WALK_CROWD_MIN = 8192
# Of whole partitions no more is needed than says how dense matches are.
_SLICES_CROWD = 2
# A crowd shows the oldest end of a window: the next is at most that part of it, at the newest.
_CROWD_NARROWING = 4


@dataclass(frozen=True, slots=True)
class Step:
    """What is asked next: windows of ids, the newest first; after `most` matches it is enough.

    With `of_partitions` each window is what is left of a partition.
    """

    windows: list[Window]
    by_index: bool
    most: int
    of_partitions: bool


class Windows:
    """The steps of one page, from `high` down to `low`.

    `by_index` says whether an index leads to the matches, `slice_ids` how many ids a partition
    has, and `density` which part of the incidents are expected to match: None for "unknown",
    0 for "so few that an index should lead".
    """

    def __init__(
        self,
        low: int,
        high: int,
        *,
        by_index: bool,
        slice_ids: int,
        density: float | None = None,
    ) -> None:
        self.low = low
        self.high = self._begin = high
        self._by_index = by_index
        self._slice_ids = slice_ids
        self._density = density
        self._width = FIRST if density is None else slice_ids
        self._led = density == 0
        self._ids = self._matches = 0
        self._crowd_low = _EVERY_ID
        self._slices_max = _SLICES
        self._width_max = self._grown_max = self._walked_max = _EVERY_ID

    @property
    def ended(self) -> bool:
        """Whether there is nowhere left to look."""
        return self.high <= self.low

    def step(self, wanted: int) -> Step:
        """Where `wanted` matches may be found."""
        if not self._density and self._crowd_low < self.high:
            # Between here and there is where matches begin: half of it at a time.
            self._width = min(self._width, (self.high - self._crowd_low) // 2)
        by_index = self._by_index and not self._may_walk(wanted)
        if self._density and by_index:
            self._width = min(self._grown_max, self._expected(max(wanted, _INDEX_MIN)))
        elif self._density:
            self._width = min(self._walked_max, max(FIRST, self._expected(wanted)))
        self._width = max(1, min(self._width, self._width_max))
        if by_index and self._width >= self._slice_ids:
            return Step(self._slices(), by_index, _SLICES_CROWD * wanted, of_partitions=True)
        crowd = _CROWD_MIN if by_index else _WALK_CROWD_MIN
        return Step([self._window()], by_index, max(crowd, _CROWD * wanted), of_partitions=False)

    def seen(self, found: Sequence[Found], seconds_taken: float, seconds_left: float) -> None:
        """What the last step found, and how long it took."""
        ids = matches = 0
        for each in found:
            if each.crowded:
                self._crowded(each)
                if matches >= _FEW:
                    self._density = matches / ids
                return
            self.high = each.low
            ids += each.high - each.low
            matches += len(each.ids)
        self._ids += ids
        self._matches += matches
        self._density = matches / ids if matches >= _FEW else self._matches / self._ids
        self._grown_max = self._width * _LEAP
        self._walked_max = self._width * (_WALK_LEAP if self._by_index else _LEAP)
        self._width *= GROWTH
        if self._by_index and not self._led and not self._density:
            # Where the walk met nothing, the index says where there is something.
            self._led, self._width = True, self._slice_ids
        self._keep_to(seconds_taken, seconds_left, ids, len(found))

    def narrow(self, high: int) -> None:
        """The next step begins at `high`, and is smaller: the last could not be finished."""
        self.high = high
        width = min(self._width, self._width_max)
        self._width_max = max(1, min(width, self._slice_ids) // GROWTH)
        self._slices_max = 1

    def _crowded(self, found: Found) -> None:
        # The ids that came are the oldest of one partition, next to each other.
        self._density = len(found.ids) / (max(found.ids) - min(found.ids) + 1)
        self._grown_max = self._walked_max = max(1, (found.high - found.low) // _CROWD_NARROWING)
        self._crowd_low = found.low

    def _keep_to(self, taken: float, left: float, ids: int, windows: int) -> None:
        """No step may take more than half of the time left, at the speed of the last."""
        affordable = (left / 2) / max(taken, 1e-6)
        self._slices_max = max(1, min(_SLICES, int(windows * affordable)))
        # What an index is asked for costs what it finds, however wide the window is.
        self._width_max = _EVERY_ID if self._led else max(1, int(ids * affordable))

    def _may_walk(self, wanted: int) -> bool:
        """Whether a walk is short, and cheaper than to read what the index has of a partition."""
        if self._led:
            return False
        width = self._expected(wanted) if self._density else self._width
        if width > _WALK_SHORT and width * _WALK_COST > (self._density or 0) * self._slice_ids:
            return False
        return self._begin - self.high + width <= WALK_MAX

    def _expected(self, wanted: int) -> int:
        """The width of a window that will have so many matches, though they lie as they like."""
        assert self._density
        return int((wanted + 2 * sqrt(wanted)) / self._density) + 1

    def _window(self) -> Window:
        return max(self.low, self.high - self._width), self.high

    def _slices(self) -> list[Window]:
        """One for each partition, whose bounds are multiples of its size."""
        slices: list[Window] = []
        high = self.high
        if not self._density and high % self._slice_ids > _NEAR < high - self.low:
            slices.append((high - _NEAR, high))
            high -= _NEAR
        while high > self.low and len(slices) < self._slices_max:
            low = max(self.low, (high - 1) // self._slice_ids * self._slice_ids)
            slices.append((low, high))
            high = low
        return slices
