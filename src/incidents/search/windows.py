"""Where a page looks next: at which ids, and at how many of them.

Where an index leads to what is asked for, the first window is wide: PostgreSQL looks at its newest
ids first, and goes on only as far as it has to. Where none does, every incident of a window is
looked at, so the first is small, and shows how dense matches are.
"""

from collections.abc import Iterable
from math import sqrt

from incidents.storage.condition import Window

_EVERY_ID = 2**63 - 1
# A walk of so many shows how dense matches are.
WALK_FIRST = 256
# So many ids an index is asked for at first.
INDEX_FIRST = 1 << 24
_GROWTH = 10
# What is found out first, to make it shorter, takes some milliseconds.
LONG_SECONDS = 0.05
# Where it is known how dense matches are, a window may be so many times as wide as the last.
_LEAP = 100
# A window that could not be finished is asked again in so much less of its width.
_NARROWING = 10


class Windows:
    """The windows of one page, from `high` down to `low`.

    `by_index` says whether an index leads to the matches, `density` which part of the incidents is
    expected to match: None for "unknown". The first one has up to `first` ids.
    """

    def __init__(
        self,
        low: int,
        high: int,
        *,
        by_index: bool,
        density: float | None = None,
        first: int = INDEX_FIRST,
    ) -> None:
        self.low = low
        self.high = high
        self._by_index = by_index
        self._density = density
        self._width = first if by_index else WALK_FIRST
        self._width_max = self._affordable = _EVERY_ID
        self._seconds_an_id = 0.0

    @property
    def ended(self) -> bool:
        """Whether there is nowhere left to look."""
        return self.high <= self.low

    def window(self, wanted: int) -> Window:
        """Where `wanted` matches may be found."""
        if self._density and not self._by_index:
            self._width = min(max(WALK_FIRST, self._expected(wanted)), self._width_max)
        self._width = max(1, min(self._width, self._width_max, self._affordable))
        return max(self.low, self.high - self._width), self.high

    @property
    def are_sparse(self) -> bool:
        """Whether the last window had no match."""
        return self._density == 0

    def is_long(self, places: Iterable[Window]) -> bool:
        """Whether to look there takes long, at the speed of the last window."""
        return self._seconds_an_id * sum(high - low for low, high in places) >= LONG_SECONDS

    def seen(self, low: int, matches: int, seconds_taken: float, seconds_left: float) -> None:
        """All from `low` up to where the window ended was looked at, and so many match."""
        ids = self.high - low
        self.high = low
        if ids <= 0:
            return
        self._density = matches / ids
        # No window may take more than half of the time left, at the speed of the last.
        self._seconds_an_id = max(seconds_taken, 1e-6) / ids
        self._affordable = max(1, int(seconds_left / 2 / self._seconds_an_id))
        self._width_max = _EVERY_ID if self._by_index else ids * _LEAP
        self._width = self._width_max if self._by_index else min(self._width, ids) * _GROWTH

    def narrow(self, high: int) -> None:
        """The next window begins at `high`, and is smaller: the last could not be finished."""
        self.high = high
        self._width_max = max(1, min(self._width, self.high - self.low) // _NARROWING)
        self._density = None

    def _expected(self, wanted: int) -> int:
        """The width of a window that will have so many matches, though they lie as they like."""
        assert self._density
        return int((wanted + 2 * sqrt(wanted)) / self._density) + 1
