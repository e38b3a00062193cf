"""What one report waits with."""

import asyncio
import logging
from collections.abc import Callable
from contextvars import copy_context

from incidents.core.errors import Closing, IncidentsError, KeyReused, OtherLineRefused, Refused
from incidents.core.incident import Incident
from incidents.support.metrics.metrics import REPORTS_FAILED

log = logging.getLogger(__name__)


class PendingWrite:
    """One incident on its way to disk; completed exactly once, whether somebody still waits or not.

    `deadline` is when its client is answered at the latest, on the event loop's clock; `id`
    is None until one is reserved, and then does not change; `error` is what it failed with.
    `sent` says that PostgreSQL may have it: from then on only an answer says whether.
    `is_predicted` says that its id may not be reserved.
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
        # Whoever waits has one of these two; most have the first, which costs less.
        self._then: Callable[[PendingWrite], None] | None = None
        self._waiter: asyncio.Future[None] | None = None

    @property
    def size(self) -> int:
        """About the bytes that it takes on its way."""
        return len(self.incident.body) + len(self.incident.headers)

    @property
    def is_completed(self) -> bool:
        """Whether it was stored, or failed, or whoever waited has left."""
        return self._is_completed or (self._waiter is not None and self._waiter.cancelled())

    def stored(self) -> None:
        """Tells whoever waits that the incident is on disk under `id`."""
        if not self.is_completed:
            self._complete()

    def failed(self, error: IncidentsError) -> bool:
        """Tells whoever waits that the incident is not stored, and why. False: nobody waits."""
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
            except Exception:  # the others of its batch have nothing to do with it
                log.exception("whoever waited for a report met an unknown error")

    @property
    def known_id(self) -> int:
        """Its id, which it has by now."""
        assert self.id is not None
        return self.id

    def when_completed(self, then: Callable[["PendingWrite"], None]) -> None:
        """Calls `then` as soon as it is completed, which it is not yet.

        In the context of this call: whoever completes it works on other requests, too.
        """
        context = copy_context()
        self._then = lambda pending: context.run(then, pending)

    async def completed(self) -> int:
        """The id of the incident, once it is on disk. Raises what the writer failed it with."""
        if not self._is_completed:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self.error is not None:
            # All of a batch fail with the same one: it shall not gather what each of them held.
            raise self.error.with_traceback(None)
        return self.known_id


def _reason(error: IncidentsError) -> str:
    """What the metrics call it."""
    match error:
        case Refused() | KeyReused() | OtherLineRefused():
            return "refused"
        case Closing():
            return "closing"
        case _:
            return "unavailable"
