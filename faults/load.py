"""Load that is measured: who asks how often, and how long each answer takes."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
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

    def max_ms(self, status: int) -> float:
        """No answer of that status took longer."""
        return 1000 * max(self.seconds.get(status, [0]))

    async def ask(self, wire: Wire) -> None:
        """Reports once, and counts what came of it."""
        begun = time.monotonic()
        try:
            reply = await wire.ask(REPORT)
        except (Hung, Unanswered):
            self.add(NO_ANSWER, time.monotonic() - begun)
        else:
            retry_after = "retry-after" in reply.headers
            self.add(reply.status, time.monotonic() - begun, retry_after=retry_after)

    def add(self, status: int, seconds: float, *, retry_after: bool = False) -> None:
        """Counts one answer."""
        self.without_retry_after += status == REFUSED and not retry_after
        self.seconds.setdefault(status, []).append(seconds)


@asynccontextmanager
async def beside(port: int, pause_seconds: float = 0.01) -> AsyncIterator[Tally]:
    """What one client is told that reports one thing after another during the block."""
    tally, ended = Tally(), asyncio.Event()

    async def run() -> None:
        with closing(Wire(port)) as wire:
            while not ended.is_set():
                await tally.ask(wire)
                await asyncio.sleep(pause_seconds)

    running = asyncio.create_task(run())
    try:
        yield tally
    finally:
        ended.set()
        await running
