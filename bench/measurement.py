"""What one run measured, and what several runs say together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isnan, nan
from statistics import median


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a client measured. `stored` are the reports that were answered as stored.

    Nothing else counts. `errors` is how many requests ended otherwise, by kind. Of reports
    that come many in one request there are no latencies: they are NaN.
    """

    stored: int
    per_second: float
    p50_ms: float = nan
    p99_ms: float = nan
    max_ms: float = nan
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time for each report, in microseconds.

    `server_us` is NaN where nothing stands between the client and PostgreSQL. `peak_bytes` is
    the most memory that one worker of the server has had resident; 0 where there is none.
    """

    server_us: float
    postgresql_us: float
    client_us: float
    peak_bytes: int

    @property
    def sum_us(self) -> float:
        """Of all that took part."""
        each = (self.server_us, self.postgresql_us, self.client_us)
        return sum(cost for cost in each if not isnan(cost))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a client measured, and what it cost; None where the system does not tell."""

    measured: Measurement
    cost: Cost | None


def together(runs: Sequence[Figures]) -> Figures:
    """The median of each figure; what was stored, and what went wrong, in all; the most memory."""
    measured = [run.measured for run in runs]
    costs = [run.cost for run in runs if run.cost is not None]
    return Figures(
        Measurement(
            stored=sum(each.stored for each in measured),
            per_second=median(each.per_second for each in measured),
            p50_ms=median(each.p50_ms for each in measured),
            p99_ms=median(each.p99_ms for each in measured),
            max_ms=max(each.max_ms for each in measured),
            errors=sum((each.errors for each in measured), Counter()),
        ),
        _cost(costs) if costs else None,
    )


def _cost(costs: Sequence[Cost]) -> Cost:
    return Cost(
        server_us=median(each.server_us for each in costs),
        postgresql_us=median(each.postgresql_us for each in costs),
        client_us=median(each.client_us for each in costs),
        peak_bytes=max(each.peak_bytes for each in costs),
    )
