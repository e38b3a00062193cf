"""Deletes reports that may have been stored although their clients got an error."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from incidents.core.errors import StorageError, Unavailable
from incidents.db.driver import backoff
from incidents.support.metrics.metrics import COMPENSATING_DELETES

log = logging.getLogger(__name__)

_AT_ONCE = 1000
_SHOWN = 20


class Doubtful(Protocol):
    """A report that may or may not be stored."""

    @property
    def name(self) -> str:
        """Its name in the log."""


D = TypeVar("D", bound=Doubtful)


class CompensatingDelete(Generic[D]):
    """Reports that failed while it was unknown whether PostgreSQL has stored them.

    They are deleted as soon as PostgreSQL answers, so that a 503 means that nothing was stored
    (docs/decisions/*-retries.md). `compensate` deletes them and returns how many there were.
    """

    def __init__(self, compensate: Callable[[Sequence[D]], Awaitable[int]], count_max: int) -> None:
        self._compensate = compensate
        self._count_max = count_max
        self._keys: list[D] = []
        self._work: asyncio.Task[None] | None = None

    def check_limit(self) -> None:
        """Raises Unavailable if too many are in doubt already."""
        if len(self._keys) >= self._count_max:
            raise Unavailable(f"{len(self._keys)} earlier reports are still in doubt")

    def add(self, doubtful: Iterable[D]) -> None:
        """These reports will be deleted."""
        self._keys += doubtful
        if self._keys and (self._work is None or self._work.done()):
            self._work = asyncio.create_task(self._run())

    @property
    def count(self) -> int:
        """How many are in doubt now."""
        return len(self._keys)

    async def close(self, seconds: float) -> None:
        """Returns when none is in doubt, or after that time; then the log names the rest."""
        if self._work is not None:
            await asyncio.wait([self._work], timeout=seconds)
            self._work.cancel()
        if self._keys:
            names = ", ".join(key.name for key in self._keys[:_SHOWN])
            log.error(
                "%d reports were answered 503 and may still be stored: %s%s",
                len(self._keys),
                names,
                " …" if len(self._keys) > _SHOWN else "",
            )

    async def _run(self) -> None:
        pause = backoff()
        while keys := self._keys[:_AT_ONCE]:
            try:
                count = await self._compensate(keys)
            except StorageError:
                await asyncio.sleep(next(pause))
                continue
            del self._keys[: len(keys)]
            COMPENSATING_DELETES.add(count)
            log.warning(
                "of %d reports answered 503 in doubt, %d were stored: they are deleted",
                len(keys),
                count,
            )
