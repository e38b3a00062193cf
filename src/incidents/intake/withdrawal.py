"""Takes back what may have been stored although its client was told that it was not."""

import asyncio
import logging
from collections.abc import Iterable

from incidents.errors import StorageError, Unavailable
from incidents.intake.ticket import Ticket
from incidents.metrics.metrics import IN_DOUBT, TAKEN_BACK
from incidents.storage.driver import pauses
from incidents.storage.incidents import Key, Store

log = logging.getLogger(__name__)

_AT_ONCE = 1000
_IDS_SHOWN = 20


class Withdrawal:
    """Reports that were failed while nobody knew whether PostgreSQL has them.

    They are taken out of the table as soon as PostgreSQL can be asked, so that a 503 means
    what it says: nothing was stored (docs/decisions/0013).
    """

    def __init__(self, store: Store, count_max: int) -> None:
        self._store = store
        self._count_max = count_max
        self._keys: list[Key] = []
        self._work: asyncio.Task[None] | None = None

    def check_room(self) -> None:
        """Raises Unavailable when so many are in doubt that no more may come to be."""
        if len(self._keys) >= self._count_max:
            raise Unavailable(f"{len(self._keys)} earlier reports are still in doubt")

    def add(self, tickets: Iterable[Ticket]) -> None:
        """From now on these are on their way out."""
        self._keys += [
            Key(ticket.id, ticket.incident.hash, ticket.incident.received_at)
            for ticket in tickets
            if ticket.id is not None
        ]
        if self._keys and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._run())

    def measure(self) -> None:
        """Says how many are in doubt now."""
        IN_DOUBT.set(len(self._keys))

    async def close(self, seconds: float) -> None:
        """Returns when none is in doubt, or after that time; then the log says which are."""
        if self._work is not None:
            await asyncio.wait([self._work], timeout=seconds)
            self._work.cancel()
        if self._keys:
            ids = ", ".join(str(key.id) for key in self._keys[:_IDS_SHOWN])
            log.error(
                "%d reports were answered 503 and may be stored after all, with the ids %s%s",
                len(self._keys),
                ids,
                " …" if len(self._keys) > _IDS_SHOWN else "",
            )

    async def _run(self) -> None:
        pause = pauses()
        while keys := self._keys[:_AT_ONCE]:
            try:
                count = await self._store.withdraw(keys)
            except StorageError:
                await asyncio.sleep(next(pause))
                continue
            del self._keys[: len(keys)]
            TAKEN_BACK.add(count)
            log.warning(
                "of %d reports that were answered 503 in doubt, %d were stored: they are taken out",
                len(keys),
                count,
            )
