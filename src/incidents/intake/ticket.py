"""What one report waits with."""

import asyncio
from collections.abc import Callable

from incidents.errors import Closing, IncidentsError, Refused
from incidents.incident import Incident
from incidents.metrics.metrics import NOT_STORED


class Ticket:
    """One incident on its way to disk; settled exactly once, whether somebody still waits or not.

    `deadline` is when its client is answered at the latest, on the event loop's clock; `id`
    is None until one is reserved, and then never changes; `error` is what it failed with.
    `sent` says that PostgreSQL may have it: from then on only an answer says whether.
    """

    __slots__ = ("_settled", "deadline", "error", "id", "incident", "sent")

    def __init__(self, incident: Incident, deadline: float) -> None:
        self.incident = incident
        self.deadline = deadline
        self.id: int | None = None
        self.error: IncidentsError | None = None
        self.sent = False
        self._settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def size(self) -> int:
        """About the bytes that it takes on its way."""
        return len(self.incident.body) + len(self.incident.headers)

    @property
    def is_settled(self) -> bool:
        """Whether it was stored, or failed."""
        return self._settled.done()

    def stored(self) -> None:
        """Tells whoever waits that the incident is on disk under `id`."""
        if not self._settled.done():  # whoever waited may have left
            self._settled.set_result(None)

    def failed(self, error: IncidentsError) -> bool:
        """Tells whoever waits that the incident is not stored, and why. False: nobody waits."""
        if self._settled.done():
            return False
        self.error = error
        NOT_STORED.add(1, _reason(error))
        self._settled.set_exception(error)
        self._settled.exception()  # looked at, should nobody be left to do so
        return True

    @property
    def stored_id(self) -> int:
        """The id of the incident, which is on disk."""
        assert self.id is not None
        return self.id

    def when_settled(self, then: Callable[["Ticket"], None]) -> None:
        """Calls `then` soon after it was settled."""
        self._settled.add_done_callback(lambda _: then(self))

    async def settled(self) -> int:
        """The id of the incident, once it is on disk. Raises what the writer failed it with."""
        await self._settled
        return self.stored_id


def _reason(error: IncidentsError) -> str:
    match error:
        case Refused():
            return "refused"
        case Closing():
            return "closing"
        case _:
            return "unavailable"
