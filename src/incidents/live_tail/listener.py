"""One listener: its place in the log of its query."""

import asyncio
from collections.abc import Sequence

from incidents.core.query.query import Query
from incidents.db.stream.position import Gaps, Position
from incidents.live_tail.events import Event, Given, Piece
from incidents.live_tail.match_log import Log


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
        """Whether the next event for it is not in the log any more."""
        return self._log is not None and self.cursor < self._log.begin

    @property
    def has_all(self) -> bool:
        """Whether it has taken everything there is for it."""
        return self._log is None or self.cursor == self._log.end

    def position(self, common: Position) -> Position:
        """Its position once it has taken everything; `common` is that of all such listeners."""
        if self._start is None or common.front > self._start.front:
            return common
        return Position(self._start.front, Gaps(self._start.owed))

    def level(self) -> None:
        """Forgets its start: everything from now on is new to it."""
        self._start = None

    def wake(self) -> None:
        """Something is there for it to take."""
        self._something.set()

    def end(self) -> None:
        """It can take what is there, and nothing afterwards."""
        self.ended = True
        self._something.set()

    async def wait(self, seconds: float) -> bool:
        """True when there is something to take, or it has ended; False after `seconds`."""
        if self.ended or not self.has_all:
            return True
        self._something.clear()
        try:
            async with asyncio.timeout(seconds):
                return await self._something.wait()
        except TimeoutError:
            return False

    def take(self) -> Piece:
        """The next part of what there is for it."""
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
