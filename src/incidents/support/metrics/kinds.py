"""The kinds of metrics. Each has some cells for every combination of label values.

Label values are declared: any other one raises KeyError, so the number of series is bounded.
https://prometheus.io/docs/concepts/metric_types/
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, product

from incidents.support.metrics.cells import CELLS

Labels = tuple[str, ...]


class Metric:
    """A name, its help text, and its cells, `width` for each series."""

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
        """The number of series."""
        return len(self._at)

    def numbers(self, totals: Sequence[float]) -> Iterator[tuple[Labels, Sequence[float]]]:
        """For each series, its label values and its cells in `totals`."""
        for of, at in self._at.items():
            yield of, totals[at : at + self.width]


METRICS: list[Metric] = []


class Counter(Metric):
    """A number that only increases."""

    def add(self, amount: float, *of: str) -> None:
        """Adds `number`."""
        CELLS.values[self._at[of]] += amount


class Gauge(Metric):
    """A current value, summed over the workers that live."""

    momentary = True

    def set(self, value: float, *of: str) -> None:
        """Sets the value of this worker."""
        CELLS.values[self._at[of]] = value


class Histogram(Metric):
    """Counts values by bucket (the first bound that is not below the value), and sums them."""

    def __init__(self, name: str, text: str, bounds: Sequence[float], **labels: Labels) -> None:
        self.bounds = bounds
        self.width = len(bounds) + 2  # the sum, and the bucket above all bounds
        super().__init__(name, text, **labels)

    def observe(self, value: float, *of: str) -> None:
        """Counts one value."""
        values, at = CELLS.values, self._at[of]
        values[at] += value
        values[at + 1 + bisect_left(self.bounds, value)] += 1

    def buckets(self, numbers: Sequence[float]) -> list[tuple[str, float]]:
        """The cumulative count for each bound, as Prometheus expects it."""
        names = [*(str(float(bound)) for bound in self.bounds), "+Inf"]
        return list(zip(names, accumulate(numbers[1:]), strict=True))
