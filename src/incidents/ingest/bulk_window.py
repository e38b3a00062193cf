"""The lines of one bulk request: answered in order, with a bounded number in flight."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from math import inf
from typing import NamedTuple

from incidents.core.errors import IncidentsError, KeyReused, OtherLineRefused, Refused
from incidents.core.incident import Incident
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.queue import Queue

# Completed lines that are yielded together.
_HANDFUL = 512


class Line(NamedTuple):
    """One line of the request and its outcome: stored, or refused with an error.

    `size` is roughly the memory that it takes in flight. Heavy lines have a queue of their own.
    """

    number: int
    outcome: PendingWrite | IncidentsError
    size: int = 0
    is_heavy: bool = False

    @property
    def is_completed(self) -> bool:
        """Whether its outcome is known."""
        return isinstance(self.outcome, IncidentsError) or self.outcome.is_completed

    @property
    def error(self) -> IncidentsError | None:
        """Why it was not stored; None once it is on disk."""
        return self.outcome if isinstance(self.outcome, IncidentsError) else self.outcome.error


class BulkWindow:
    """Has at most `count_max` lines in flight, and several only within `bytes_max` bytes.

    With `tells_failure`, an error that ends the request is reported behind its lines; otherwise it
    is raised.
    """

    tells_failure = True

    def __init__(
        self,
        queue: Queue,
        heavy_queue: Queue,
        count_max: int,
        bytes_max: int,
        wait_seconds: float,
    ) -> None:
        self._queue = queue
        self._heavy_queue = heavy_queue
        self._puts_heavy = False
        self._count_max = count_max
        self._bytes_max = bytes_max
        self._wait_seconds = wait_seconds
        self._lines: deque[Line] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()
        self._taken = asyncio.Event()
        self._ended = False
        # The error that ends the request early.
        self.failure: IncidentsError | None = None

    def line(
        self, number: int, report: Incident | IncidentsError, *, is_heavy: bool = False
    ) -> Line:
        """A line that is not in flight yet."""
        if isinstance(report, IncidentsError):
            return Line(number, report)
        pending = PendingWrite(report, deadline=inf)
        return Line(number, pending, pending.size, is_heavy)

    def is_full(self, line: Line) -> bool:
        """Whether the line has to wait.

        It also waits behind lines of the other kind (heavy or not), which have another queue: so
        ids follow the order of lines.
        """
        count = len(self._lines)
        if count == 0:
            return False
        full = count >= self._count_max or self._bytes + line.size > self._bytes_max
        return full or line.is_heavy is not self._puts_heavy

    async def until_space(self, line: Line) -> None:
        """Returns when there is room for the line, or it cannot be accepted."""
        while self.is_full(line) and self.failure is None:
            self._taken.clear()
            await self._taken.wait()

    def put(self, line: Line) -> None:
        """Puts the line in flight. There must be room for it.

        Raises Closing, and Unavailable once PostgreSQL was unavailable for too long for an earlier
        line: then this line and all later ones are not stored.
        """
        if self.failure is not None:
            raise self.failure
        if isinstance(line.outcome, PendingWrite):
            # The time counts from now: it must not include the time in which the client did not
            # read its reply.
            line.outcome.deadline = asyncio.get_running_loop().time() + self._wait_seconds
            self._puts_heavy = line.is_heavy
            (self._heavy_queue if line.is_heavy else self._queue).put(line.outcome)
        self._append(line)

    def refuse_rest(self, number: int, error: IncidentsError) -> None:
        """From this line on nothing is stored."""
        self.failure = error
        self._append(Line(number, error))

    def end(self) -> None:
        """There are no more lines."""
        self._ended = True
        self._changed.set()

    def close(self) -> None:
        """The client has left: nobody waits for its lines any more."""

    async def until_ended(self) -> None:
        """Returns when there are no more lines."""
        while not self._ended:
            self._changed.clear()
            await self._changed.wait()

    async def completed(self) -> AsyncGenerator[list[Line]]:
        """All lines in their order, some at a time, each once it is completed."""
        while True:
            while not self._lines and not self._ended:
                self._changed.clear()
                await self._changed.wait()
            if not self._lines:
                return
            await self._until_completed(self._lines[0])
            lines: list[Line] = []
            while self._lines and len(lines) < _HANDFUL and self._lines[0].is_completed:
                lines.append(self._lines.popleft())
            self._bytes -= sum([line.size for line in lines])
            self._taken.set()
            yield lines

    async def _until_completed(self, line: Line) -> None:
        if isinstance(line.outcome, IncidentsError):
            return
        try:
            await line.outcome.completed()
        except (Refused, KeyReused, OtherLineRefused):
            return  # only this line; later ones may be stored
        except IncidentsError as error:
            self.failure = error
            self._taken.set()

    def _append(self, line: Line) -> None:
        self._lines.append(line)
        self._bytes += line.size
        self._changed.set()
