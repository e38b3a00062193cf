"""What one run measured, and what several runs say together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run. `stored` are the reports that were answered as stored; nothing else counts.

    `errors` is how many requests ended otherwise, by kind.
    """

    stored: int
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: Counter[str] = field(default_factory=Counter)


def together(runs: Sequence[Measurement]) -> Measurement:
    """The median of each figure; what was stored, and what went wrong, in all."""
    return Measurement(
        stored=sum(run.stored for run in runs),
        per_second=median(run.per_second for run in runs),
        p50_ms=median(run.p50_ms for run in runs),
        p99_ms=median(run.p99_ms for run in runs),
        errors=sum((run.errors for run in runs), Counter()),
    )
