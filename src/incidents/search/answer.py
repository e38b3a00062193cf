"""The answer to a question: its incidents as they are found, and where to go on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from incidents.errors import OutOfTime, Unavailable
from incidents.incident import StoredIncident
from incidents.search.question import Question
from incidents.search.windows import FIRST, Windows
from incidents.storage.driver import patiently
from incidents.storage.incidents import Condition, Snapshot, Store

# A stream sorts each window whole: this bounds what one sort holds.
_STREAM_WINDOW_MAX = 100_000
_EVERY_ID = 2**63 - 1
# However little time there is: long enough that a window of one id is always finished.
_SECONDS_MIN = 1.0
_RETRY_SECONDS = 0.05


class Answer:
    """One page (with a `limit`) or one stream (without) of what matches, newest first.

    A page holds at most `limit` incidents and comes to its end after `seconds` with what was
    found so far; a stream holds all of one snapshot, and fails with OutOfTime after `seconds`.
    """

    def __init__(
        self,
        store: Store,
        question: Question,
        *,
        below: int | None,
        limit: int | None,
        seconds: float,
        wait_seconds: float,
        rows_at_once: int,
    ) -> None:
        self._store = store
        self._condition = _condition(question)
        self._high = _EVERY_ID if below is None else below
        self._ended = False
        self._limit = limit
        self._seconds = seconds
        self._wait_seconds = wait_seconds
        self._rows_at_once = rows_at_once
        self._found = 0
        self._by_example = self._condition.entries is not None
        self._windows = self._first_windows()
        self._clock = asyncio.get_running_loop().time

    @property
    def is_page(self) -> bool:
        """Whether a limit was asked for."""
        return self._limit is not None

    @property
    def next(self) -> int | None:
        """Once the incidents are at their end: the id below which to go on; None at the end."""
        return None if self._ended else self._high

    async def incidents(self) -> AsyncGenerator[StoredIncident]:
        """What matches, as it is found. Raises StorageError."""
        deadline: float | None = None
        given_up_at: float | None = None
        finished = False
        while not finished:
            snapshot = await patiently(self._store.open_snapshot, self._wait_seconds)
            # Waiting for a connection is not searching.
            deadline = deadline or self._clock() + self._seconds
            self._high = start = min(self._high, snapshot.end)
            try:
                async with aclosing(self._walk(snapshot, deadline)) as found:
                    async for incident in found:
                        yield incident
                finished = True
            except OutOfTime:
                if not self.is_page:
                    raise
                # Whatever was asked, a page goes on at least a little.
                finished = self._high < start
                self._windows.narrow()
            except Unavailable:
                # The connection was lost. A page goes on where it was; a stream, which is one
                # snapshot, only when nothing of it was given yet.
                given_up_at = given_up_at or self._clock() + self._wait_seconds
                if self._clock() >= given_up_at or (self._found and not self.is_page):
                    raise
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                await snapshot.close()

    async def _walk(self, snapshot: Snapshot, deadline: float) -> AsyncGenerator[StoredIncident]:
        """Window after window from `self._high` down, which always says how far it came."""
        start = self._high
        while True:
            begun = self._clock()
            first = self._high == start
            async with aclosing(self._window(snapshot, deadline, first=first)) as found:
                async for incident in found:
                    yield incident
            if self._ended or self._full():
                return
            if self._clock() >= deadline:
                raise OutOfTime(f"the search took longer than {self._seconds} s")
            self._windows.widen(self._clock() - begun, deadline - self._clock())

    async def _window(
        self, snapshot: Snapshot, deadline: float, *, first: bool
    ) -> AsyncGenerator[StoredIncident]:
        low = max(0, self._high - self._windows.width)
        left = deadline - self._clock()
        rows = snapshot.window(
            self._condition,
            low=low,
            high=self._high,
            # Past the first window a walk through the primary key may be a walk through it all.
            walk=first or not self._by_example,
            seconds=max(
                _SECONDS_MIN if self._windows.width == 1 else 0, left / 2 if first else left
            ),
            limit=None if self._limit is None else self._limit - self._found + 1,
            rows_at_once=self._rows_at_once,
        )
        async with aclosing(rows):
            async for incident in rows:
                if self._full():
                    return
                if self._clock() >= deadline and self._found:
                    raise OutOfTime(f"the search took longer than {self._seconds} s")
                self._found += 1
                self._high = incident.id
                yield incident
        self._high = low
        self._ended = low <= 1  # ids begin with 1

    def _full(self) -> bool:
        return self._limit is not None and self._found >= self._limit

    def _first_windows(self) -> Windows:
        width_max = _EVERY_ID if self.is_page or not self._by_example else _STREAM_WINDOW_MAX
        bounded = self._condition.since is not None or self._condition.until is not None
        in_order_of_an_index = not self._by_example and not bounded
        return Windows(_EVERY_ID if in_order_of_an_index else FIRST, width_max)


def _condition(question: Question) -> Condition:
    example = question.example
    return Condition(
        entries=None if example is None or example.matches_everything else example.entries,
        hash=question.hash,
        since=question.since,
        until=question.until,
    )
