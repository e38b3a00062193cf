"""A page of an answer: its incidents as they are found, and where to go on."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial
from itertools import groupby, islice

from incidents.errors import OutOfTime, Unavailable
from incidents.incident import StoredIncident
from incidents.search.apart import Apart
from incidents.search.bounding import Bounding
from incidents.search.bounds import Bounds
from incidents.search.halves import find_in_halves
from incidents.search.trail import DEADLINE, Trail
from incidents.search.windows import INDEX_FIRST, Windows
from incidents.storage.absences import Absences, clipped
from incidents.storage.condition import Condition, Window
from incidents.storage.driver import patiently
from incidents.storage.incidents import Store
from incidents.storage.reading import Reading
from incidents.storage.times import Times

# As many are looked for at once, at most.
_WANTED_MAX = 128
# However little time there is: long enough that a window of one id is always finished.
_SECONDS_MIN = 1.0
_RETRY_SECONDS = 0.05


class Page:
    """At most `limit` incidents that match, newest first, with ids under `below`.

    It comes to its end after `bounds.seconds` with what was found so far.
    """

    def __init__(
        self,
        store: Store,
        times: Times,
        absences: Absences,
        condition: Condition,
        *,
        below: int | None,
        limit: int,
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._trail = Trail("page", condition, bounds.slow_seconds)
        self._times = times
        self._absences = absences
        self._condition = condition
        self._apart = Apart(absences, condition)
        self._below = below
        self._limit = limit
        self._bounds = bounds
        self._found = 0
        self._windows: Windows | None = None
        self._bounding: Bounding | None = None  # which is not done yet
        self._high = 0
        self._ended = False
        self._clock = asyncio.get_running_loop().time

    @property
    def next(self) -> int | None:
        """Once the incidents are at their end: the id below which to go on; None at the end."""
        return None if self._ended else self._high

    async def incidents(self) -> AsyncGenerator[list[StoredIncident]]:
        """What matches, as it is found, some at a time. Raises StorageError."""
        deadline: float | None = None
        given_up_at: float | None = None
        finished = False
        try:
            while not finished:
                with self._trail.timing("connecting"):
                    reading = await patiently(
                        self._read, self._bounds.wait_seconds, waiter="searches"
                    )
                # Waiting for a connection is not searching.
                deadline = deadline or self._clock() + self._bounds.seconds
                try:
                    windows = self._windows = self._windows or await self._first_windows(
                        reading, deadline
                    )
                    start = self._high = windows.high
                    async with aclosing(self._search(reading, windows, deadline)) as found:
                        async for incidents in found:
                            yield incidents
                    finished = True
                except OutOfTime:
                    # Whatever was asked, a page goes on at least a little.
                    finished = self._high < start
                    windows.narrow(self._high)
                except Unavailable:
                    # The connection was lost: it goes on where it was.
                    given_up_at = given_up_at or self._clock() + self._bounds.wait_seconds
                    if self._clock() >= given_up_at:
                        raise
                    if self._windows is not None:
                        self._windows.high = self._high
                    await asyncio.sleep(_RETRY_SECONDS)
                finally:
                    await reading.aclose()
        finally:
            if self._bounding is not None:
                await self._bounding.aclose()
            self._trail.end(self._ending(finished=finished), self._found)

    async def _read(self) -> Reading:
        return await self._store.read(self._bounds.seconds / 2, heavy=self._condition.is_heavy)

    def _ending(self, *, finished: bool) -> str:
        if not finished:
            return "broken off"
        if self._ended:
            return "nothing is left"
        return "limit" if self._found == self._limit else DEADLINE

    async def _first_windows(self, reading: Reading, deadline: float) -> Windows:
        """The windows of all that can match; of a time those where one guesses that it is."""
        condition, window = self._condition, (1, reading.end)
        if condition.since is not None or condition.until is not None:
            with suppress(OutOfTime):  # then the time is but a condition
                seconds = self._bounding_seconds(deadline)
                with self._trail.timing("bounding"):
                    guess = await self._times.guess(reading, condition, seconds)
                self._bounding = Bounding(self._store, reading, guess, seconds)
                window = guess.window
        window = self._asked(window)
        return Windows(
            *window,
            by_index=condition.in_an_index,
            first=self._apart.first_ids(reading, window) or INDEX_FIRST,
            # All of them match what asks for a time alone.
            density=1.0 if condition.entries is None else None,
        )

    def _bounding_seconds(self, deadline: float) -> float:
        return max(_SECONDS_MIN, (deadline - self._clock()) / 2)

    def _asked(self, window: Window) -> Window:
        """What of the window is on this page or behind it."""
        low, high = window
        return max(1, low), high if self._below is None else min(high, self._below)

    async def _are_proven(self, reading: Reading, windows: Windows, deadline: float) -> bool:
        """Whether the windows have all of the time asked for. Else now they do, from the newest."""
        if self._bounding is None:
            return True
        window = 1, reading.end
        try:
            with suppress(OutOfTime), self._trail.timing("bounding"):
                window = await self._bounding.proven(reading, self._bounding_seconds(deadline))
        except Unavailable:
            self._windows = None
            raise
        finally:
            self._bounding = None
        low, high = self._asked(window)
        if (low, high) == (windows.low, windows.high):
            return True
        windows.low, windows.high = low, high
        self._high = high
        return False

    async def _search(
        self, reading: Reading, windows: Windows, deadline: float
    ) -> AsyncGenerator[list[StoredIncident]]:
        """Window after window from `windows.high` down; `self._high` says how far it came."""
        start = windows.high
        while not windows.ended or not await self._are_proven(reading, windows, deadline):
            room, pair = self._limit - self._found, self._apart.pair
            # One more than can be given shows whether there is a next page.
            wanted = min(room + 1, _WANTED_MAX) if pair is None else 1
            window = windows.window(wanted)
            begun = self._clock()
            left = deadline - begun
            smallest = window[1] - window[0] == 1
            places = self._absences.left(reading, self._condition, window)
            # When the very first could not be finished, there is time for a smaller one.
            seconds = max(_SECONDS_MIN if smallest else 0, left if self._high < start else left / 2)
            found = await self._find(reading, windows, window, places, wanted, seconds)
            if not await self._are_proven(reading, windows, deadline):
                continue
            low = _id_of(found[-1]) if len(found) == wanted else window[0]
            if pair is not None and found:
                # What has the pair may have all: it is among those that are asked for all next.
                self._apart.met()
                low, found = low + 1, []
            ids = [_id_of(each) for each in found]
            looked_at = [*clipped(places, (low, window[1]))]
            self._absences.learn(reading, pair or self._condition, looked_at, ids)
            now = self._clock()
            windows.seen(low, len(found), now - begun, deadline - now)
            async with aclosing(self._whole(reading, found[:room], deadline)) as whole:
                async for incidents in whole:
                    self._found += len(incidents)
                    self._high = incidents[-1].id
                    yield incidents
            if len(found) > room:
                return
            # Ids can lie far apart, where an import brought them in.
            windows.high = min(windows.high, reading.listing.end_below(windows.high))
            self._high = windows.high
            if self._clock() >= deadline and not windows.ended:
                raise OutOfTime(f"the search took longer than {self._bounds.seconds} s")
            if not self._found and looked_at == [window]:
                rest = windows.low, windows.high
                if windows.is_long(self._absences.left(reading, self._condition, rest)):
                    with self._trail.timing("pairing"):
                        await self._apart.look(reading, window, deadline - self._clock())
        self._ended = True

    async def _find(
        self,
        reading: Reading,
        windows: Windows,
        window: Window,
        places: Sequence[Window],
        wanted: int,
        seconds: float,
    ) -> list[StoredIncident | int]:
        """The newest of what is asked for in the places, which are of the window."""
        asked = self._apart.pair or self._condition
        # (In a cluster all machines are at it already.)
        is_long = not self._found and windows.is_long(places) and not reading.clustered
        find = partial(find_in_halves, self._store, reading) if is_long else reading.find
        sparse = windows.are_sparse
        with self._trail.looking(window, asked) as look:
            found = await find(asked, places, limit=wanted, seconds=seconds, are_sparse=sparse)
            look.found = len(found)
        return found

    async def _whole(
        self, reading: Reading, found: Sequence[StoredIncident | int], deadline: float
    ) -> AsyncGenerator[list[StoredIncident]]:
        """The incidents; those of which there is but the id are fetched, a few at a time."""
        for is_small, some in groupby(found, lambda each: isinstance(each, StoredIncident)):
            if is_small:
                yield [each for each in some if isinstance(each, StoredIncident)]
                continue
            while few := [_id_of(each) for each in islice(some, self._bounds.rows_at_once)]:
                seconds = max(_SECONDS_MIN, deadline - self._clock())
                with self._trail.timing("fetching"):
                    fetched = await reading.incidents(few, seconds)
                for incident in fetched:
                    yield [incident]


def _id_of(found: StoredIncident | int) -> int:
    return found if isinstance(found, int) else found.id
