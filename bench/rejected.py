"""What a flood of reports that are refused costs the intake, because they are kept."""

import os
import time
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from statistics import median

from bench import database, usage
from bench.beside import elsewhere
from bench.contenders import Incidents, Running
from bench.failed import Failed
from bench.find.client import Client
from bench.measurement import Measurement
from bench.middle import middle
from bench.table import render

_CONNECTIONS = 16
# Few, so that the processor time of all of them moves little: to keep refusals has a price of its
# own, which has a bound in bytes a second, and a flood is beyond that bound.
_REPORTS_PER_SECOND = 300
_REFUSED_PER_SECOND = 1000
# A template that was not escaped: it is read to its end, and no JSON.
_REFUSED = b'{"subject": "PROBLEM", "message": "first line\nsecond line", "log": "%b"}' % (
    b"x" * 900
)
_REFUSED_STATUS = 400
_COSTS_MAX = 0.05
# What is written at once at the beginning of a flood is over by then.
_FIRST_LEAD_SECONDS = 12
# And what was not written while the other server had its turn.
_LEAD_SECONDS = 1.5
_SPARE_SECONDS = 0.2

KEPT, COUNTED = "kept", "only counted"
_OFF = (("INCIDENTS_REJECTED_REPORTS_MAX", "0"),)


@dataclass(frozen=True, slots=True)
class Run:
    """What the intake did beside the flood, and what that took of the processors."""

    reports: Measurement
    refused_per_second: float
    ms: float  # processor time of the server and PostgreSQL, each second


Pair = dict[str, Run]


def measure(incidents: Incidents, postgresql: int, seconds: int, rounds: int) -> str:
    """The table, and how to read it. Raises Failed when a report failed.

    Both servers run all the time, and one of them at a time gets something to do: so a run can be
    short, and a pair is over before the machine is another one.
    """
    pairs: list[Pair] = []
    incidents.begin()
    off = replace(incidents, variables=_OFF)
    with incidents.running() as keeps, off.running() as counts, elsewhere() as others:
        others.submit(_flood, keeps.port, _FIRST_LEAD_SECONDS).result()
        order = [(KEPT, keeps), (COUNTED, counts)]
        for _ in range(rounds):
            order.reverse()
            pairs.append({name: _run(each, postgresql, seconds, others) for name, each in order})
    return f"{_table(pairs)}\n\n{_sentence(pairs, incidents.url)}"


def _run(running: Running, postgresql: int, seconds: int, others: Executor) -> Run:
    whole = _LEAD_SECONDS + seconds + _SPARE_SECONDS
    flood = others.submit(_flood, running.port, whole)
    time.sleep(_LEAD_SECONDS)
    before = usage.now(postgresql, running.process)
    begun = time.monotonic()
    reports = running.load(_CONNECTIONS, seconds, _REPORTS_PER_SECOND)
    took = time.monotonic() - begun
    after = usage.now(postgresql, running.process)
    refused = flood.result() / whole
    if reports.errors:
        raise Failed(f"reports failed beside the flood: {dict(reports.errors)}")
    used = after.server - before.server + after.postgresql - before.postgresql
    return Run(reports, refused, 1000 * used / took)


def _flood(port: int, seconds: float) -> int:
    """How many were refused in that time, sent one after another."""
    due = begun = time.monotonic()
    refused = 0
    with Client(port) as client:
        while due < begun + seconds:
            time.sleep(max(0, due - time.monotonic()))
            refused += client.refused("/problems", _REFUSED) == _REFUSED_STATUS
            due = max(due + 1 / _REFUSED_PER_SECOND, time.monotonic() - 1)
    return refused


def _table(pairs: list[Pair]) -> str:
    head = ("refusals", "reports/s", "p50 ms", "p99 ms", "refused/s", "processor ms/s")
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
        of(*(run.ms for run in runs)),
    )


def _sentence(pairs: list[Pair], url: str) -> str:
    extra = middle([pair[KEPT].ms - pair[COUNTED].ms for pair in pairs])
    processors = os.cpu_count() or 1
    share = extra.median / 1000 / processors
    within = "within" if share < _COSTS_MAX else "more than"
    return (
        f"{len(pairs)} interleaved pairs: medians, and between which two the middle half is. To "
        f"keep refusals takes {extra:.0f} ms of processor time a second, {share:.1%} of "
        f"{processors} processors, and an intake that needs all of them loses as much: {within} "
        f"{_COSTS_MAX:.0%}. On the disk they take {database.rejected_bytes(url) / 2**20:.1f} MiB "
        "at the end."
    )
