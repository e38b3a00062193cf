"""The long responses that are being sent, and which of them must make room."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from incidents.http.message.client import Client

log = logging.getLogger(__name__)

# A client that is further behind loses its permit when another one needs it. Clients that read at
# all are not behind for so long, unless the machine stalls.
_BEHIND_SECONDS_MAX = 2

# Time to release its connection to PostgreSQL, its snapshot and its permit.
_END_SECONDS_MAX = 1


class LongAnswers:
    """A slow reader keeps its permit only while nobody else needs it."""

    def __init__(self) -> None:
        self._ends: dict[Client, asyncio.Event] = {}

    @contextmanager
    def sending(self, client: Client) -> Iterator[None]:
        """A response is sent to that client in the block; afterwards its permit is free."""
        self._ends[client] = end = asyncio.Event()
        try:
            yield
        finally:
            del self._ends[client]
            end.set()

    async def make_room(self) -> None:
        """Returns when the slowest client is disconnected, if it is too far behind."""
        paces = [(each.pace, end) for each, end in self._ends.items() if each.pace is not None]
        pace, end = max(paces, key=lambda each: each[0].behind, default=(None, None))
        if pace is None or end is None or pace.behind < _BEHIND_SECONDS_MAX:
            return
        log.warning(
            "a long answer was cut short: %.1f s behind, and another one waits", pace.behind
        )
        pace.cut()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END_SECONDS_MAX):
                await end.wait()
