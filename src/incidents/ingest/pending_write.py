"""A report that waits for the writer."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import copy_context

from incidents.core.errors import Closing, IncidentsError, KeyReused, OtherLineRefused, Refused
from incidents.core.incident import Incident
from incidents.support.metrics.metrics import REPORTS_FAILED

log = logging.getLogger(__name__)


class PendingWrite:
    """One incident in flight; completed exactly once, even if its client has left.

    `deadline` is the latest time for the reply, in the event loop's time. `id` is None until an id
    is reserved, and never changes afterwards. `error` is the reason of a failure. `sent` means that
    PostgreSQL may have stored it: then only its answer says whether. `is_predicted` means that its
    id may not be reserved.
    """

    __slots__ = (
        *("_is_completed", "_then", "_waiter"),
        *("deadline", "error", "id", "incident", "is_predicted", "sent"),
    )

    def __init__(self, incident: Incident, deadline: float) -> None:
        self.incident = incident
        self.deadline = deadline
        self.id: int | None = None
        self.error: IncidentsError | None = None
        self.sent = False
        self.is_predicted = False
        self._is_completed = False
        # One of the two is used; usually the first, which costs less.
        self._then: Callable[[PendingWrite], None] | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def size(self) -> int:
        """Roughly the memory that it takes in flight."""
        return len(self.incident.body) + len(self.incident.headers)

    @property
    def is_completed(self) -> bool:
        """Whether it was stored, has failed, or its client has left."""
        return self._is_completed or (self._waiter is not None and self._waiter.cancelled())

    def stored(self) -> None:
        """The incident is on disk under `id`: tells the waiting request."""
        if not self.is_completed:
            self._complete()

    def failed(self, error: IncidentsError) -> bool:
        """The incident is not stored, for this reason. Returns False if nobody waits."""
        if self.is_completed:
            return False
        self.error = error
        REPORTS_FAILED.add(1, _reason(error))
        self._complete()
        return True

    def _complete(self) -> None:
        self._is_completed = True
        if self._waiter is not None:
            self._waiter.set_result(None)
        if self._then is not None:
            try:
                self._then(self)
            except Exception:  # must not affect the others of its batch
                log.exception("whoever waited for a report met an unknown error")

    @property
    def known_id(self) -> int:
        """Its id, which must be known by now."""
        assert self.id is not None
        return self.id

    def when_completed(self, then: Callable[["PendingWrite"], None]) -> None:
        """Calls `then` as soon as it is completed. It must not be completed yet.

        `then` runs in the context of this call, not in that of the writer, which works for all
        requests.
        """
        context = copy_context()
        self._then = lambda pending: context.run(then, pending)

    async def completed(self) -> int:
        """The id of the incident, once it is on disk. Raises the error it failed with."""
        if not self._is_completed:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self.error is not None:
            # A whole batch fails with the same exception: it would collect the tracebacks of all.
            raise self.error.with_traceback(None)
        return self.known_id


def _reason(error: IncidentsError) -> str:
    """Its label in the metrics."""
    match error:
        case Refused() | KeyReused() | OtherLineRefused():
            return "refused"
        case Closing():
            return "closing"
        case _:
            return "unavailable"
