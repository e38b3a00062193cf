"""The ratio of two things that were measured in pairs, in turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the pairs' ratios, and between which two the middle half of them is."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3f} ({self.low:.3f} to {self.high:.3f})"


def ratio(pairs: Sequence[tuple[float, float]]) -> Ratio:
    """Of the first of each pair to its second; two pairs at least."""
    ratios = [first / second for first, second in pairs]
    low, _, high = quantiles(ratios, n=4, method="inclusive")
    return Ratio(median(ratios), low, high)
