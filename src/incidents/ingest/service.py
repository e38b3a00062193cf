"""The intake: accepts incidents, and returns when they are on disk."""

import asyncio
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from incidents.core.errors import Closing, IncidentsError
from incidents.core.incident import Body, Incident, derived, incident_of, of_derived
from incidents.core.report.secret_fields import SecretFields
from incidents.core.weight import HEAVY_BYTES_MIN, LIGHT_BYTES_MAX, is_heavy
from incidents.ingest.bulk_window import BulkWindow
from incidents.ingest.compensating_delete import CompensatingDelete
from incidents.ingest.idempotency_key import RequestKey, Unit
from incidents.ingest.idempotency_store import IdempotencyKeys
from incidents.ingest.idempotent_window import AtomicWindow, IdempotentWindow, complete
from incidents.ingest.idempotent_writer import IdempotentWriter
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.queue import BATCH_BYTES_MAX, Queue
from incidents.ingest.store import Store
from incidents.ingest.writer import Writer, fail
from incidents.support.admission import ConcurrencyLimit, Permit
from incidents.support.metrics.metrics import IN_DOUBT, QUEUES
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

# Bytes of the lines of one bulk request in flight, with their headers.
_BULK_BYTES_MAX = 4 * 1024 * 1024

# A heavy report shares its commit with few others, so that none waits long for it.
_HEAVY_BATCH_INCIDENTS_MAX = 16
_HEAVY_BATCH_BYTES_MAX = 256 * 1024

# Bodies in memory whose signatures are being verified. Few, because webhooks are rare and are sent
# again.
_UNVERIFIED_MAX = 64
_UNVERIFIED_BYTES_MAX = 8 * 1024 * 1024

log = logging.getLogger(__name__)

T = TypeVar("T")


