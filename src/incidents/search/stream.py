"""All that matches, as a text that PostgreSQL makes."""

import asyncio
from collections.abc import AsyncGenerator
from time import perf_counter

from incidents.core.errors import OutOfTime, Unavailable
from incidents.db.condition import Condition
from incidents.db.driver import in_time, with_retry
from incidents.search.bounds import Bounds
from incidents.search.reading import Reading
from incidents.search.readings import Readings
from incidents.search.trace import Trace

# The first window is small, so that something comes early; each is sorted whole, so that none
# may be too large.
FIRST = 1000
WINDOW_MAX = 50_000
_GROWTH = 10
# A window of so few matches may be wider.
_SPARSE = 1000
_SPARSE_WINDOW_MAX = 10_000_000
PIECE_BYTES = 256 * 1024
# Pieces that wait to be sent. PostgreSQL waits when there are so many.
_TEXTS_MAX = 4
_MARGIN_SECONDS = 5
_RETRY_SECONDS = 0.05


class Stream:
    """All that matches with ids under `below`, newest first, of one snapshot.

    Where the connection is lost meanwhile, it goes on in a later one: each incident comes once,
    and none that was there at the beginning is left out. Fails with OutOfTime after
    `bounds.seconds`.
    """

    def __init__(
        self,
        readings: Readings,
        condition: Condition,
        *,
        below: int | None,
        bounds: Bounds,
    ) -> None:
        self._readings = readings
        self._trace = Trace("stream", condition, bounds.slow_seconds)
        self._found = 0
        self._condition = condition
        self._below = below
        self._bounds = bounds
        self._clock = asyncio.get_running_loop().time
        self.waits = False  # for PostgreSQL, which was lost meanwhile

    async def texts(self, *, in_lines: bool) -> AsyncGenerator[bytes]:
        """Incidents, each with a line break behind it; with `in_lines` there is no other in it.

        Without, each has ", " before it. What is there is given before more is looked for.
        Where a text ends says nothing. Raises StorageError.
        """
        texts: asyncio.Queue[bytes] = asyncio.Queue(_TEXTS_MAX)
        copying = asyncio.create_task(self._copy(texts, in_lines=in_lines))
        try:
            while True:
                next_ = asyncio.create_task(texts.get())
                try:
                    await asyncio.wait({next_, copying}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    next_.cancel()  # of no effect where it is done
                if not next_.done():
                    break
                yield next_.result()
                texts.task_done()
            await copying
        finally:
            copying.cancel()
            await asyncio.wait({copying})

    async def _copy(self, texts: asyncio.Queue[bytes], *, in_lines: bool) -> None:
        """Returns when all that matches was put into `texts`, and taken out."""
        how = "broken off"
        try:
            await self._copy_to(_Pieces(texts), in_lines=in_lines)
            how = "nothing is left"
        finally:
            self._trace.end(how, self._found)
        await texts.join()

    async def _copy_to(self, pieces: "_Pieces", *, in_lines: bool) -> None:
        deadline = self._clock() + self._bounds.seconds
        given_up_at: float | None = None
        lost_at = self._below
        while True:
            with self._trace.timing("connecting"):
                reading = await with_retry(self._open, self._bounds.wait_seconds, waiter="searches")
            self.waits = False
            try:
                return await self._walk(reading, pieces, deadline, in_lines=in_lines)
            except Unavailable:
                # The connection was lost: it goes on where it was.
                self.waits = True
                if given_up_at is None or lost_at != self._below:
                    given_up_at, lost_at = self._clock() + self._bounds.wait_seconds, self._below
                if self._clock() >= given_up_at:
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                await reading.aclose()

    async def _open(self) -> Reading:
        heavy = self._condition.is_heavy
        return await self._readings.read(self._bounds.seconds, snapshot=True, heavy=heavy)

    async def _walk(
        self, reading: Reading, pieces: "_Pieces", deadline: float, *, in_lines: bool
    ) -> None:
        condition = self._condition
        end = reading.end if self._below is None else min(reading.end, self._below)

        async def take(text: bytes, last_id: int) -> None:
            await pieces.add(text)
            self._below = last_id

        width = FIRST
        for low, top in await reading.windows(
            condition, condition.within((1, end)), self._left(deadline)
        ):
            high = top
            while high > low:
                window = max(low, high - width), high
                seconds = self._left(deadline)
                with self._trace.looking(window) as look:
                    waited = pieces.seconds
                    matches = await in_time(
                        reading.copy(condition, window, take, in_lines=in_lines, seconds=seconds),
                        seconds + _MARGIN_SECONDS,
                    )
                    look.found = matches
                    # While a client reads slowly PostgreSQL has nothing to do.
                    look.idle_seconds = pieces.seconds - waited
                self._found += matches
                await pieces.flush()
                # Ids can lie far apart, where an import brought them in.
                self._below = high = min(window[0], reading.catalog.end_below(window[0]))
                few = matches < _SPARSE
                width = min(width * _GROWTH, _SPARSE_WINDOW_MAX if few else WINDOW_MAX)

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock()
        if left <= 0:
            raise OutOfTime(f"the stream took longer than {self._bounds.seconds} s")
        return left


class _Pieces:
    """Puts what it gets together, so that few pieces are passed on.

    `seconds` is how long it had to wait for room for them.
    """

    def __init__(self, texts: asyncio.Queue[bytes]) -> None:
        self._texts = texts
        self._piece = bytearray()
        self.seconds = 0.0

    async def add(self, text: bytes) -> None:
        """Returns when there is room for more."""
        self._piece += text
        if len(self._piece) >= PIECE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Passes on what there is."""
        if self._piece:
            begun = perf_counter()
            await self._texts.put(bytes(self._piece))
            self.seconds += perf_counter() - begun
            self._piece.clear()
