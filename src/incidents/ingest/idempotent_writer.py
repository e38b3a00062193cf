"""Stores a report with a key once, however often it is sent, and whatever fails meanwhile.

It is separate from the usual writer, so that reports without a key cost nothing more
(docs/decisions/*-retries.md).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from copy import copy
from time import perf_counter
from typing import NamedTuple

from incidents.core.errors import (
    Closing,
    IncidentsError,
    InFlight,
    KeyReused,
    Refused,
    StorageError,
    Unavailable,
)
from incidents.db.driver import backoff
from incidents.ingest.compensating_delete import CompensatingDelete
from incidents.ingest.idempotency_key import Found, Remembered, Unit
from incidents.ingest.idempotency_store import DoubtfulUnit, IdempotencyKeys
from incidents.ingest.writer import end_of_try
from incidents.support.metrics.metrics import BATCH, COMMIT, IDEMPOTENT_REPLAYS, STORED
from incidents.support.metrics.wait import Wait

log = logging.getLogger(__name__)

# Single reports in one transaction: each holds an advisory lock until the commit. Bulk lines and
# heavy reports take longer, so they have transactions of their own, one at a time.
_LIGHT_MAX = 128
_LARGE_MAX = 1


class IdempotentWriter:
    """Stores units under the keys of their requests."""

    def __init__(
        self, keys: IdempotencyKeys, compensating_delete: CompensatingDelete[DoubtfulUnit]
    ) -> None:
        self._compensating_delete = compensating_delete
        self._light = _Together(keys, _LIGHT_MAX, way="single")
        self._large = _Together(keys, _LARGE_MAX, way="bulk")
        self._closing = False
        self._calls: set[asyncio.Future[None]] = set()

    async def store(
        self, units: Sequence[Unit], deadline: float, *, large: bool
    ) -> list[Remembered]:
        """What is on disk under the key of each unit, from now or before, in order.

        All units are of one request. Raises InFlight if another request with its key did not finish
        by `deadline` (in the event loop's time); Unavailable if PostgreSQL was unavailable until
        then; Refused if it can never store one of them, and then none is stored; Closing.
        """
        if self._closing:
            raise Closing("the server is stopping: try again soon")
        done = asyncio.get_running_loop().create_future()
        self._calls.add(done)
        try:
            storing = _Storing(
                self._large if large else self._light, self._compensating_delete, units
            )
            return await storing.done_by(deadline)
        finally:
            self._calls.remove(done)
            done.cancel()

    async def close(self, seconds: float) -> None:
        """Accepts nothing new; returns when everything is done, or after that time."""
        self._closing = True
        if self._calls:
            await asyncio.wait(self._calls, timeout=seconds)
        await self._light.close()
        await self._large.close()
        if self._calls:
            await asyncio.wait(self._calls, timeout=seconds)  # their callers are told


class _Call(NamedTuple):
    """Units whose caller waits."""

    units: Sequence[Unit]
    deadline: float
    done: asyncio.Future[Found]


class _Together:
    """Groups calls: those that come during a transaction share the next one, up to `calls_max`."""

    def __init__(self, keys: IdempotencyKeys, calls_max: int, *, way: str) -> None:
        self._keys = keys
        self._calls_max = calls_max
        self.way = way
        self._waiting: list[_Call] = []
        self._work: asyncio.Task[None] | None = None

    async def find_or_store(self, units: Sequence[Unit], deadline: float) -> Found:
        """One attempt. After a StorageError other than Refused its effect is unknown."""
        call = _Call(units, deadline, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._run())
        return await call.done

    async def close(self) -> None:
        """Cancels what is in flight."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait([self._work])

    async def _run(self) -> None:
        while batch := self._next():
            await self._answer(batch)

    def _next(self) -> list[_Call]:
        """The oldest calls, at most one of each request: two would both count as new."""
        batch: dict[int, _Call] = {}
        rest: list[_Call] = []
        for call in self._waiting:
            lock = call.units[0].request.lock
            if len(batch) < self._calls_max and lock not in batch:
                batch[lock] = call
            else:
                rest.append(call)
        self._waiting = rest
        return list(batch.values())

    async def _answer(self, batch: list[_Call]) -> None:
        """Answers these calls, whatever happens."""
        try:
            found = await self._try(batch)
        except Refused as refusal:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self._answer(batch[:middle])
                await self._answer(batch[middle:])
            else:
                _fail(batch, refusal)
        except (StorageError, TimeoutError) as error:
            _fail(batch, _said(error))
        except asyncio.CancelledError:
            _fail(batch, Unavailable("the server stopped before this was stored"))
            raise
        except Exception:
            log.exception("the writer met an unknown error")
            _fail(batch, Unavailable("the server met an error: try again later"))
        else:
            for call in batch:
                if not call.done.done():
                    call.done.set_result(found)

    async def _try(self, batch: list[_Call]) -> Found:
        begun = perf_counter()
        async with asyncio.timeout_at(end_of_try(min(call.deadline for call in batch))):
            found = await self._keys.find_or_store([unit for call in batch for unit in call.units])
        if found.stored:
            COMMIT.observe(perf_counter() - begun, self.way)
            BATCH.observe(_incidents(found.stored), self.way)
            STORED.add(_incidents(found.stored), self.way)
        return found


class _Storing:
    """One call of `IdempotentWriter.store`: repeats until its deadline."""

    def __init__(
        self,
        together: _Together,
        compensating_delete: CompensatingDelete[DoubtfulUnit],
        units: Sequence[Unit],
    ) -> None:
        self._together = together
        self._compensating_delete = compensating_delete
        self._units = units
        self._found: dict[bytes, Remembered] = {}
        # Whether PostgreSQL may have stored some of them without confirming it.
        self._doubtful = False

    async def done_by(self, deadline: float) -> list[Remembered]:
        clock = asyncio.get_running_loop()
        wait = Wait("reports")
        reason: IncidentsError = Unavailable("PostgreSQL is busy")
        try:
            for pause in backoff():
                try:
                    if await self._try(deadline):
                        return [self._found[unit.key] for unit in self._units]
                    reason = InFlight(
                        "another request with this Idempotency-Key is in flight: try again soon"
                    )
                except Refused:
                    raise
                except StorageError as error:
                    reason = error
                    wait.goes_on()
                if clock.time() + pause >= deadline:
                    break
                await asyncio.sleep(pause)
        finally:
            wait.over()
        raise self._given_up(reason)

    async def _try(self, deadline: float) -> bool:
        """Whether all units are on disk now."""
        self._compensating_delete.check_limit()
        was_doubtful = self._doubtful
        self._doubtful = True
        missing = [unit for unit in self._units if unit.key not in self._found]
        found = await self._together.find_or_store(missing, deadline)
        self._doubtful = was_doubtful
        known = {unit.key: found.known[unit.key] for unit in missing if unit.key in found.known}
        if was_doubtful:
            STORED.add(_incidents(known), self._together.way)  # by an earlier attempt
        else:
            IDEMPOTENT_REPLAYS.add(_incidents(known))
        self._found |= known
        self._found |= {
            unit.key: found.stored[unit.key] for unit in missing if unit.key in found.stored
        }
        return len(self._found) == len(self._units)

    def _given_up(self, reason: IncidentsError) -> IncidentsError:
        """The error for the client, after registering the units for deletion."""
        if not self._doubtful:
            return reason
        self._compensating_delete.add(
            DoubtfulUnit(unit.key, unit.incidents[0].received_at)
            for unit in self._units
            if unit.key not in self._found
        )
        if isinstance(reason, StorageError):
            return reason
        return Unavailable("PostgreSQL did not store it in time")


def check_same(unit: Unit, found: Remembered) -> None:
    """Returns if the content stored under the key is that of this unit. Raises KeyReused."""
    if unit.content != found.content:
        raise KeyReused(
            "something else was stored under this Idempotency-Key: send each report with a value "
            "of its own, and the same bytes when it is sent again"
        )


def _said(error: StorageError | TimeoutError) -> StorageError:
    if isinstance(error, StorageError):
        return error
    return Unavailable("PostgreSQL did not answer in time")


def _incidents(found: Mapping[bytes, Remembered]) -> int:
    return sum([len(each.ids) for each in found.values()])


def _fail(batch: Sequence[_Call], error: StorageError) -> None:
    for call in batch:
        if not call.done.done():
            # Each caller gets a copy: a shared exception would collect the tracebacks of all.
            call.done.set_exception(copy(error).with_traceback(None))