class Intake:
    """Everything between a request's first byte and the disk, within limits."""

    def __init__(
        self, settings: Settings, store: Store, keys: IdempotencyKeys, parser: Parser
    ) -> None:
        self._settings = settings
        self._parser = parser
        self._secret_fields = SecretFields(settings.redacted_fields)
        count_max, bytes_max = settings.intake_reports_max, settings.intake_bytes_max
        self._limit = ConcurrencyLimit("reports", count_max, bytes_max)
        # A limit of its own of the same size: heavy reports do not take permits of others.
        self._heavy_limit = ConcurrencyLimit("heavy reports", count_max, bytes_max)
        # For senders that are not authorized yet: they cannot take permits of others.
        unverified_bytes_max = max(_UNVERIFIED_BYTES_MAX, settings.body_bytes_max)
        self._unverified_limit = ConcurrencyLimit(
            "unverified reports", _UNVERIFIED_MAX, unverified_bytes_max
        )
        self._bulk_limit = ConcurrencyLimit("bulk requests", settings.bulk_requests_max, 0)
        self._compensating_delete = compensating_delete = CompensatingDelete(
            store.compensate, count_max
        )
        self._idempotent_compensating_delete = CompensatingDelete(keys.compensate, count_max)
        self._idempotent_writer = IdempotentWriter(keys, self._idempotent_compensating_delete)
        # Bulk lines have their own queue: a single report never waits behind them. Their writers
        # take turns, which keeps the lines of a request in order. Heavy reports have their own
        # queue, and one commit at a time: PostgreSQL works on one as long as on thousands of
        # others.
        self._queue, self._bulk_queue, self._heavy_queue = self._queues = [
            Queue(settings.batch_incidents_max, BATCH_BYTES_MAX),
            Queue(settings.batch_incidents_max, BATCH_BYTES_MAX),
            Queue(_HEAVY_BATCH_INCIDENTS_MAX, _HEAVY_BATCH_BYTES_MAX),
        ]
        turn = asyncio.Lock()
        self._writers = [
            *(
                Writer(self._bulk_queue, store, compensating_delete, way="bulk", turn=turn)
                for _ in range(settings.bulk_batches_max)
            ),
            *(
                Writer(self._queue, store, compensating_delete, way="single", turn=asyncio.Lock())
                for _ in range(settings.intake_batches_max)
            ),
            Writer(
                self._heavy_queue,
                store,
                compensating_delete,
                way="heavy",
                turn=asyncio.Lock(),
                predicts=False,
            ),
        ]
        self._writing: list[asyncio.Task[None]] = []

    def open(self) -> None:
        """Starts the writers."""
        self._writing = [asyncio.create_task(writer.run()) for writer in self._writers]

    @property
    def is_busy(self) -> bool:
        """Whether any report is in flight."""
        return bool(self._limit.count or self._heavy_limit.count or self._bulk_limit.count)

    def permit(self) -> Permit:
        """A permit for one report, from before its body is read until it is answered."""
        return self._limit.permit()

    def sized_permit(self) -> "_SizedPermit":
        """The same for a report of any size: a large one moves to the limit of heavy reports."""
        return _SizedPermit(self._limit, self._heavy_limit)

    def unverified(self, source: bytes) -> Permit:
        """A permit for a body that is read before its sender is known."""
        return self._unverified_limit.permit(source)

    @contextmanager
    def bulk_window(
        self, source: bytes | None = None, key: RequestKey | None = None, *, atomic: bool = False
    ) -> Generator[BulkWindow]:
        """A window for a bulk request of that source. Raises Overloaded if there is none left.

        With the `key` of the request each line is stored once; `atomic`: all lines or none.
        """
        with self._bulk_limit.permit(source):
            window = self._window(key, atomic=atomic)
            try:
                yield window
            finally:
                window.close()

    def _window(self, key: RequestKey | None, *, atomic: bool) -> BulkWindow:
        settings = self._settings
        bounds = (
            settings.bulk_lines_max,
            _BULK_BYTES_MAX,
            settings.database_wait_seconds,
        )
        if atomic:
            return AtomicWindow(self._idempotent_writer, key or RequestKey.new(), *bounds)
        if key is not None:
            return IdempotentWindow(self._idempotent_writer, key, *bounds)
        return BulkWindow(self._bulk_queue, self._heavy_queue, *bounds)

    def measure(self) -> None:
        """Updates the metrics of what is in flight and in the queues."""
        self._limit.measure()
        self._heavy_limit.measure()
        self._bulk_limit.measure()
        self._unverified_limit.measure()
        IN_DOUBT.set(self._compensating_delete.count + self._idempotent_compensating_delete.count)
        for queue, way in zip(self._queues, QUEUES, strict=True):
            queue.measure(way)

    def take(self, incident: Incident) -> PendingWrite:
        """A pending write, completed when the incident is committed and flushed to disk.

        It fails with Refused if PostgreSQL can never store the incident; with Unavailable if
        PostgreSQL was unavailable for longer than the wait. Raises Closing while the server stops.
        """
        pending = PendingWrite(incident, self._deadline())
        searched = incident.body_for_search
        is_light = searched is None or not is_heavy(searched.encode())
        (self._queue if is_light else self._heavy_queue).put(pending)
        return pending

    async def store(self, headers: str, body: Body) -> PendingWrite:
        """The pending write of a report that is on disk now. Raises as `incident` and `take` do."""
        if len(body.text) > LIGHT_BYTES_MAX and is_heavy(body.text.encode()):
            pending = await self.take_heavy(headers, body)
        else:
            pending = self.take(self.incident(headers, body))
        await pending.completed()
        return pending

    async def store_once(
        self, key: RequestKey, headers: str, body: Body, status: int
    ) -> tuple[PendingWrite, int]:
        """The same for a report with a key: an incident stored before counts, with its status.

        Raises InFlight and KeyReused too.
        """
        deadline = self._deadline()
        is_large = len(body.text) > LIGHT_BYTES_MAX and is_heavy(body.text.encode())
        if is_large:
            incident = await self.heavy_incident(headers, body, deadline)
        else:
            incident = self.incident(headers, body)
        unit = Unit.of(key, [incident], status=status)
        pending = PendingWrite(incident, deadline)
        try:
            (found,) = await self._idempotent_writer.store([unit], deadline, large=is_large)
        except IncidentsError as error:
            pending.failed(error)
            raise
        complete(pending, unit, found)
        await pending.completed()
        return pending, found.status

    async def take_heavy(self, headers: str, body: Body) -> PendingWrite:
        """The same for a heavy report, which is parsed first. Raises as `incident` does.

        Raises Overloaded if the heavy reports before it take longer than the wait.
        """
        deadline = self._deadline()
        pending = PendingWrite(await self.heavy_incident(headers, body, deadline), deadline)
        self._heavy_queue.put(pending)
        return pending

    def incident(self, headers: str, body: Body) -> Incident:
        """The incident of a report, with secret fields redacted. Raises as `incident_of` does."""
        levels = self._settings.nesting_levels_max
        if self._secret_fields:
            body = self._secret_fields.redact(body, levels)
        return incident_of(headers, body, datetime.now(UTC), levels)

    async def heavy_incident(
        self, headers: str, body: Body, deadline: float | None = None
    ) -> Incident:
        """As `incident`, without blocking the event loop."""
        levels = self._settings.nesting_levels_max
        if self._secret_fields:
            body = await self._parser.call(deadline, self._secret_fields.redact, body, levels)
        known = await self._parser.call(deadline, derived, headers, body.text, levels)
        return of_derived(headers, body, datetime.now(UTC), known)

    async def read_heavy(self, read: Callable[[], T]) -> T:
        """As `read`, without blocking the event loop. Raises Overloaded too."""
        return await self._parser.call(self._deadline(), read)

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self._settings.database_wait_seconds

    async def close(self) -> None:
        """Accepts nothing new; returns when everything accepted is completed."""
        for queue in self._queues:
            queue.close()
        await self._idempotent_writer.close(self._settings.drain_seconds_max)
        await self._idempotent_compensating_delete.close(self._settings.database_wait_seconds)
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
        await self._compensating_delete.close(self._settings.database_wait_seconds)


class _SizedPermit(Permit):
    """Moves to the limit of heavy reports once its report has so many bytes."""

    __slots__ = ("_heavy_limit",)

    def __init__(self, room: ConcurrencyLimit, heavy_limit: ConcurrencyLimit) -> None:
        super().__init__(room, source=None)
        self._heavy_limit = heavy_limit

    @property
    def is_heavy(self) -> bool:
        """Whether it counts as heavy."""
        return self._limit is self._heavy_limit

    def grow(self, size: int) -> None:
        """As of any permit. Also raises Overloaded if the heavy reports leave no room."""
        if self.bytes + size >= HEAVY_BYTES_MIN and not self.is_heavy:
            self.move(self._heavy_limit)
        super().grow(size)

    def count_as_heavy(self) -> None:
        """Counts as heavy from now on, whatever its size. Raises Overloaded."""
        if not self.is_heavy:
            self.move(self._heavy_limit)
