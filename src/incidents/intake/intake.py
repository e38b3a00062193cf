"""The intake: takes an incident, and returns when it is on disk."""

import asyncio
import logging

from incidents.errors import Closing
from incidents.incident import Incident
from incidents.intake.queue import Queue
from incidents.intake.ticket import Ticket
from incidents.intake.writer import Writer, fail
from incidents.room import Place, Room
from incidents.settings import Settings
from incidents.storage.incidents import Store

log = logging.getLogger(__name__)


class Intake:
    """Everything between a request's first byte and the disk, and its bounds."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._wait_seconds = settings.database_wait_seconds
        self._drain_seconds = settings.drain_seconds_max
        self._room = Room("reports", settings.intake_incidents_max, settings.intake_bytes_max)
        self._queue = Queue(settings.batch_incidents_max, settings.batch_bytes_max)
        self._writers = [Writer(self._queue, store) for _ in range(settings.intake_batches_max)]
        self._writing: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Begins to write."""
        self._writing = [asyncio.create_task(writer.run()) for writer in self._writers]

    def place(self) -> Place:
        """A place for one report, from before its body is read until it is answered."""
        return self._room.place()

    async def store(self, incident: Incident) -> int:
        """Returns the incident's id when it is committed and flushed to disk.

        Raises Refused when PostgreSQL will never take it, Unavailable when PostgreSQL was
        away for longer than the wait, Closing when the server is stopping.
        """
        deadline = asyncio.get_running_loop().time() + self._wait_seconds
        ticket = Ticket(incident, deadline)
        self._queue.put(ticket)
        return await ticket.settled()

    async def close(self) -> None:
        """Takes nothing new; returns when everything that was accepted is settled."""
        self._queue.close()
        if not self._writing:
            return
        _, late = await asyncio.wait(self._writing, timeout=self._drain_seconds)
        if late:
            log.error("not everything could be stored in %s s", self._drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.wait(late)
        while batch := await self._queue.take():
            fail(batch, Closing("the server stopped before this was stored"))
