"""The writer: whatever arrived while the last commit was under way is the next batch."""

import asyncio
import logging

from incidents.errors import Closing, IncidentsError, Refused, StorageError, Unavailable
from incidents.intake.queue import Queue
from incidents.intake.ticket import Ticket
from incidents.storage.incidents import Store

log = logging.getLogger(__name__)

_RETRY_SECONDS_FIRST = 0.02
_RETRY_SECONDS_MAX = 0.5


class Writer:
    """Settles every ticket of a queue: stored, or failed with the reason."""

    def __init__(self, queue: Queue, store: Store) -> None:
        self._queue = queue
        self._table = store
        self._away = False

    async def run(self) -> None:
        """Returns when the queue is closed and every ticket that it held is settled."""
        while batch := await self._queue.take():
            try:
                await self._store(batch)
            except Exception:
                log.exception("the writer met an error that it does not know")
                _fail(batch, Unavailable("the server met an error: try again later"))
            except asyncio.CancelledError:
                _fail(batch, Closing("the server stopped before this was stored"))
                raise

    async def _store(self, batch: list[Ticket]) -> None:
        """Settles the batch; tries again while PostgreSQL is away and somebody can wait."""
        pause = _RETRY_SECONDS_FIRST
        reason: BaseException | None = None
        while batch := _still_waiting(batch, reason):
            try:
                async with asyncio.timeout_at(min(ticket.deadline for ticket in batch)):
                    await self._try(batch)
            except Refused as refusal:
                await self._store_apart(batch, refusal)
                return
            except (StorageError, TimeoutError) as error:
                self._report(away=True, reason=error)
                reason = error
                await asyncio.sleep(pause)
                pause = min(pause * 2, _RETRY_SECONDS_MAX)
            else:
                self._report(away=False)
                return

    async def _try(self, batch: list[Ticket]) -> None:
        # The ids are reserved before the rows are sent, and kept for every further try:
        # a batch that was committed without an answer is recognised by them.
        new = [ticket for ticket in batch if ticket.id is None]
        if new:
            for ticket, id_ in zip(new, await self._table.reserve_ids(len(new)), strict=True):
                ticket.id = id_
        rows = [(ticket.id, ticket.incident) for ticket in batch if ticket.id is not None]
        await self._table.insert(rows)
        for ticket in batch:
            ticket.stored()

    async def _store_apart(self, batch: list[Ticket], refusal: Refused) -> None:
        """Halves the batch until the row that PostgreSQL refuses stands alone."""
        if len(batch) == 1:
            log.warning("an incident was refused: %s", refusal)
            batch[0].failed(refusal)
            return
        middle = len(batch) // 2
        await self._store(batch[:middle])
        await self._store(batch[middle:])

    def _report(self, *, away: bool, reason: BaseException | None = None) -> None:
        if away and not self._away:
            log.warning("PostgreSQL is away, reports wait for it: %s", _said(reason))
        elif self._away and not away:
            log.warning("PostgreSQL is back, reports are stored again")
        self._away = away


def _still_waiting(batch: list[Ticket], reason: BaseException | None) -> list[Ticket]:
    """The tickets with time left; the others are failed with the reason."""
    now = asyncio.get_running_loop().time()
    late = [ticket for ticket in batch if ticket.deadline <= now]
    _fail(late, Unavailable(f"PostgreSQL did not store it in time ({_said(reason)})"))
    return [ticket for ticket in batch if ticket.deadline > now]


def _fail(batch: list[Ticket], error: IncidentsError) -> None:
    for ticket in batch:
        ticket.failed(error)


def _said(reason: BaseException | None) -> str:
    return str(reason) or "it does not answer" if reason else "it is busy"
