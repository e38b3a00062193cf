"""The writer: everything that arrived during the last commit is the next batch."""

import asyncio
import logging
from time import perf_counter

from incidents.core.errors import (
    Closing,
    DiskFull,
    IdsTaken,
    IncidentsError,
    NeedsOperator,
    Refused,
    StorageError,
    Unavailable,
)
from incidents.core.incident import Incident
from incidents.db.driver import backoff
from incidents.ingest.compensating_delete import CompensatingDelete
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.queue import Queue
from incidents.ingest.store import Key, Store
from incidents.support.metrics.metrics import BATCH, COMMIT, STORED
from incidents.support.metrics.wait import Wait

log = logging.getLogger(__name__)

# An attempt has at least this time, even if the oldest pending write has less: otherwise, if the
# others are only a moment younger, no attempt could ever succeed.
_TRY_SECONDS_MIN = 1.0

_REFUSES = (DiskFull, NeedsOperator)


class Writer:
    """Completes every pending write of a queue: stored, or failed with a reason.

    `way` is their label in the metrics. Writers with the same `turn` take batches and ids one after
    the other, so that ids follow the order of the queue. A writer that `predicts` first sends rows
    with the ids that are probably next.
    """

    def __init__(
        self,
        queue: Queue,
        store: Store,
        compensating_delete: CompensatingDelete[Key],
        *,
        way: str,
        turn: asyncio.Lock,
        predicts: bool = True,
    ) -> None:
        self._queue = queue
        self._way = way
        self._predicts = predicts
        self._turn = turn
        self._has_turn = False
        self._store = store
        self._compensating_delete = compensating_delete
        self._away = False

    async def run(self) -> None:
        """Returns when the queue is closed and all its pending writes are completed."""
        while await self._run_once():
            pass

    async def _run_once(self) -> bool:
        self._has_turn = await self._turn.acquire()
        try:
            if batch := await self._queue.take():
                await self._complete_whatever_comes(batch)
            return bool(batch)
        finally:
            self._end_turn()

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._turn.release()

    async def _complete_whatever_comes(self, batch: list[PendingWrite]) -> None:
        try:
            await self._complete(batch)
        except Exception:
            log.exception("the writer met an unknown error")
            self._fail(batch, Unavailable("the server met an error: try again later"))
        except asyncio.CancelledError:
            self._fail(batch, Closing("the server stopped before this was stored"))
            raise

    async def _complete(self, batch: list[PendingWrite]) -> None:
        """Completes the batch; retries while PostgreSQL is unavailable and somebody can wait."""
        wait = Wait("reports")
        try:
            await self._complete_in_time(batch, wait)
        finally:
            wait.over()

    async def _complete_in_time(self, batch: list[PendingWrite], wait: Wait) -> None:
        pause = backoff()
        reason: BaseException | None = None
        while batch := self._still_waiting(batch, reason):
            try:
                deadline = min(pending.deadline for pending in batch)
                async with asyncio.timeout_at(end_of_try(deadline)):
                    await self._try(batch)
            except Refused as refusal:
                await self._store_apart(batch, refusal)
                return
            except IdsTaken as taken:
                log.warning("%s: these reports get new ones", taken)
                for pending in batch:
                    if pending.id in taken.ids:
                        pending.id = None
            except (StorageError, TimeoutError) as error:
                self._report(away=True, reason=error)
                reason = error
                wait.goes_on()
                await asyncio.sleep(next(pause))
            else:
                self._report(away=False)
                return

    async def _try(self, batch: list[PendingWrite]) -> None:
        self._compensating_delete.check_limit()
        begun = perf_counter()
        if not await self._store_at_once(batch):
            await self._reserve_ids(batch)
            self._end_turn()
            for pending in batch:
                pending.sent = True
            begun = perf_counter()
            await self._store.insert(_rows(batch))
        # Counted before clients are told: a worker can be killed right after that.
        COMMIT.observe(perf_counter() - begun, self._way)
        BATCH.observe(len(batch), self._way)
        STORED.add(len(batch), self._way)
        for pending in batch:
            pending.stored()

    async def _reserve_ids(self, batch: list[PendingWrite]) -> None:
        # Ids are reserved before rows are sent, and kept for retries: they identify a batch that
        # was committed although the answer was lost.
        new = [pending for pending in batch if pending.id is None or pending.is_predicted]
        if not new:
            return
        ids = await self._store.reserve_ids(len(new))
        # Predicted ids are kept if the sequence is past them now: should another process also have
        # one, the insert finds it taken. (If the sequence is not past them, it went back, and
        # PostgreSQL lost what it had then.)
        if any(pending.id is None or pending.id > ids[-1] for pending in new):
            for pending, id_ in zip(new, ids, strict=True):
                pending.id = id_
        for pending in new:
            pending.is_predicted = False

    async def _store_at_once(self, batch: list[PendingWrite]) -> bool:
        """Whether the batch was stored under predicted ids, in one round trip."""
        is_new = self._predicts and all(pending.id is None for pending in batch)
        predicted = self._store.predicted_ids(len(batch)) if is_new else None
        if predicted is None:
            return False
        for pending, id_ in zip(batch, predicted, strict=True):
            pending.id = id_
            pending.sent = pending.is_predicted = True
        try:
            instead = await self._store.insert_predicted(_rows(batch))
        except Refused:
            for pending in batch:  # nothing is stored, and the ids cannot be used
                pending.id, pending.sent, pending.is_predicted = None, False, False
            await self._reserve_ids(batch)  # now, while the batch is still in order
            raise
        for pending, id_ in zip(batch, instead or predicted, strict=True):
            pending.id = id_
            pending.is_predicted = False
        return instead is None

    async def _store_apart(self, batch: list[PendingWrite], refusal: Refused) -> None:
        """Halves the batch until the row that PostgreSQL refuses is alone."""
        if len(batch) == 1:
            log.warning("an incident was refused: %s", refusal)
            batch[0].failed(refusal)
            return
        middle = len(batch) // 2
        await self._complete(batch[:middle])
        await self._complete(batch[middle:])

    def _still_waiting(
        self, batch: list[PendingWrite], reason: BaseException | None
    ) -> list[PendingWrite]:
        """The pending writes with time left; the others fail with the reason."""
        now = asyncio.get_running_loop().time()
        late = [pending for pending in batch if pending.deadline <= now]
        if late:
            self._fail(late, _too_late(reason))
        return [pending for pending in batch if pending.deadline > now]

    def _fail(self, batch: list[PendingWrite], error: IncidentsError) -> None:
        """Fails these writes, and registers for deletion what PostgreSQL may have stored."""
        told = [pending for pending in batch if pending.failed(error)]
        self._compensating_delete.add(
            Key(pending.id, pending.incident.hash, pending.incident.received_at)
            for pending in told
            if pending.sent and pending.id is not None
        )

    def _report(self, *, away: bool, reason: BaseException | None = None) -> None:
        if away and not self._away:
            # It is available if it only refuses.
            what = "refuses reports, they" if isinstance(reason, _REFUSES) else "is away, reports"
            log.warning("PostgreSQL %s wait for it: %s", what, _said(reason))
        elif self._away and not away:
            log.warning("PostgreSQL is back, reports are stored again")
        self._away = away


def _rows(batch: list[PendingWrite]) -> list[tuple[int, Incident]]:
    return [(pending.known_id, pending.incident) for pending in batch]


def end_of_try(deadline: float) -> float:
    """Half of the remaining time, so that a silent connection leaves time for another one."""
    now = asyncio.get_running_loop().time()
    return now + max(_TRY_SECONDS_MIN, (deadline - now) / 2)


def _too_late(reason: BaseException | None) -> StorageError:
    if isinstance(reason, _REFUSES):
        return reason
    return Unavailable(f"PostgreSQL did not store it in time ({_said(reason)})")


def fail(batch: list[PendingWrite], error: IncidentsError) -> None:
    """Tells the waiting requests why these writes are not stored."""
    for pending in batch:
        pending.failed(error)


def _said(reason: BaseException | None) -> str:
    return str(reason) or "it does not answer" if reason else "it is busy"
