"""What a flood of reports that are refused costs the intake, because they are kept."""

import time
from dataclasses import dataclass, replace
from statistics import median

import click

from bench import database, usage
from bench.beside import elsewhere
from bench.contenders import Incidents
from bench.failed import Failed
from bench.find.client import Client
from bench.measurement import Measurement
from bench.table import render

_CONNECTIONS = 16
# A template that was not escaped: it is read to its end, and no JSON.
_REFUSED = b'{"subject": "PROBLEM", "message": "first line\nsecond line", "log": "%b"}' % (
    b"x" * 900
)
_REFUSED_STATUS = 400
_COSTS_MAX = 0.05
# What is written at once at the beginning of a flood is over by then.
_LEAD_SECONDS = 6
_SPARE_SECONDS = 1

KEPT, COUNTED = "kept", "only counted"
_OFF = (("INCIDENTS_REJECTED_REPORTS_MAX", "0"),)


@dataclass(frozen=True, slots=True)
class Run:
    """What the intake did beside the flood, and what that took of the processors."""

    reports: Measurement
    refused_per_second: float
    server_us: float  # for each request of either kind
    postgresql_us: float

    @property
    def sum_us(self) -> float:
        """Of the server and PostgreSQL together."""
        return self.server_us + self.postgresql_us


Pair = dict[str, Run]


def measure(incidents: Incidents, postgresql: int, seconds: int, rounds: int) -> str:
    """The table, and how to read it. Raises Failed when a report failed."""
    off = replace(incidents, variables=_OFF)
    pairs: list[Pair] = []
    for number in range(rounds):
        order = [(KEPT, incidents), (COUNTED, off)]
        pair = {
            name: _run(server, postgresql, seconds)
            for name, server in (order if number % 2 else reversed(order))
        }
        pairs.append(pair)
        click.echo(f"pair {number + 1}: {_ratio(pair):.3f}", err=True)
    return f"{_table(pairs)}\n\n{_sentence(pairs, incidents.url)}"


def _run(incidents: Incidents, postgresql: int, seconds: int) -> Run:
    incidents.begin()
    with incidents.running() as running, elsewhere() as others:
        whole = _LEAD_SECONDS + seconds + _SPARE_SECONDS
        flood = others.submit(_flood, running.port, _LEAD_SECONDS, seconds, whole)
        time.sleep(_LEAD_SECONDS)
        before = usage.now(postgresql, running.process)
        reports = running.load(_CONNECTIONS, seconds, None)
        after = usage.now(postgresql, running.process)
        refused = flood.result()
    if reports.errors:
        raise Failed(f"reports failed beside the flood: {dict(reports.errors)}")
    cost = before.until(after, round(reports.stored + refused), 0)
    return Run(reports, refused / seconds, cost.server_us, cost.postgresql_us)


def _flood(port: int, lead: float, seconds: float, whole: float) -> int:
    """How many were refused in `seconds` behind the lead: the next is sent when one is answered."""
    begun, refused = time.monotonic(), 0
    with Client(port) as client:
        while (now := time.monotonic() - begun) < whole:
            is_refused = client.refused("/problems", _REFUSED) == _REFUSED_STATUS
            refused += is_refused and lead <= now < lead + seconds
    return refused


def _table(pairs: list[Pair]) -> str:
    head = ("refusals", "reports/s", "p50 ms", "p99 ms", "refused/s", "server µs", "PostgreSQL µs")
    return render(
        head, [_row(name, [pair[name] for pair in pairs]) for name in (COUNTED, KEPT)], {0}
    )


def _row(name: str, runs: list[Run]) -> tuple[str, ...]:
    def of(*values: float) -> str:
        return f"{median(values):,.1f}"

    return (
        name,
        of(*(run.reports.per_second for run in runs)),
        of(*(run.reports.p50_ms for run in runs)),
        of(*(run.reports.p99_ms for run in runs)),
        of(*(run.refused_per_second for run in runs)),
        of(*(run.server_us for run in runs)),
        of(*(run.postgresql_us for run in runs)),
    )


def _ratio(pair: Pair) -> float:
    return pair[KEPT].reports.per_second / pair[COUNTED].reports.per_second


def _sentence(pairs: list[Pair], url: str) -> str:
    ratio = median(map(_ratio, pairs))
    times = median(pair[KEPT].sum_us / pair[COUNTED].sum_us for pair in pairs)
    within = "within" if ratio > 1 - _COSTS_MAX else "more than"
    return (
        f"{len(pairs)} interleaved pairs, medians. Beside a client whose reports are refused as "
        f"fast as it gets answers, the intake takes {ratio:.3f} of what it takes where they are "
        f"only counted: {within} {_COSTS_MAX:.0%}. Processor time for each request of either kind: "
        f"{times:.3f}. On the disk they take {database.rejected_bytes(url) / 2**20:.1f} MiB at the "
        "end."
    )
