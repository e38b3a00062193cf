"""Streams: how fast, with how much memory, and whether one that is not read holds others up."""

import asyncio
import socket
import threading
import time
from datetime import datetime
from typing import NamedTuple

import asyncpg
import psutil

from bench.failed import Failed
from bench.find import generator
from bench.find.client import Client
from bench.find.measure import percentile
from bench.find.questions import Question
from bench.process import HOST

_ROWS = 1_000_000
_RUNS = 3  # in turns: what lies in memory at first is chance
_MIB = 1024 * 1024
_ASKED = 200


def measure(port: int, url: str, size: int) -> str:
    """Sentences. Raises Failed when matches are missing."""
    first = max(1, size - _ROWS + 1)
    since = generator.received_at(first, size, 0)
    memory = _Memory(port)
    try:
        runs = [_run(port, url, since, min(size, _ROWS)) for _ in range(_RUNS)]
    finally:
        added = memory.added()
    ratios = sorted(each.ratio for each in runs)
    run = next(each for each in runs if each.ratio == ratios[_RUNS // 2])
    return (
        f"Streams: {run.matches:,} matches, {run.streamed / _MIB:,.0f} MiB in {run.seconds:.1f} s "
        f"({run.matches / run.seconds:,.0f} a second), the first bytes after "
        f"{run.head_seconds * 1000:,.0f} ms; COPY of the same rows: {run.copied / _MIB:,.0f} MiB "
        f"in {run.copy_seconds:.1f} s: {run.ratio:.2f} of its rows a second, the middle one of "
        f"{', '.join(f'{each:.2f}' for each in ratios)}, in turns. "
        f"The worker grew by {added / _MIB:.0f} MiB.\n" + _beside_slow_readers(port)
    )


class _Run(NamedTuple):
    """The same rows by COPY, and as a stream."""

    copied: int
    copy_seconds: float
    streamed: int
    matches: int
    head_seconds: float
    seconds: float

    @property
    def ratio(self) -> float:
        """Of COPY's rows a second."""
        return self.copy_seconds / self.seconds


def _run(port: int, url: str, since: datetime, rows: int) -> _Run:
    copied, copy_seconds = asyncio.run(_copy(url, since))
    begun = time.monotonic()
    head_seconds, streamed, matches = _stream(port, f"/find?since={since:%Y-%m-%dT%H:%M:%SZ}")
    seconds = time.monotonic() - begun
    if matches < rows * 0.99:
        raise Failed(f"only {matches:,} matches were streamed")
    return _Run(copied, copy_seconds, streamed, matches, head_seconds, seconds)


async def _copy(url: str, since: datetime) -> tuple[int, float]:
    connection = await asyncpg.connect(url)
    size = 0

    async def count(data: bytes) -> None:
        nonlocal size
        size += len(data)

    begun = time.monotonic()
    try:
        await connection.copy_from_query(
            "SELECT id, hash, received_at, body, headers FROM incidents WHERE received_at >= $1",
            since,
            output=count,
        )
    finally:
        await connection.close()
    return size, time.monotonic() - begun


def _stream(port: int, path: str) -> tuple[float, int, int]:
    begun = time.monotonic()
    with socket.create_connection((HOST, port), timeout=600) as raw:
        raw.sendall(_request(path))
        first, size, matches, end = 0.0, 0, 0, b""
        while True:
            piece = raw.recv(1024 * 1024)
            first = first or time.monotonic() - begun
            if not piece:
                raise Failed("a stream was cut")
            size += len(piece)
            # As cheap as can be: who reads has but a part of the machine. (One that is cut in two
            # by a piece is missed.)
            matches += piece.count(b"}\n")
            end = end[-5:] + piece[-5:]
            if end.endswith(b"0\r\n\r\n"):
                return first, size, matches


def _request(path: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        "Accept: application/x-ndjson\r\nContent-Length: 2\r\n\r\n{}"
    ).encode()


class _Memory:
    """The most that any worker's memory grows from now on."""

    def __init__(self, port: int) -> None:
        with Client(port) as client:
            for _ in range(50):
                client.ask(Question({}))
        self._processes = psutil.Process().children(recursive=True)
        self._before = [self._of(each) for each in self._processes]
        self._most = 0
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()

    def added(self) -> int:
        """Ends the watch."""
        self._done.set()
        self._watch.join()
        return self._most

    def _look(self) -> None:
        while not self._done.wait(0.05):
            for process, before in zip(self._processes, self._before, strict=True):
                self._most = max(self._most, self._of(process) - before)

    @staticmethod
    def _of(process: psutil.Process) -> int:
        return int(process.memory_info().rss)


def _beside_slow_readers(port: int) -> str:
    question = Question({"service": "checkout"})
    with Client(port) as client:
        client.ask(question)
        alone = [client.ask(question)[0] for _ in range(_ASKED)]
        slow = [socket.create_connection((HOST, port), timeout=60) for _ in range(4)]
        for raw in slow:
            raw.sendall(_request("/find"))
            raw.recv(100)
        beside = [client.ask(question)[0] for _ in range(_ASKED)]
        for raw in slow:
            raw.close()
    return (
        f"Beside 4 streams that nobody reads, a common find takes {percentile(beside, 50):.1f} ms "
        f"(p50), without them {percentile(alone, 50):.1f} ms."
    )
