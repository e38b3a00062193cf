"""The text that Prometheus reads. A module of its own, so that only /metrics loads the library."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from incidents.support.metrics.cells import CELLS
from incidents.support.metrics.kinds import METRICS, Counter, Histogram, Metric

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

# Of metrics with more series than this, series that are still zero are left out.
_SERIES_MAX = 10


def exposition() -> bytes:
    """All metrics, summed over all workers, in the text format 0.0.4.

    https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    registry = CollectorRegistry()
    registry.register(_Totals())
    return generate_latest(registry)


class _Totals(Collector):
    def collect(self) -> Iterator[Family]:
        totals = CELLS.totals()
        for metric in METRICS:
            yield _family(metric, totals)


def _family(metric: Metric, totals: list[float]) -> Family:
    series = [
        (of, numbers)
        for of, numbers in metric.numbers(totals)
        if any(numbers) or metric.size <= _SERIES_MAX
    ]
    if isinstance(metric, Histogram):
        histogram = HistogramMetricFamily(metric.name, metric.text, labels=metric.labels)
        for of, numbers in series:
            histogram.add_metric(of, metric.buckets(numbers), numbers[0])
        return histogram
    kind = CounterMetricFamily if isinstance(metric, Counter) else GaugeMetricFamily
    family = kind(metric.name, metric.text, labels=metric.labels)
    for of, numbers in series:
        family.add_metric(of, numbers[0])
    return family
