"""Load that is measured: who asks how often, and how long each answer takes."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles

from faults.wire import Hung, Unanswered, Wire, json_headers, request

_BODY = b'{"service": "billing", "level": "error", "message": "the card was declined"}'
REPORT = request("POST", "/problems", json_headers(_BODY), _BODY)

STORED, REFUSED, NO_ANSWER = 201, 503, 0


@dataclass(slots=True)
class Tally:
    """For each status, the seconds that each of its answers took; NO_ANSWER where none came."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    without_retry_after: int = 0

    def counts(self) -> Counter[int]:
        """How many answers there were of each status."""
        return Counter({status: len(each) for status, each in self.seconds.items()})

    def median_ms(self, status: int) -> float:
        """Half of the answers of that status took no longer; 0 when there was none."""
        return 1000 * median(self.seconds.get(status, [0]))

    def p99_ms(self, status: int) -> float:
        """Of a hundred answers of that status, one took longer."""
        seconds = self.seconds.get(status, [0])
        return 1000 * (quantiles(seconds, n=100)[-1] if len(seconds) > 1 else seconds[0])

    async def ask(self, wire: Wire) -> None:
        """Reports once, and counts what came of it."""
        begun, status = time.monotonic(), NO_ANSWER
        try:
            reply = await wire.ask(REPORT)
        except (Hung, Unanswered):
            pass
        else:
            status = reply.status
            self.without_retry_after += status == REFUSED and "retry-after" not in reply.headers
        self.seconds.setdefault(status, []).append(time.monotonic() - begun)


@asynccontextmanager
async def beside(port: int, pause_seconds: float = 0.01) -> AsyncIterator[Tally]:
    """What one client is told that reports one thing after another during the block."""
    tally, ended = Tally(), asyncio.Event()

    async def run() -> None:
        wire = Wire(port)
        while not ended.is_set():
            await tally.ask(wire)
            await asyncio.sleep(pause_seconds)
        wire.close()

    running = asyncio.create_task(run())
    try:
        yield tally
    finally:
        ended.set()
        await running


async def as_fast_as_it_goes(port: int, connections: int, seconds: float) -> float:
    """Reports stored a second, when each connection sends the next once it has its answer."""
    tally, end = Tally(), time.monotonic() + seconds

    async def run() -> None:
        wire = Wire(port)
        while time.monotonic() < end:
            await tally.ask(wire)
        wire.close()

    await asyncio.gather(*(run() for _ in range(connections)))
    return tally.counts()[STORED] / seconds


async def at_a_rate(port: int, connections: int, per_second: float, seconds: float) -> Tally:
    """What comes of so many reports a second, spread evenly over so many open connections.

    A connection that still waits for its answer when its turn comes again sends the next late.
    """
    tally, begun = Tally(), time.monotonic()
    every = connections / per_second

    async def run(number: int) -> None:
        wire = Wire(port)
        turn = begun + number / per_second
        while turn < begun + seconds:
            await asyncio.sleep(max(0, turn - time.monotonic()))
            await tally.ask(wire)
            turn += every
        wire.close()

    await asyncio.gather(*(run(number) for number in range(connections)))
    return tally
