"""Never stale: what one worker acknowledged, the others find at once."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil

from bench.failed import Failed
from bench.find.client import Client
from bench.find.questions import Question

_THREADS = 8
WORKERS = 2


def measure(port: int, reports: int) -> str:
    """A sentence. Raises Failed when a report was not found."""
    begun = time.monotonic()
    each = -(-reports // _THREADS)
    with ThreadPoolExecutor(_THREADS) as threads:
        found = sum(threads.map(_report_and_find, [port] * _THREADS, range(_THREADS), [each] * 8))
    return (
        f"Never stale: {found:,} of {found:,} reports were found by hash by the other worker the "
        f"moment that the 201 had come ({found / (time.monotonic() - begun):,.0f} a second)."
    )


def _report_and_find(port: int, number: int, reports: int) -> int:
    one, other = _at_two_workers(port)
    for turn in range(reports):
        reporter, finder = (one, other) if turn % 2 else (other, one)
        _, answer = reporter.report(f'{{"client": {number}, "turn": {turn}}}')
        _, page = finder.ask(Question(None, hash=answer["hash"]))
        if not json.loads(page)["incidents"]:
            raise Failed(f"{answer['hash']} was acknowledged, and not found")
    return reports


def _at_two_workers(port: int) -> tuple[Client, Client]:
    clients: dict[int, Client] = {}
    while len(clients) < WORKERS:
        client = Client(port)
        client.ask(Question({}))
        clients.setdefault(_worker_of(client.port, port), client)
    one, other = clients.values()
    return one, other


def _worker_of(client_port: int, port: int) -> int:
    for process in _workers():
        if client_port in {
            getattr(each.raddr, "port", 0)
            for each in process.net_connections("tcp")
            if each.laddr.port == port
        }:
            return process.pid
    raise Failed("a connection belongs to no worker")


def _workers() -> Iterator[psutil.Process]:
    yield from psutil.Process().children(recursive=True)
