"""The pending writes that wait for the writer, in the order they came.

How many there can be, and of how many bytes, is bounded by the ConcurrencyLimit that each of their
requests has a permit in.
"""

import asyncio
from collections import deque

from incidents.core.errors import Closing
from incidents.ingest.pending_write import PendingWrite
from incidents.support.metrics.metrics import QUEUED, QUEUED_BYTES

# Bytes of bodies that share one commit: PostgreSQL parses a statement's parameters as a whole.
BATCH_BYTES_MAX = 8 * 1024 * 1024


class Queue:
    """First in, first out; taken in batches."""

    def __init__(self, batch_incidents_max: int, batch_bytes_max: int) -> None:
        self._batch_incidents_max = batch_incidents_max
        self._batch_bytes_max = batch_bytes_max
        self._tickets: deque[PendingWrite] = deque()
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, pending: PendingWrite) -> None:
        """Raises Closing when the queue takes nothing new any more."""
        if self._closed:
            raise Closing("the server is stopping: try again soon")
        self._tickets.append(pending)
        self._changed.set()

    def close(self) -> None:
        """From now on nothing goes in; what is in can still be taken."""
        self._closed = True
        self._changed.set()

    def measure(self, way: str) -> None:
        """Says how much waits now; `way` is how it came in."""
        QUEUED.set(len(self._tickets), way)
        QUEUED_BYTES.set(sum([pending.size for pending in self._tickets]), way)

    async def take(self) -> list[PendingWrite]:
        """All that waits, up to one batch; waits for the first. Empty at the end of all."""
        while not self._tickets and not self._closed:
            self._changed.clear()
            await self._changed.wait()
        batch: list[PendingWrite] = []
        size = 0
        while self._tickets and len(batch) < self._batch_incidents_max:
            size += self._tickets[0].size
            if batch and size > self._batch_bytes_max:
                break
            batch.append(self._tickets.popleft())
        return batch
