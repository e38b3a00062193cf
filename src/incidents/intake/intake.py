"""The intake: takes an incident, and returns when it is on disk."""

import asyncio
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from incidents.errors import Closing, IncidentsError
from incidents.idempotency import RequestKey, Unit
from incidents.incident import Body, Incident, hashed, incident_of
from incidents.intake.lane import Lane
from incidents.intake.once import Once
from incidents.intake.once_lane import AtomicLane, KeyedLane, settle
from incidents.intake.queue import BATCH_BYTES_MAX, Queue
from incidents.intake.ticket import Ticket
from incidents.intake.withdrawal import Withdrawal
from incidents.intake.writer import Writer, fail
from incidents.metrics.metrics import IN_DOUBT, WAYS
from incidents.parser import Parser
from incidents.report.secret_fields import SecretFields
from incidents.room import Place, Room
from incidents.settings import Settings
from incidents.storage.idempotency import IdempotencyKeys
from incidents.storage.incidents import Store
from incidents.weight import HEAVY_BYTES_MIN, LIGHT_BYTES_MAX, is_heavy

# Bytes of the lines of one bulk request in flight, with their headers.
_BULK_BYTES_MAX = 4 * 1024 * 1024

# What is heavy shares a commit only with little more: it keeps nobody waiting for long.
_HEAVY_BATCH_INCIDENTS_MAX = 16
_HEAVY_BATCH_BYTES_MAX = 256 * 1024

# Bodies that are read, and held, to verify their signatures: webhooks come in small numbers, and
# are sent again.
_UNVERIFIED_MAX = 64
_UNVERIFIED_BYTES_MAX = 8 * 1024 * 1024

log = logging.getLogger(__name__)

T = TypeVar("T")


