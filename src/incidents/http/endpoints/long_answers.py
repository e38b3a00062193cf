"""Long answers that are sent now, and which of them must make room."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from incidents.http.message.client import Client

log = logging.getLogger(__name__)

# A client that is farther behind loses its place to one that has none. Those that read at all
# are not behind for as long, but where the machine stands still.
_BEHIND_SECONDS_MAX = 2

# What was read for it is released meanwhile: a connection to PostgreSQL, a snapshot, a place.
_END_SECONDS_MAX = 1


class LongAnswers:
    """Who reads slowly keeps a place among them only as long as nobody else wants it."""

    def __init__(self) -> None:
        self._ends: dict[Client, asyncio.Event] = {}

    @contextmanager
    def sending(self, client: Client) -> Iterator[None]:
        """In the block an answer is sent to that client; after it, what it held is free."""
        self._ends[client] = end = asyncio.Event()
        try:
            yield
        finally:
            del self._ends[client]
            end.set()

    async def make_room(self) -> None:
        """Returns when the client that is farthest behind is gone, if it is too far behind."""
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
