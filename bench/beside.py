"""What a small report and a small find take beside clients whose requests are large or heavy."""

import gzip
import json
import multiprocessing
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from random import Random
from statistics import median

import click

from bench.contenders import Incidents
from bench.failed import Failed
from bench.find.client import Client
from bench.table import render

ALONE = "alone"

# A table that is not empty, so that a find has something to look through.
_STORED = 2_000
_TIMES, _MORE_MS = 3, 20
_SPARE_SECONDS = 60
_LARGE_BYTES = 900_000
_HEAVY_NUMBERS = 149_000
_OVERLOADED = 503
_ENTRIES = 1_000

# What a client sends: path, body, and whether that is packed.
Request = tuple[str, bytes, bool]


def _large(random: Random) -> Request:
    """A report of 900 KB: a log, and what was measured beside it."""
    lines = [random.randbytes(40).hex() for _ in range(_LARGE_BYTES // 170)]
    measured = [random.randrange(10**6) for _ in range(_LARGE_BYTES // 16)]
    return "/problems", json.dumps({"log": lines, "measured": measured}).encode(), False


def _heavy(_: Random) -> Request:
    """A report of 1.5 KB that is a megabyte of numbers."""
    return "/problems", gzip.compress(f"[{'1e-300,' * _HEAVY_NUMBERS}0]".encode()), True


def _example(random: Random) -> Request:
    """A find by a string of 900 KB, or by as many entries as an example may have."""
    example: dict[str, object] = {"log": random.randbytes(_LARGE_BYTES // 2).hex()}
    if random.random() < 1 / 2:
        example = {f"name {n}": random.randrange(10**6) for n in range(_ENTRIES)}
    return "/find?limit=50", json.dumps(example).encode(), False


LOADS: dict[str, tuple[int, Callable[[Random], Request] | None]] = {
    ALONE: (0, None),
    "1 client of large reports": (1, _large),
    "8 clients of large reports": (8, _large),
    "8 clients of heavy reports": (8, _heavy),
    "8 clients of large examples": (8, _example),
}


class Beside:
    """The milliseconds of every small report and find, and the answers of the others, by load."""

    def __init__(self) -> None:
        self.reports: dict[str, list[list[float]]] = defaultdict(list)
        self.finds: dict[str, list[list[float]]] = defaultdict(list)
        self.others: dict[str, list[float]] = defaultdict(list)

    def table(self) -> str:
        """Markdown: medians of the rounds, and whether a p99 is within what it may be."""
        head = ("beside", "report p50", "p99 ms", "find p50", "p99 ms", "others/s", "within")
        return render(head, [self._row(load) for load in LOADS], {0, 6})

    def _row(self, load: str) -> Sequence[str]:
        cells, within = [load], []
        for each in (self.reports, self.finds):
            p50, p99 = (_percentile(each[load], n) for n in (50, 99))
            cells += [f"{p50:.1f}", f"{p99:.1f}"]
            within.append(p99 <= _TIMES * _percentile(each[ALONE], 99) + _MORE_MS)
        said = "yes" if all(within) else "no"
        return [*cells, f"{median(self.others[load]):.1f}", "" if load == ALONE else said]


def measure(incidents: Incidents, seconds: int, rounds: int) -> Beside:
    """Everything in turns, `rounds` times over. Raises Failed when a small request failed."""
    found = Beside()
    incidents.begin()
    with incidents.running() as running, elsewhere() as others:
        _report(running.port, _STORED)
        for _ in range(rounds):
            for load in LOADS:
                others.submit(_prepare, load).result()
                busy = others.submit(_crowd, running.port, load, seconds)
                reports, finds = _small(running.port, seconds)
                found.reports[load].append(reports)
                found.finds[load].append(finds)
                found.others[load].append(busy.result() / seconds)
                _say(load, reports, finds, found.others[load][-1])
                _report(running.port, 50)  # what was sent at the end is over
    return found


def sentence() -> str:
    """How to read the table."""
    return (
        "Beside others: one client that reports and one that finds, on a connection each. A p99 is "
        f"within when it is at most {_TIMES} times that of alone, and {_MORE_MS} ms."
    )


def _say(load: str, reports: list[float], finds: list[float], others: float) -> None:
    p99 = [_percentile([each], 99) for each in (reports, finds)]
    click.echo(
        f"{load}: report p99 {p99[0]:.1f} ms, at most {max(reports):.1f}; find p99 "
        f"{p99[1]:.1f} ms, at most {max(finds):.1f}; others {others:.1f}/s",
        err=True,
    )


def _small(port: int, seconds: int) -> tuple[list[float], list[float]]:
    """The milliseconds of each small report, and of each small find, for so long."""
    with ThreadPoolExecutor(2) as threads:
        both: list[Future[list[float]]] = [
            threads.submit(_one_by_one, port, seconds, each) for each in (_reported, _found)
        ]
        reports, finds = (each.result() for each in both)
    return reports, finds


def _one_by_one(port: int, seconds: int, ask: Callable[[Client, int], float]) -> list[float]:
    took: list[float] = []
    until = time.monotonic() + seconds
    with Client(port) as client:
        while time.monotonic() < until:
            took.append(ask(client, len(took)))
            time.sleep(0.002)
    return took


def _reported(client: Client, number: int) -> float:
    return client.report(json.dumps({"service": "billing", "trace": f"new {number}"}))[0]


def _found(client: Client, number: int) -> float:
    example = json.dumps({"trace": f"trace {number % _STORED}"}).encode()
    milliseconds, status = client.post("/find?limit=50", example)
    if status == _OVERLOADED:
        raise Failed("a small find was answered 503")
    return milliseconds


def _report(port: int, count: int) -> None:
    with Client(port) as client:
        for number in range(count):
            client.report(json.dumps({"service": "billing", "trace": f"trace {number}"}))


@contextmanager
def elsewhere() -> Iterator[ProcessPoolExecutor]:
    """A process of its own, so that making the load does not slow those who are timed."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as process:
        yield process


@cache
def _requests(load: str) -> list[Request]:
    clients, request = LOADS[load]
    # The same each time, and another one for each client.
    return [request(Random(number)) for number in range(clients)] if request else []  # noqa: S311


def _prepare(load: str) -> None:
    """What is to be sent is there: to make it takes seconds."""
    _requests(load)


def _crowd(port: int, load: str, seconds: int) -> int:
    """How many requests the clients of a load got answered, each the next when one is answered."""
    made, end = _requests(load), time.monotonic() + seconds

    def run(number: int) -> int:
        answered = 0
        with Client(port) as client:
            while time.monotonic() < end:
                path, body, packed = made[(number + answered) % len(made)]
                status = client.post(path, body, packed=packed)[1]
                answered += status != _OVERLOADED
        return answered

    with ThreadPoolExecutor(max(1, len(made))) as threads:
        return sum(threads.map(run, range(len(made))))


def _percentile(rounds: Sequence[Sequence[float]], percent: int) -> float:
    """The median over the rounds of a percentile of each. Raises Failed where nothing was asked."""
    if not all(rounds):
        raise Failed("nothing was answered in the time of a run: let it last longer")
    return median(sorted(each)[min(len(each) - 1, len(each) * percent // 100)] for each in rounds)
