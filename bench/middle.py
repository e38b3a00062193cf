"""What was measured again and again, in a few figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Middle:
    """The median of some figures, and between which two the middle half of them is."""

    median: float
    low: float
    high: float

    def __format__(self, spec: str) -> str:
        return f"{self.median:{spec}} ({self.low:{spec}} to {self.high:{spec}})"


def middle(figures: Sequence[float]) -> Middle:
    """That of two figures at least."""
    low, _, high = quantiles(figures, n=4, method="inclusive")
    return Middle(median(figures), low, high)


def ratio(pairs: Sequence[tuple[float, float]]) -> Middle:
    """That of the ratios of the first of each pair to its second."""
    return middle([first / second for first, second in pairs])
