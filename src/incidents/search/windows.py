"""How many ids to look at in one query."""

FIRST = 10_000
GROWTH = 10


class Windows:
    """Widths of the windows of one search: widening while the time lasts.

    The newest incidents are asked first, since most answers are there; and a window is never
    made so wide that it would take more than half of the time left at the speed of the last.
    """

    def __init__(self, first: int, width_max: int) -> None:
        self.width = first
        self._width_max = width_max

    def widen(self, seconds_taken: float, seconds_left: float) -> None:
        """The next window, after one that took `seconds_taken`."""
        affordable = int(self.width * (seconds_left / 2) / max(seconds_taken, 1e-6))
        self.width = max(1, min(self.width * GROWTH, affordable, self._width_max))

    def narrow(self) -> None:
        """The same window again, smaller, after it could not be finished in time."""
        self.width = max(1, self.width // GROWTH)
