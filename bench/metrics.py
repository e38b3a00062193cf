"""python -m bench.metrics: what counting takes of a processor's time, for a report and a scrape."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from statistics import median
from typing import Any

import click

from bench import machine
from incidents.http.message.client import Client
from incidents.http.middleware.request_metrics import CountedSend
from incidents.support.metrics.cells import CELLS
from incidents.support.metrics.directory import shared_directory
from incidents.support.metrics.exposition import exposition
from incidents.support.metrics.metrics import BATCH, COMMIT, REQUESTS, STORED
from incidents.support.metrics.requests import ROUTES
from incidents.support.request_id import begin_request

_CALLS = 20_000
_ROUNDS = 9
_SCRAPES = 20

# What prometheus-client does itself for several processes, in a process of its own: it looks
# at the variable when it is loaded.
_LIBRARY = """
import time
from prometheus_client import CollectorRegistry, Counter, Histogram
registry = CollectorRegistry()
counter = Counter("a_total", "a", ("route", "method", "status"), registry=registry)
counted = counter.labels("/problems", "POST", "201")
timed = Histogram("b", "b", ("route",), registry=registry).labels("/problems")
begun = time.process_time()
for _ in range(20_000):
    counted.inc()
    timed.observe(0.012)
print((time.process_time() - begun) / 20_000 * 1e6)
"""

Call = Callable[[], object]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def metrics() -> None:
    """Measure what counting costs, in turns."""
    with shared_directory() as directory:
        assert directory is not None
        CELLS.share(directory)
        calls = _calls()
        rounds = [{name: _once(call) for name, call in calls.items()} for _ in range(_ROUNDS)]
        by_library = median(_by_library() for _ in range(3))
        scrapes = median(_scrape() for _ in range(_SCRAPES))
    click.echo(f"{machine.describe()}. Medians of {_ROUNDS} rounds of {_CALLS} calls.\n")
    for name in calls:
        _show(name, median(each[name] for each in rounds))
    _show("counted and timed by prometheus-client, for several processes", by_library)
    _show("a scrape", scrapes)


def _show(name: str, microseconds: float) -> None:
    click.echo(f"| {name:<62} | {microseconds:8.2f} µs |")


def _calls() -> dict[str, Call]:
    return {
        "an answer that passes, counted, timed, with an id": lambda: _run(_answered()),
        "the same answer, passed on and no more": lambda: _run(_passed_on()),
        "of the first: counted and timed": lambda: REQUESTS.answered("/problems", "POST", 201, 0.1),
        "of the first: a new id": lambda: begin_request(None),
        "in its place: the id that the client gave": lambda: begin_request(b"4bf92f3577b34da6"),
        "a batch of reports, once for all of them": _batch,
    }


_SCOPE = {"type": "http", "method": "POST", "path": "/problems", "headers": []}
_EVENTS = ({"type": "http.response.start", "status": 201}, {"type": "http.response.body"})


async def _receive() -> dict[str, Any]:
    return {}


async def _send(event: dict[str, Any]) -> None:
    """It is sent."""


_CLIENT = Client(_SCOPE, _receive)


async def _answered() -> None:
    begin_request(_CLIENT.headers.get(b"x-request-id"))
    counted = CountedSend(_SCOPE, _CLIENT, _send)
    for event in _EVENTS:
        await counted.send(event)
    counted.end()


async def _passed_on() -> None:
    for event in _EVENTS:
        await _send(event)


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs what never waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return


def _batch() -> None:
    COMMIT.observe(0.004, "single")
    BATCH.observe(100, "single")
    STORED.add(100, "single")


def _once(call: Call) -> float:
    begun = time.process_time()
    for _ in range(_CALLS):
        call()
    return (time.process_time() - begun) / _CALLS * 1e6


def _scrape() -> float:
    for route in ROUTES:
        REQUESTS.answered(route, "GET", 200, 0.1)
    begun = time.process_time()
    exposition()
    return (time.process_time() - begun) * 1e6


def _by_library() -> float:
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(  # noqa: S603 - the constant above
            [sys.executable, "-c", _LIBRARY],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": directory},
        )
    return float(done.stdout)


if __name__ == "__main__":
    metrics(prog_name="python -m bench.metrics")
