"""The live tail: listeners receive every matching incident committed from then on."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from incidents.core.errors import Unavailable
from incidents.core.query.query import query_of
from incidents.core.query.tree import Tree
from incidents.db.condition import Condition
from incidents.db.stream.following import Following
from incidents.db.stream.position import Gaps, Position
from incidents.live_tail.catch_up import CatchUp
from incidents.live_tail.events import Piece, Quiet
from incidents.live_tail.follower import Follower
from incidents.live_tail.listener import Listener
from incidents.live_tail.listener_groups import Groups
from incidents.live_tail.pacing import Pace, SourcePace
from incidents.support.admission import ConcurrencyLimit, Permit
from incidents.support.metrics.metrics import TAIL_SENT, TAIL_SKIPPED
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

# Rows in memory while catching up, if all had the largest size.
_ROWS_BYTES = 8 * 1024 * 1024
_ROWS_AT_ONCE_MAX = 100

# Incidents and bytes buffered for slow listeners to one query; older ones are skipped.
BUFFER_INCIDENTS_MAX = 1000
BUFFER_BYTES_MAX = 1024 * 1024
# How often a worker with listeners looks for new incidents: faster than people notice.
POLL_SECONDS = 0.1
# How long incidents wait for a lower id that is not committed yet, so that they come in order.
ORDER_SECONDS_MAX = 1.0
# A listener that receives nothing else gets a heartbeat this often: proxies close connections that
# are silent for 30 to 60 seconds.
HEARTBEAT_SECONDS = 15.0
# For this long a gap in the ids can be filled by a late commit; longer if reports may wait longer
# for PostgreSQL.
_LATE_SECONDS_MIN = 60.0
# Bytes a second that a worker sends to all listeners; each write counts as 8 KiB more. A sixteenth
# of it while reports are in flight, which have priority.
_BYTES_PER_SECOND_MAX = 16 * 1024 * 1024


class Tail:
    """All listeners of one worker, within limits."""

    def __init__(
        self, settings: Settings, following: Following, is_busy: Callable[[], bool]
    ) -> None:
        self._settings = settings
        self._following = following
        self._limit = ConcurrencyLimit(
            "listeners", settings.tail_listeners_max, settings.search_bytes_max
        )
        self._rows_at_once = max(1, min(_ROWS_AT_ONCE_MAX, _ROWS_BYTES // settings.body_bytes_max))
        # Its own process: listeners do not wait behind heavy reports.
        self._parser = Parser()
        self._follower = Follower(
            following,
            groups=Groups(self._parser, BUFFER_INCIDENTS_MAX, BUFFER_BYTES_MAX),
            poll_seconds=POLL_SECONDS,
            order_seconds=ORDER_SECONDS_MAX,
            late_seconds=max(_LATE_SECONDS_MIN, 3 * settings.database_wait_seconds),
        )
        self._pace = Pace(_BYTES_PER_SECOND_MAX, is_busy)

    def permit(self, source: bytes | None) -> Permit:
        """A permit for one listener of that source, until it leaves."""
        return self._limit.permit(source)

    def measure(self) -> None:
        """Updates the metrics."""
        self._limit.measure()

    async def listen(
        self, tree: Tree, left: Position | None, source: bytes | None
    ) -> "Subscription":
        """Returns when the listener will be given what is committed from now on.

        That is what matches the tree. With `left`, the position of the last event that it has,
        it is given first what it missed. Listeners of one source share its turns. Raises
        Unavailable when PostgreSQL is away, and Closing.
        """
        settings = self._settings
        subscription = Subscription(
            Listener(query_of(tree)),
            self._follower,
            self._pace.of(source),
            CatchUp(
                self._following,
                Condition(tree),
                rows_at_once=self._rows_at_once,
                wait_seconds=settings.database_wait_seconds,
            ),
            wait_seconds=settings.database_wait_seconds,
            heartbeat_seconds=HEARTBEAT_SECONDS,
        )
        await subscription.open(left)
        return subscription

    def end(self) -> None:
        """Ends all replies to listeners."""
        self._follower.end()
        self._pace.lift()

    async def close(self) -> None:
        """Returns when nothing is read any more."""
        await self._parser.close()
        await self._follower.close()


class Subscription:
    """What one listener receives, until it leaves."""

    def __init__(
        self,
        listener: Listener,
        follower: Follower,
        pace: SourcePace,
        catch_up: CatchUp,
        *,
        wait_seconds: float,
        heartbeat_seconds: float,
    ) -> None:
        self._listener = listener
        self._follower = follower
        self._pace = pace
        self._catch_up = catch_up
        self._wait_seconds = wait_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._left: Position | None = None
        self._start = Position(0, Gaps())

    async def open(self, left: Position | None) -> None:
        """Returns when it receives what is committed from now on."""
        self._left = left
        try:
            async with asyncio.timeout(self._wait_seconds):
                self._start = await self._follower.attach(self._listener)
        except TimeoutError as error:
            raise Unavailable("PostgreSQL did not answer in time") from error

    def close(self) -> None:
        """Returns the listener's permit."""
        self._follower.detach(self._listener)

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The server-sent events, each in its turn among all listeners."""
        async with aclosing(self._told()) as told:
            async for piece in told:
                self._pace.passed(len(piece.written))
                TAIL_SENT.add(piece.given)
                TAIL_SKIPPED.add(piece.skipped)
                yield piece.written

    async def _told(self) -> AsyncGenerator[Piece]:
        """What is written at once; a Quiet first, and whenever nothing else came."""
        yield Piece([Quiet(self._left or self._start)])
        while self._left is not None:
            async with aclosing(self._catch_up.between(self._left, self._start)) as missed:
                async for given in missed:
                    await self._pace.turn()
                    yield Piece(given)
                    if self._listener.ended:
                        return
            yield Piece([Quiet(self._start)])
            if self._listener.has_missed:
                # Meanwhile more came than is buffered: it is read from the table, too.
                await self.open(self._start)
            else:
                self._left = None
        while True:
            something = await self._listener.wait(self._heartbeat_seconds)
            if something:
                # What comes until its turn is sent with the rest.
                await self._pace.turn()
            if piece := self._listener.take():
                yield piece
            elif self._listener.has_all:
                if self._listener.ended:
                    return
                yield Piece([Quiet(self._listener.position(self._follower.position))])
