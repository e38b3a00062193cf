"""One listener: what of the log of its query it is owed, and has not taken yet."""

import asyncio
from collections.abc import Sequence

from incidents.core.query.query import Query
from incidents.live_tail.events import Event, Given, Piece
from incidents.live_tail.match_log import Log
from incidents.live_tail.position import Gaps, Position


class Listener:
    """Takes from a log what was not visible when it was attached."""

    def __init__(self, query: Query) -> None:
        self.query = query
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

    @property
    def has_all(self) -> bool:
        """Whether it has taken all that there is for it."""
        return self._log is None or self.cursor == self._log.end

    def position(self, common: Position) -> Position:
        """How far it has come when it has taken all; `common` is that of all who have."""
        if self._start is None or common.front > self._start.front:
            return common
        return Position(self._start.front, Gaps(self._start.owed))

    def level(self) -> None:
        """Forgets where it started: everything from now on is new to it."""
        self._start = None

    def wake(self) -> None:
        """Lets it take what there is for it."""
        self._something.set()

    def end(self) -> None:
        """Lets it take what there is, and then no more."""
        self.ended = True
        self._something.set()

    async def wait(self, seconds: float) -> bool:
        """Returns when there is something for it, or it was ended; False after `seconds`."""
        if self.ended or not self.has_all:
            return True
        self._something.clear()
        try:
            async with asyncio.timeout(seconds):
                return await self._something.wait()
        except TimeoutError:
            return False

    def take(self) -> Piece:
        """What there is for it, some of it at a time."""
        assert self._log is not None
        piece, self.cursor = self._log.read(self.cursor)
        return piece if self._start is None else Piece(self._owed(piece.events))

    def _owed(self, events: Sequence[Event]) -> list[Event]:
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
