"""The writer: whatever arrived while the last commit was under way is the next batch."""

import asyncio
import logging
from time import perf_counter

from incidents.errors import (
    Closing,
    DiskFull,
    IdsTaken,
    IncidentsError,
    NeedsOperator,
    Refused,
    StorageError,
    Unavailable,
)
from incidents.incident import Incident
from incidents.intake.queue import Queue
from incidents.intake.ticket import Ticket
from incidents.intake.withdrawal import Withdrawal
from incidents.metrics.metrics import BATCH, COMMIT, STORED
from incidents.metrics.wait import Wait
from incidents.storage.driver import pauses
from incidents.storage.incidents import Key, Store

log = logging.getLogger(__name__)

# A try has at least this long, however little is left to its oldest ticket: where the
# tickets behind it are but a moment younger, none would ever be finished otherwise.
_TRY_SECONDS_MIN = 1.0

_REFUSES = (DiskFull, NeedsOperator)


class Writer:
    """Settles every ticket of a queue: stored, or failed with the reason.

    `way` is how they came in, for the metrics. Writers of a queue that share a `turn` take batches,
    and ids for them, one after the other: ids are in the order of the queue. One that `foresees`
    sends rows under the ids that are probably next.
    """

    def __init__(
        self,
        queue: Queue,
        store: Store,
        withdrawal: Withdrawal[Key],
        *,
        way: str,
        turn: asyncio.Lock,
        foresees: bool = True,
    ) -> None:
        self._queue = queue
        self._way = way
        self._foresees = foresees
        self._turn = turn
        self._has_turn = False
        self._store = store
        self._withdrawal = withdrawal
        self._away = False

    async def run(self) -> None:
        """Returns when the queue is closed and every ticket that it held is settled."""
        while await self._run_once():
            pass

    async def _run_once(self) -> bool:
        self._has_turn = await self._turn.acquire()
        try:
            if batch := await self._queue.take():
                await self._settle_whatever_comes(batch)
            return bool(batch)
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turn.release()

    async def _settle_whatever_comes(self, batch: list[Ticket]) -> None:
        try:
            await self._settle(batch)
        except Exception:
            log.exception("the writer met an unknown error")
            self._fail(batch, Unavailable("the server met an error: try again later"))
        except asyncio.CancelledError:
            self._fail(batch, Closing("the server stopped before this was stored"))
            raise

    async def _settle(self, batch: list[Ticket]) -> None:
        """Settles the batch; tries again while PostgreSQL is away and somebody can wait."""
        wait = Wait("reports")
        try:
            await self._settle_in_time(batch, wait)
        finally:
            wait.over()

    async def _settle_in_time(self, batch: list[Ticket], wait: Wait) -> None:
        pause = pauses()
        reason: BaseException | None = None
        while batch := self._still_waiting(batch, reason):
            try:
                deadline = min(ticket.deadline for ticket in batch)
                async with asyncio.timeout_at(end_of_try(deadline)):
                    await self._try(batch)
            except Refused as refusal:
                await self._store_apart(batch, refusal)
                return
            except IdsTaken as taken:
                log.warning("%s: these reports get new ones", taken)
                for ticket in batch:
                    if ticket.id in taken.ids:
                        ticket.id = None
            except (StorageError, TimeoutError) as error:
                self._report(away=True, reason=error)
                reason = error
                wait.goes_on()
                await asyncio.sleep(next(pause))
            else:
                self._report(away=False)
                return

    async def _try(self, batch: list[Ticket]) -> None:
        self._withdrawal.check_room()
        begun = perf_counter()
        if not await self._store_at_once(batch):
            await self._reserve_ids(batch)
            self._end_turn()
            for ticket in batch:
                ticket.sent = True
            begun = perf_counter()
            await self._store.insert(_rows(batch))
        # Counted first: a worker can be killed as soon as somebody was told.
        COMMIT.observe(perf_counter() - begun, self._way)
        BATCH.observe(len(batch), self._way)
        STORED.add(len(batch), self._way)
        for ticket in batch:
            ticket.stored()

    async def _reserve_ids(self, batch: list[Ticket]) -> None:
        # The ids are reserved before the rows are sent, and kept for every further try:
        # a batch that was committed without an answer is recognised by them.
        new = [ticket for ticket in batch if ticket.id is None or ticket.is_foreseen]
        if not new:
            return
        ids = await self._store.reserve_ids(len(new))
        # Ids that were foreseen are kept, now that the sequence is behind them: should somebody
        # else have got one, one of both finds it taken. (A sequence that is not behind them has
        # gone back, and PostgreSQL has lost what came then.)
        if any(ticket.id is None or ticket.id > ids[-1] for ticket in new):
            for ticket, id_ in zip(new, ids, strict=True):
                ticket.id = id_
        for ticket in new:
            ticket.is_foreseen = False

    async def _store_at_once(self, batch: list[Ticket]) -> bool:
        """Whether the batch was stored under the ids that one could foresee: in one round trip."""
        is_new = self._foresees and all(ticket.id is None for ticket in batch)
        foreseen = self._store.foreseen_ids(len(batch)) if is_new else None
        if foreseen is None:
            return False
        for ticket, id_ in zip(batch, foreseen, strict=True):
            ticket.id = id_
            ticket.sent = ticket.is_foreseen = True
        try:
            instead = await self._store.insert_foreseen(_rows(batch))
        except Refused:
            for ticket in batch:  # nothing is stored, and the ids are gone
                ticket.id, ticket.sent, ticket.is_foreseen = None, False, False
            await self._reserve_ids(batch)  # now, while all of it is in order
            raise
        for ticket, id_ in zip(batch, instead or foreseen, strict=True):
            ticket.id = id_
            ticket.is_foreseen = False
        return instead is None

    async def _store_apart(self, batch: list[Ticket], refusal: Refused) -> None:
        """Halves the batch until the row that PostgreSQL refuses stands alone."""
        if len(batch) == 1:
            log.warning("an incident was refused: %s", refusal)
            batch[0].failed(refusal)
            return
        middle = len(batch) // 2
        await self._settle(batch[:middle])
        await self._settle(batch[middle:])

    def _still_waiting(self, batch: list[Ticket], reason: BaseException | None) -> list[Ticket]:
        """The tickets with time left; the others are failed with the reason."""
        now = asyncio.get_running_loop().time()
        late = [ticket for ticket in batch if ticket.deadline <= now]
        if late:
            self._fail(late, _too_late(reason))
        return [ticket for ticket in batch if ticket.deadline > now]

    def _fail(self, batch: list[Ticket], error: IncidentsError) -> None:
        """Tells whoever waits; what PostgreSQL may have all the same is taken back."""
        told = [ticket for ticket in batch if ticket.failed(error)]
        self._withdrawal.add(
            Key(ticket.id, ticket.incident.hash, ticket.incident.received_at)
            for ticket in told
            if ticket.sent and ticket.id is not None
        )

    def _report(self, *, away: bool, reason: BaseException | None = None) -> None:
        if away and not self._away:
            # It is no less there where it only refuses.
            what = "refuses reports, they" if isinstance(reason, _REFUSES) else "is away, reports"
            log.warning("PostgreSQL %s wait for it: %s", what, _said(reason))
        elif self._away and not away:
            log.warning("PostgreSQL is back, reports are stored again")
        self._away = away


def _rows(batch: list[Ticket]) -> list[tuple[int, Incident]]:
    return [(ticket.known_id, ticket.incident) for ticket in batch]


def end_of_try(deadline: float) -> float:
    """Half of the time that is left: a connection that fell silent must leave some for another."""
    now = asyncio.get_running_loop().time()
    return now + max(_TRY_SECONDS_MIN, (deadline - now) / 2)


def _too_late(reason: BaseException | None) -> StorageError:
    if isinstance(reason, _REFUSES):
        return reason
    return Unavailable(f"PostgreSQL did not store it in time ({_said(reason)})")


def fail(batch: list[Ticket], error: IncidentsError) -> None:
    """Tells whoever waits for these tickets why nothing will come."""
    for ticket in batch:
        ticket.failed(error)


def _said(reason: BaseException | None) -> str:
    return str(reason) or "it does not answer" if reason else "it is busy"
