"""The intake: takes an incident, and returns when it is on disk."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager

from incidents.errors import Closing
from incidents.incident import Incident
from incidents.intake.lane import Lane
from incidents.intake.queue import Queue
from incidents.intake.ticket import Ticket
from incidents.intake.withdrawal import Withdrawal
from incidents.intake.writer import Writer, fail
from incidents.metrics.metrics import WAYS
from incidents.room import Place, Room
from incidents.settings import Settings
from incidents.storage.incidents import Store

log = logging.getLogger(__name__)


class Intake:
    """Everything between a request's first byte and the disk, and its bounds."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._room = Room("reports", settings.intake_incidents_max, settings.intake_bytes_max)
        self._bulk_room = Room("bulk requests", settings.bulk_requests_max, 0)
        self._withdrawal = withdrawal = Withdrawal(store, settings.intake_incidents_max)
        # Bulk requests queue for themselves: a report by itself never waits behind their lines.
        # Their writers take turns, which keeps the lines of a request in order.
        self._queue, self._bulk_queue = self._queues = [
            Queue(settings.batch_incidents_max, settings.batch_bytes_max) for _ in WAYS
        ]
        turn = asyncio.Lock()
        self._writers = [
            *(
                Writer(self._bulk_queue, store, withdrawal, way="bulk", turn=turn)
                for _ in range(settings.bulk_batches_max)
            ),
            *(
                Writer(self._queue, store, withdrawal, way="single", turn=asyncio.Lock())
                for _ in range(settings.intake_batches_max)
            ),
        ]
        self._writing: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Begins to write."""
        self._writing = [asyncio.create_task(writer.run()) for writer in self._writers]

    @property
    def is_busy(self) -> bool:
        """Whether any report is under way."""
        return bool(self._room.count or self._bulk_room.count)

    def place(self) -> Place:
        """A place for one report, from before its body is read until it is answered."""
        return self._room.place()

    @contextmanager
    def lane(self, source: bytes | None = None) -> Generator[Lane]:
        """A lane for a bulk request of that source. Raises Overloaded when there is none left."""
        settings = self._settings
        with self._bulk_room.place(source):
            yield Lane(
                self._bulk_queue,
                settings.bulk_incidents_max,
                settings.bulk_bytes_max,
                settings.database_wait_seconds,
            )

    def measure(self) -> None:
        """Says how much is under way now, and how much of that waits."""
        self._room.measure()
        self._bulk_room.measure()
        self._withdrawal.measure()
        for queue, way in zip(self._queues, WAYS, strict=True):
            queue.measure(way)

    def take(self, incident: Incident) -> Ticket:
        """A ticket that is settled when the incident is committed and flushed to disk.

        It fails with Refused when PostgreSQL will never take the incident, with Unavailable when
        PostgreSQL was away for longer than the wait. Raises Closing when the server is stopping.
        """
        deadline = asyncio.get_running_loop().time() + self._settings.database_wait_seconds
        ticket = Ticket(incident, deadline)
        self._queue.put(ticket)
        return ticket

    async def close(self) -> None:
        """Takes nothing new; returns when everything that was accepted is settled."""
        for queue in self._queues:
            queue.close()
        if not self._writing:
            return
        _, late = await asyncio.wait(self._writing, timeout=self._settings.drain_seconds_max)
        if late:
            log.error("not everything could be stored in %s s", self._settings.drain_seconds_max)
            for task in late:
                task.cancel()
            await asyncio.wait(late)
        for queue in self._queues:
            while batch := await queue.take():
                fail(batch, Closing("the server stopped before this was stored"))
        await self._withdrawal.close(self._settings.database_wait_seconds)
