"""The lines of a request that is stored once: each line by itself, or all together."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from math import inf

from incidents.core.errors import IncidentsError, OtherLineRefused, Refused, TooLarge, Unavailable
from incidents.core.incident import Incident
from incidents.ingest.bulk_window import BulkWindow, Line
from incidents.ingest.idempotency_key import Remembered, RequestKey, Unit
from incidents.ingest.idempotent_writer import IdempotentWriter, check_same
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.queue import Queue

# Lines in one transaction, and their bytes. Several hundred, because each commit takes long.
_AT_ONCE = 512
_AT_ONCE_BYTES_MAX = 1024 * 1024

log = logging.getLogger(__name__)


class IdempotentWrite(PendingWrite):
    """A pending write that is stored under a key."""

    __slots__ = ("key",)

    def __init__(self, incident: Incident, key: bytes) -> None:
        super().__init__(incident, inf)
        self.key = key


class IdempotentWindow(BulkWindow):
    """Stores each line under the request's key and the number of the line.

    An element of an array in a line also has the number of the element.
    """

    def __init__(
        self,
        once: IdempotentWriter,
        key: RequestKey,
        count_max: int,
        bytes_max: int,
        wait_seconds: float,
    ) -> None:
        self._put_in = Queue(_AT_ONCE, _AT_ONCE_BYTES_MAX)
        super().__init__(self._put_in, self._put_in, count_max, bytes_max, wait_seconds)
        self._idempotent_writer = once
        self._key = key
        self._number = self._element = 0
        self._work = asyncio.create_task(self._run())

    def line(
        self, number: int, report: Incident | IncidentsError, *, is_heavy: bool = False
    ) -> Line:
        """As in any window."""
        self._element = self._element + 1 if number == self._number else 0
        self._number = number
        if isinstance(report, IncidentsError):
            return Line(number, report)
        pending = IdempotentWrite(report, self._key.of_line(number, self._element))
        return Line(number, pending, pending.size, is_heavy)

    def close(self) -> None:
        """Lines that are not stored by now are dropped."""
        self._work.cancel()

    async def _run(self) -> None:
        while batch := await self._put_in.take():
            keyed = [each for each in batch if isinstance(each, IdempotentWrite)]
            try:
                await self._complete(keyed)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("the writer met an unknown error")
                _fail(keyed, Unavailable("the server met an error: try again later"))

    async def _complete(self, batch: list[IdempotentWrite]) -> None:
        units = [Unit.of(self._key, [each.incident], key=each.key) for each in batch]
        deadline = min(pending.deadline for pending in batch)
        try:
            found = await self._idempotent_writer.store(units, deadline, large=True)
        except Refused as refusal:
            if len(batch) == 1:
                batch[0].failed(refusal)
                return
            middle = len(batch) // 2
            await self._complete(batch[:middle])
            await self._complete(batch[middle:])
        except IncidentsError as error:
            _fail(batch, error)
        else:
            for pending, unit, each in zip(batch, units, found, strict=True):
                complete(pending, unit, each)


class AtomicWindow(BulkWindow):
    """Stores all lines of the request in one transaction, or none."""

    tells_failure = False

    def __init__(
        self,
        once: IdempotentWriter,
        key: RequestKey,
        count_max: int,
        bytes_max: int,
        wait_seconds: float,
    ) -> None:
        nowhere = Queue(0, 0)
        super().__init__(nowhere, nowhere, count_max, bytes_max, wait_seconds)
        self._idempotent_writer = once
        self._key = key

    def is_full(self, line: Line) -> bool:  # noqa: ARG002 - nothing of it matters
        """Never: nothing is stored before the last line arrived."""
        return False

    def put(self, line: Line) -> None:
        """Collects the line. Raises TooLarge if the lines exceed one transaction."""
        if len(self._lines) >= self._count_max or self._bytes + line.size > self._bytes_max:
            raise TooLarge(
                f"with atomic=true a request has at most {self._count_max} lines, of "
                f"{self._bytes_max} bytes together with their headers (the server's "
                "INCIDENTS_BULK_LINES_MAX bounds the lines): send fewer at once. "
                "Nothing was stored"
            )
        self._append(line)

    async def completed(self) -> AsyncGenerator[list[Line]]:
        """All lines, once all are stored, or all refused because one was.

        Raises the error of the request as a whole; then nothing was stored.
        """
        await self.until_ended()
        if self.failure is not None:
            raise self.failure
        await self._complete_all()
        async for lines in super().completed():
            yield lines

    async def _complete_all(self) -> None:
        pending_writes = [
            each.outcome for each in self._lines if isinstance(each.outcome, PendingWrite)
        ]
        refused = next((each for each in self._lines if each.error is not None), None)
        if refused is not None:
            why = f"line {refused.number} was refused, and all lines or none are stored"
            _fail(pending_writes, OtherLineRefused(why))
        elif pending_writes:
            await self._store(pending_writes)

    async def _store(self, pending_writes: list[PendingWrite]) -> None:
        incidents = [pending.incident for pending in pending_writes]
        unit = Unit.of(self._key, incidents)
        deadline = asyncio.get_running_loop().time() + self._wait_seconds
        try:
            (found,) = await self._idempotent_writer.store([unit], deadline, large=True)
            check_same(unit, found)
        except IncidentsError as error:
            _fail(pending_writes, error)
            raise
        for pending, id_, hash_ in zip(pending_writes, found.ids, found.hashes, strict=True):
            _stored(pending, id_, hash_)


def complete(pending: PendingWrite, unit: Unit, found: Remembered) -> None:
    """Completes the write with what is stored under its key; fails it if that differs."""
    try:
        check_same(unit, found)
    except IncidentsError as error:
        pending.failed(error)
    else:
        _stored(pending, found.ids[0], found.hashes[0])


def _stored(pending: PendingWrite, id_: int, hash_: bytes) -> None:
    """The incident stored first counts: its headers, and so its hash, may differ."""
    pending.incident = pending.incident._replace(hash=hash_)
    pending.id = id_
    pending.stored()


def _fail(
    pending_writes: list[PendingWrite] | list[IdempotentWrite], error: IncidentsError
) -> None:
    for pending in pending_writes:
        pending.failed(error)