class Intake:
    """Everything between a request's first byte and the disk, and its bounds."""

    def __init__(
        self, settings: Settings, store: Store, keys: IdempotencyKeys, parser: Parser
    ) -> None:
        self._settings = settings
        self._parser = parser
        self._secret_fields = SecretFields(settings.redacted_fields)
        count_max, bytes_max = settings.intake_reports_max, settings.intake_bytes_max
        self._room = Room("reports", count_max, bytes_max)
        # A share of their own, as large: heavy reports take none of what others find free.
        self._heavy_room = Room("heavy reports", count_max, bytes_max)
        # Of who may not report yet: whatever they send, it takes nothing of what others have.
        unverified_bytes_max = max(_UNVERIFIED_BYTES_MAX, settings.body_bytes_max)
        self._unverified_room = Room("unverified reports", _UNVERIFIED_MAX, unverified_bytes_max)
        self._bulk_room = Room("bulk requests", settings.bulk_requests_max, 0)
        self._withdrawal = withdrawal = Withdrawal(store.withdraw, count_max)
        self._keyed_withdrawal = Withdrawal(keys.withdraw, count_max)
        self._once = Once(keys, self._keyed_withdrawal)
        # Bulk requests queue for themselves: a report by itself never waits behind their lines.
        # Their writers take turns, which keeps the lines of a request in order. What is heavy
        # queues for itself, and one at a time: PostgreSQL works on it as long as on thousands.
        self._queue, self._bulk_queue, self._heavy_queue = self._queues = [
            Queue(settings.batch_incidents_max, BATCH_BYTES_MAX),
            Queue(settings.batch_incidents_max, BATCH_BYTES_MAX),
            Queue(_HEAVY_BATCH_INCIDENTS_MAX, _HEAVY_BATCH_BYTES_MAX),
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
            Writer(
                self._heavy_queue,
                store,
                withdrawal,
                way="heavy",
                turn=asyncio.Lock(),
                foresees=False,
            ),
        ]
        self._writing: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Begins to write."""
        self._writing = [asyncio.create_task(writer.run()) for writer in self._writers]

    @property
    def is_busy(self) -> bool:
        """Whether any report is under way."""
        return bool(self._room.count or self._heavy_room.count or self._bulk_room.count)

    def place(self) -> Place:
        """A place for one report, from before its body is read until it is answered."""
        return self._room.place()

    def permit(self) -> "_Permit":
        """The same for a report of any size: what is large counts among the heavy ones."""
        return _Permit(self._room, self._heavy_room)

    def unverified(self, source: bytes) -> Place:
        """A place for a body that is read before it is known who sent it."""
        return self._unverified_room.place(source)

    @contextmanager
    def lane(
        self, source: bytes | None = None, key: RequestKey | None = None, *, atomic: bool = False
    ) -> Generator[Lane]:
        """A lane for a bulk request of that source. Raises Overloaded when there is none left.

        With the `key` of the request each line is stored once; `atomic`: all lines or none.
        """
        with self._bulk_room.place(source):
            lane = self._lane(key, atomic=atomic)
            try:
                yield lane
            finally:
                lane.close()

    def _lane(self, key: RequestKey | None, *, atomic: bool) -> Lane:
        settings = self._settings
        bounds = (
            settings.bulk_lines_max,
            _BULK_BYTES_MAX,
            settings.database_wait_seconds,
        )
        if atomic:
            return AtomicLane(self._once, key or RequestKey.new(), *bounds)
        if key is not None:
            return KeyedLane(self._once, key, *bounds)
        return Lane(self._bulk_queue, self._heavy_queue, *bounds)

    def measure(self) -> None:
        """Says how much is under way now, and how much of that waits."""
        self._room.measure()
        self._heavy_room.measure()
        self._bulk_room.measure()
        self._unverified_room.measure()
        IN_DOUBT.set(self._withdrawal.count + self._keyed_withdrawal.count)
        for queue, way in zip(self._queues, WAYS, strict=True):
            queue.measure(way)

    def take(self, incident: Incident) -> Ticket:
        """A ticket that is settled when the incident is committed and flushed to disk.

        It fails with Refused when PostgreSQL will never take the incident, with Unavailable when
        PostgreSQL was away for longer than the wait. Raises Closing when the server is stopping.
        """
        ticket = Ticket(incident, self._deadline())
        searched = incident.body_for_search
        is_light = searched is None or not is_heavy(searched.encode())
        (self._queue if is_light else self._heavy_queue).put(ticket)
        return ticket

    async def store(self, headers: str, body: Body) -> Ticket:
        """The ticket of a report once it is on disk. Raises what `incident` and `take` do."""
        if len(body.text) > LIGHT_BYTES_MAX and is_heavy(body.text.encode()):
            ticket = await self.take_heavy(headers, body)
        else:
            ticket = self.take(self.incident(headers, body))
        await ticket.settled()
        return ticket

    async def store_once(
        self, key: RequestKey, headers: str, body: Body, status: int
    ) -> tuple[Ticket, int]:
        """The same for a report with a key; what was stored first counts, and its status.

        Raises InFlight and KeyReused too.
        """
        deadline = self._deadline()
        is_large = len(body.text) > LIGHT_BYTES_MAX and is_heavy(body.text.encode())
        if is_large:
            incident = await self.heavy_incident(headers, body, deadline)
        else:
            incident = self.incident(headers, body)
        unit = Unit.of(key, [incident], status=status)
        ticket = Ticket(incident, deadline)
        try:
            (found,) = await self._once.store([unit], deadline, large=is_large)
        except IncidentsError as error:
            ticket.failed(error)
            raise
        settle(ticket, unit, found)
        await ticket.settled()
        return ticket, found.status

    async def take_heavy(self, headers: str, body: Body) -> Ticket:
        """The same for a heavy report, which is parsed first; raises what `incident` does.

        Raises Overloaded when the heavy ones before it take longer than the wait.
        """
        deadline = self._deadline()
        ticket = Ticket(await self.heavy_incident(headers, body, deadline), deadline)
        self._heavy_queue.put(ticket)
        return ticket

    def incident(self, headers: str, body: Body) -> Incident:
        """The incident of a report, its secret fields redacted. Raises as `incident_of` does."""
        levels = self._settings.nesting_levels_max
        if self._secret_fields:
            body = self._secret_fields.redact(body, levels)
        return incident_of(headers, body, datetime.now(UTC), levels)

    async def heavy_incident(
        self, headers: str, body: Body, deadline: float | None = None
    ) -> Incident:
        """As `incident` makes it, while the event loop goes on."""
        levels = self._settings.nesting_levels_max
        if self._secret_fields:
            body = await self._parser.call(deadline, self._secret_fields.redact, body, levels)
        hash_, for_search = await self._parser.call(deadline, hashed, headers, body.text, levels)
        return Incident(datetime.now(UTC), hash_, headers, body.text, for_search, body.raw)

    async def read_heavy(self, read: Callable[[], T]) -> T:
        """What `read` returns or raises, while the event loop goes on. Raises Overloaded too."""
        return await self._parser.call(self._deadline(), read)

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._settings.database_wait_seconds

    async def close(self) -> None:
        """Takes nothing new; returns when everything that was accepted is settled."""
        for queue in self._queues:
            queue.close()
        await self._once.close(self._settings.drain_seconds_max)
        await self._keyed_withdrawal.close(self._settings.database_wait_seconds)
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


class _Permit(Place):
    """Held among the heavy reports as soon as it is for so many bytes that the report is one."""

    __slots__ = ("_heavy_room",)

    def __init__(self, room: Room, heavy_room: Room) -> None:
        super().__init__(room, source=None)
        self._heavy_room = heavy_room

    @property
    def is_heavy(self) -> bool:
        """Whether it is held among the heavy ones."""
        return self._room is self._heavy_room

    def grow(self, size: int) -> None:
        """As any does. Raises Overloaded too when the heavy ones have no room for it."""
        if self.bytes + size >= HEAVY_BYTES_MIN and not self.is_heavy:
            self.move(self._heavy_room)
        super().grow(size)

    def count_as_heavy(self) -> None:
        """It is for a heavy report, however few its bytes. Raises Overloaded."""
        if not self.is_heavy:
            self.move(self._heavy_room)
