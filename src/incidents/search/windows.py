"""Where a page looks next: at which ids, and at how many of them.

Where an index leads to what is asked for, the first window is wide: PostgreSQL looks at its newest
ids first, and goes on only as far as it has to. Where none does, every incident of a window is
looked at, so the first is small, and shows how dense matches are.
"""

from math import sqrt

from incidents.storage.condition import Window

_EVERY_ID = 2**63 - 1
# A walk of so many shows how dense matches are.
WALK_FIRST = 256
# So many ids an index is asked for at first.
INDEX_FIRST = 1 << 24
_GROWTH = 10
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

    def seen(self, low: int, matches: int, seconds_taken: float, seconds_left: float) -> None:
        """All from `low` up to where the window ended was looked at, and so many match."""
        ids = self.high - low
        self.high = low
        if ids <= 0:
            return
        self._density = matches / ids
        # No window may take more than half of the time left, at the speed of the last.
        self._affordable = max(1, int(ids * (seconds_left / 2) / max(seconds_taken, 1e-6)))
        self._width_max = ids * _LEAP
        self._width = min(self._width, ids) * _GROWTH

    def narrow(self, high: int) -> None:
        """The next window begins at `high`, and is smaller: the last could not be finished."""
        self.high = high
        self._width_max = max(1, min(self._width, self.high - self.low) // _NARROWING)
        self._density = None

    def _expected(self, wanted: int) -> int:
        """The width of a window that will have so many matches, though they lie as they like."""
        assert self._density
        return int((wanted + 2 * sqrt(wanted)) / self._density) + 1
