"""The kinds of metrics, each a few cells for every value that its labels can have.

Labels are bounded: a value that was not named when the metric was made is a KeyError.
https://prometheus.io/docs/concepts/metric_types/
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, product

from incidents.support.metrics.cells import CELLS

Labels = tuple[str, ...]


class Metric:
    """A name, a sentence that explains it, and its cells, `width` for each of its series."""

    width = 1
    momentary = False

    def __init__(self, name: str, text: str, **labels: Labels) -> None:
        self.name = name
        self.text = text
        self.labels = tuple(labels)
        series = list(product(*labels.values()))
        first = CELLS.take(len(series) * self.width, momentary=self.momentary)
        self._at = {of: first + n * self.width for n, of in enumerate(series)}
        METRICS.append(self)

    @property
    def size(self) -> int:
        """How many series it has."""
        return len(self._at)

    def numbers(self, totals: Sequence[float]) -> Iterator[tuple[Labels, Sequence[float]]]:
        """Each series: the values of its labels, and what its cells hold of `totals`."""
        for of, at in self._at.items():
            yield of, totals[at : at + self.width]


METRICS: list[Metric] = []


class Counter(Metric):
    """Goes up only."""

    def add(self, amount: float, *of: str) -> None:
        """Counts so many more."""
        CELLS.values[self._at[of]] += amount


class Gauge(Metric):
    """Says how it is now; of all workers together, how it is with those that live."""

    momentary = True

    def set(self, value: float, *of: str) -> None:
        """Says how it is now in this worker."""
        CELLS.values[self._at[of]] = value


class Histogram(Metric):
    """Counts values by the first of its bounds that is not below them; adds them up, too."""

    def __init__(self, name: str, text: str, bounds: Sequence[float], **labels: Labels) -> None:
        self.bounds = bounds
        self.width = len(bounds) + 2  # the sum, and what is above all bounds
        super().__init__(name, text, **labels)

    def observe(self, value: float, *of: str) -> None:
        """Counts one value."""
        values, at = CELLS.values, self._at[of]
        values[at] += value
        values[at + 1 + bisect_left(self.bounds, value)] += 1

    def buckets(self, numbers: Sequence[float]) -> list[tuple[str, float]]:
        """How many values were not above each bound, as Prometheus wants it."""
        names = [*(str(float(bound)) for bound in self.bounds), "+Inf"]
        return list(zip(names, accumulate(numbers[1:]), strict=True))
