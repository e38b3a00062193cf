"""Three times what the server can take, on 2,000 connections."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from faults.deployments import Deployment, proxied
from faults.load import NO_ANSWER, REFUSED, STORED, Tally, beside
from faults.offer import as_fast_as_it_goes, at_a_rate, elsewhere
from faults.report import aligned

_CONNECTIONS = 2000
_TIMES = 3
_FLOOD_TIMES_MIN = 2.5
_SECONDS = 10.0
_MEASURE_SECONDS = 4.0
_NORMAL_TIMES = 2
_NORMAL_WITHIN_SECONDS = 5.0
_REFUSED_WITHIN_MS = 100
_MIB = 1024 * 1024
_IN_FLIGHT_MIB_MAX = 2

# What bounds the server here is PostgreSQL, which answers late: so that whoever makes the load
# and whoever bears it need not fight for the same processors.
_DELAY_SECONDS = 0.05
_SETTINGS = {
    "INTAKE_REPORTS_MAX": 64,
    "BATCH_INCIDENTS_MAX": 16,
    "INTAKE_BATCHES_MAX": 2,
}


@dataclass(frozen=True, slots=True)
class Flood:
    """What a flood did."""

    capacity: float
    told: Tally
    before_ms: float
    normal_after: float | None
    mib_before: float
    mib_at_most: float

    @property
    def offered(self) -> float:
        """Reports a second that were sent during the flood."""
        return self.told.counts().total() / _SECONDS


async def flood(scratch: Path) -> Flood:
    """Measures what a server can take, offers it three times that, and looks how it recovers."""
    async with proxied(scratch, servers=1, **_SETTINGS) as deployment:
        assert deployment.proxy is not None
        deployment.proxy.delay_seconds = _DELAY_SECONDS
        (port,) = deployment.ports
        async with beside(port) as before:
            await asyncio.sleep(_MEASURE_SECONDS)
        places = 2 * _SETTINGS["INTAKE_REPORTS_MAX"]
        capacity = await elsewhere(as_fast_as_it_goes, port, places, _SECONDS)
        mib = _mib(deployment)
        async with _watched(deployment) as peak:
            told = await elsewhere(at_a_rate, port, _CONNECTIONS, _TIMES * capacity, _SECONDS)
        normal_after = await _back_to_normal(port, before.median_ms(STORED))
    return Flood(capacity, told, before.median_ms(STORED), normal_after, mib, max(mib, *peak))


async def _back_to_normal(port: int, before_ms: float) -> float | None:
    """Seconds until half of the reports take no longer than twice the time before; None: never."""
    over = time.monotonic()
    while time.monotonic() - over < _NORMAL_WITHIN_SECONDS:
        async with beside(port) as after:
            await asyncio.sleep(0.5)
        if 0 < after.median_ms(STORED) <= _NORMAL_TIMES * before_ms:
            return time.monotonic() - over
    return None


@asynccontextmanager
async def _watched(deployment: Deployment) -> AsyncIterator[list[float]]:
    """The MiB of the largest worker, again and again."""
    samples: list[float] = [0]

    async def watch() -> None:
        while True:
            samples.append(_mib(deployment))
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    try:
        yield samples
    finally:
        watching.cancel()


def _mib(deployment: Deployment) -> float:
    return max(worker.memory_info().rss for worker in deployment.workers(0)) / _MIB


def table(done: Flood) -> str:
    """What was measured, a line each."""
    counts = done.told.counts()
    after = "not in time" if done.normal_after is None else f"{done.normal_after:.1f} s"
    return aligned(
        [
            ("of the flood", "measured"),
            ("connections", f"{_CONNECTIONS:,}"),
            ("what the server can store", f"{done.capacity:,.0f}/s"),
            ("what was offered", f"{done.offered:,.0f}/s"),
            ("stored", f"{counts[STORED]:,}"),
            ("answered 503 with Retry-After", f"{counts[REFUSED]:,}"),
            ("not answered", f"{counts[NO_ANSWER]:,}"),
            *_times("a 503", done.told, REFUSED),
            *_times("a 201", done.told, STORED),
            ("largest worker before", f"{done.mib_before:.0f} MiB"),
            ("largest worker at most", f"{done.mib_at_most:.0f} MiB"),
            ("a report took before, median", f"{done.before_ms:.0f} ms"),
            (f"again less than {_NORMAL_TIMES} times that after", after),
        ]
    )


def _times(what: str, told: Tally, status: int) -> Iterator[tuple[str, str]]:
    yield f"{what} took, median", f"{told.median_ms(status):.1f} ms"
    yield f"{what} took, p99", f"{told.p99_ms(status):.1f} ms"
    yield f"{what} took, at most", f"{told.max_ms(status):.1f} ms"


def broken_promises(done: Flood) -> Iterator[str]:
    """What went wrong, a line each."""
    for status, count in done.told.counts().items():
        if status not in (STORED, REFUSED):
            yield f"flood: {count} requests were answered {status or 'not at all'}"
    if done.told.without_retry_after:
        yield f"flood: {done.told.without_retry_after} times no Retry-After"
    if done.offered < _FLOOD_TIMES_MIN * done.capacity:
        yield f"flood: it was none, {done.offered:.0f}/s were offered"
    late = [each for each in done.told.seconds.get(REFUSED, []) if 1000 * each > _REFUSED_WITHIN_MS]
    if late:
        yield f"flood: {len(late)} times a 503 took more than {_REFUSED_WITHIN_MS} ms"
    # A connection costs what its buffers hold; the reports are few by the setting, and small.
    allowed = _IN_FLIGHT_MIB_MAX + _CONNECTIONS * 32 / 1024
    if done.mib_at_most > done.mib_before + allowed:
        yield f"flood: a worker grew by {done.mib_at_most - done.mib_before:.0f} MiB"
    if done.normal_after is None:
        yield f"flood: not back to normal within {_NORMAL_WITHIN_SECONDS} s"
