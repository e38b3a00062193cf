"""One listener: what of the log of its example it is owed, and has not taken yet."""

import asyncio
from collections.abc import Sequence

from incidents.example import Example
from incidents.tail.events import Event, Given, Skipped
from incidents.tail.log import Log
from incidents.tail.position import Gaps, Position


class Listener:
    """Takes from a log what was not visible when it was attached."""

    def __init__(self, example: Example) -> None:
        self.example = example
        self.ended = False
        self.cursor = 0
        self._log: Log | None = None
        self._start: Position | None = None
        self._something = asyncio.Event()

    def attach(self, log: Log, start: Position) -> None:
        """From now on it takes what was not visible at `start`."""
        self._log = log
        self.cursor = log.end
        self._start = Position(start.front, Gaps(start.owed))

    @property
    def has_missed(self) -> bool:
        """Whether something that it would take next is kept no longer."""
        return self._log is not None and self.cursor < self._log.begin

    def position(self, common: Position) -> Position:
        """How far it has come when it has taken all; `common` is that of all who have."""
        if self._start is None or common.front > self._start.front:
            return common
        return Position(self._start.front, Gaps(self._start.owed))

    def level(self) -> None:
        """Forgets where it started: everything from now on is new to it."""
        self._start = None

    def wake(self) -> bool:
        """Lets it take what there is for it. Says whether it was waiting."""
        waiting = not self._something.is_set()
        self._something.set()
        return waiting

    def end(self) -> None:
        """Lets it take what there is, and then no more."""
        self.ended = True
        self._something.set()

    async def take(self, seconds: float) -> Sequence[Event]:
        """What there is for it; waits for that, but not longer than `seconds`."""
        assert self._log is not None
        if self.cursor == self._log.end and not self.ended:
            self._something.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._something.wait()
            except TimeoutError:
                return []
        events, self.cursor = self._log.read(self.cursor)
        return events if self._start is None else self._owed(events)

    def _owed(self, events: Sequence[Given | Skipped]) -> list[Event]:
        """Without what was visible when the listener came."""
        owed: list[Event] = []
        for event in events:
            start = self._start
            if start is None or event.position.front > start.front:
                self._start = None
                owed.append(event)
            elif isinstance(event, Given) and event.incident.id in start.owed:
                start.owed.discard(event.incident.id)
                owed.append(Given(event.incident, self.position(event.position)))
        return owed
