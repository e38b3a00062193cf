"""How fast a client reads a response that is sent in pieces."""

import asyncio
from collections.abc import Awaitable, Callable

from incidents.support.metrics.metrics import SLOW_CLIENTS_DISCONNECTED

# The slowest accepted reader of a long response, 512 kbit/s: it occupies one of few permits, a
# connection to PostgreSQL and a snapshot.
BYTES_PER_SECOND_MIN = 64 * 1024


class Pace:
    """How many seconds a client is behind a reader of BYTES_PER_SECOND_MIN.

    Time in which nobody waits for it does not count, and a faster client gains no credit.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._behind = 0.0
        self._begun = 0.0
        self._sending: asyncio.Timeout | None = None

    @property
    def behind(self) -> float:
        """Seconds, including the time of the piece that is being sent."""
        waited = 0 if self._sending is None else self._clock() - self._begun
        return self._behind + waited

    async def send(self, piece: Awaitable[None], size: int, behind_max: float) -> None:
        """Returns when the piece of `size` bytes is sent.

        Raises TimeoutError if the client is further behind than `behind_max` seconds, or was cut.
        """
        self._begun = self._clock()
        try:
            async with asyncio.timeout(max(0, behind_max - self._behind)) as self._sending:
                await piece
        except TimeoutError:
            SLOW_CLIENTS_DISCONNECTED.add(1)
            raise
        finally:
            self._behind = max(0.0, self.behind - size / BYTES_PER_SECOND_MIN)
            self._sending = None

    def cut(self) -> None:
        """Ends the piece that is being sent, if there is one."""
        if self._sending is not None:
            self._sending.reschedule(asyncio.get_running_loop().time())
