"""Pending writes that wait for the writer, in the order they came.

The ConcurrencyLimit of their requests bounds their number and bytes.
"""

import asyncio
from collections import deque

from incidents.core.errors import Closing
from incidents.ingest.pending_write import PendingWrite
from incidents.support.metrics.metrics import QUEUED, QUEUED_BYTES

# Bytes of bodies in one commit: PostgreSQL parses the parameters of a statement as a whole.
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
        """Raises Closing once the queue is closed."""
        if self._closed:
            raise Closing("the server is stopping: try again soon")
        self._tickets.append(pending)
        self._changed.set()

    def close(self) -> None:
        """Nothing can be added any more; what is in it can still be taken."""
        self._closed = True
        self._changed.set()

    def measure(self, way: str) -> None:
        """Updates the metrics; `way` is their label."""
        QUEUED.set(len(self._tickets), way)
        QUEUED_BYTES.set(sum([pending.size for pending in self._tickets]), way)

    async def take(self) -> list[PendingWrite]:
        """Everything that waits, up to one batch; waits for the first. Empty at the end."""
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
