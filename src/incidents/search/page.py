"""A page of an answer: its incidents as they are found, and where to go on."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import groupby, islice

from incidents.core.errors import OutOfTime, Unavailable
from incidents.core.incident import StoredIncident
from incidents.db.condition import Condition, Window
from incidents.db.driver import with_retry
from incidents.search.bounds import Bounds
from incidents.search.reading import Found, Reading
from incidents.search.readings import Readings
from incidents.search.trace import DEADLINE, Trace

# As many are looked for at once, at most.
_WANTED_MAX = 128
# The first step looks at so many ids: it shows how dense matches are.
FIRST_IDS = 64
# However little time there is: long enough to look at one id, on a machine that is busy, too.
_SECONDS_MIN = 5.0
_RETRY_SECONDS = 0.05


class Page:
    """At most `limit` incidents that match, newest first, with ids under `below`.

    It comes to its end after `bounds.seconds` with what was found so far.
    """

    def __init__(
        self,
        readings: Readings,
        condition: Condition,
        *,
        below: int | None,
        limit: int,
        bounds: Bounds,
    ) -> None:
        self._readings = readings
        self._trace = Trace("page", condition, bounds.slow_seconds)
        self._condition = condition
        self._below = below
        self._began_with_newest = below is None
        self._limit = limit
        self._bounds = bounds
        self._found = 0
        self._ended = False
        self._clock = asyncio.get_running_loop().time

    @property
    def next(self) -> int | None:
        """Once the incidents are at their end: the id below which to go on; None at the end."""
        return None if self._ended else self._below

    @property
    def is_empty(self) -> bool:
        """Whether it has found nothing, and began with the newest incident."""
        return self._began_with_newest and self._found == 0

    async def incidents(self) -> AsyncGenerator[list[StoredIncident]]:
        """What matches, as it is found, some at a time. Raises StorageError."""
        deadline: float | None = None
        given_up_at: float | None = None
        finished = False
        try:
            while not finished:
                with self._trace.timing("connecting"):
                    reading = await with_retry(
                        self._read, self._bounds.wait_seconds, waiter="searches"
                    )
                # Waiting for a connection is not searching.
                deadline = deadline or self._clock() + self._bounds.seconds
                try:
                    async with aclosing(self._search(reading, deadline)) as found:
                        async for incidents in found:
                            yield incidents
                    finished = True
                except Unavailable:
                    # The connection was lost: it goes on where it was.
                    given_up_at = given_up_at or self._clock() + self._bounds.wait_seconds
                    if self._clock() >= given_up_at:
                        raise
                    await asyncio.sleep(_RETRY_SECONDS)
                finally:
                    await reading.aclose()
        finally:
            self._trace.end(self._ending(finished=finished), self._found)

    async def _read(self) -> Reading:
        return await self._readings.read(self._bounds.seconds, heavy=self._condition.is_heavy)

    def _ending(self, *, finished: bool) -> str:
        if not finished:
            return "broken off"
        if self._ended:
            return "nothing is left"
        return "limit" if self._found == self._limit else DEADLINE

    async def _search(
        self, reading: Reading, deadline: float
    ) -> AsyncGenerator[list[StoredIncident]]:
        """From `self._below` down, which says how far it came."""
        end = reading.end if self._below is None else min(reading.end, self._below)
        low, high = self._condition.within((1, end))
        width, is_first = FIRST_IDS, True
        while True:
            # One more than can be given shows whether there is a next page.
            room = self._limit - self._found
            wanted = min(room + 1, _WANTED_MAX)
            found = Found.nothing(low)
            if low < high:
                found = await self._find(
                    reading, (low, high), wanted, width, deadline, must_go_on=is_first
                )
            is_first = False
            async with aclosing(self._whole(reading, found.incidents[:room], deadline)) as some:
                async for incidents in some:
                    self._found += len(incidents)
                    self._below = incidents[-1].id
                    yield incidents
            if len(found.incidents) > room:
                return
            self._below, high, width = found.reached, found.reached, found.width
            if low >= high:
                self._ended = True
                return
            if len(found.incidents) < wanted or self._clock() >= deadline:
                return

    async def _find(
        self,
        reading: Reading,
        window: Window,
        wanted: int,
        width: int,
        deadline: float,
        *,
        must_go_on: bool,
    ) -> Found:
        """The newest that match; nothing more, when time is over. If it `must_go_on` it does."""
        try:
            seconds = deadline - self._clock()
            return await self._call(reading, window, wanted, width, seconds)
        except OutOfTime:
            if not must_go_on:
                return Found.nothing(window[1])
            # Whatever was asked, a page goes on at least a little.
            return await self._call(reading, window, 1, 1, _SECONDS_MIN, in_one_step=True)

    async def _call(
        self,
        reading: Reading,
        window: Window,
        wanted: int,
        width: int,
        seconds: float,
        *,
        in_one_step: bool = False,
    ) -> Found:
        with self._trace.looking(window) as look:
            found = await reading.find(
                self._condition,
                window,
                wanted=wanted,
                width=width,
                seconds=seconds,
                in_one_step=in_one_step,
            )
            look.found, look.steps = len(found.incidents), found.steps
        return found

    async def _whole(
        self, reading: Reading, found: Sequence[StoredIncident | int], deadline: float
    ) -> AsyncGenerator[list[StoredIncident]]:
        """The incidents; those of which there is but the id are fetched, a few at a time."""
        for is_small, some in groupby(found, lambda each: isinstance(each, StoredIncident)):
            if is_small:
                yield [each for each in some if isinstance(each, StoredIncident)]
                continue
            while few := list(islice(some, self._bounds.rows_at_once)):
                ids = [each for each in few if isinstance(each, int)]
                seconds = max(_SECONDS_MIN, deadline - self._clock())
                with self._trace.timing("fetching"):
                    fetched = await reading.incidents(ids, seconds)
                for incident in fetched:
                    yield [incident]
