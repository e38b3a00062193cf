"""Reads new incidents once for all listeners of a worker, while there are any."""

import asyncio
import logging
from contextvars import Context

from incidents.core.errors import Closing, StorageError
from incidents.db.driver import backoff
from incidents.db.stream.following import Following
from incidents.db.stream.order import Order
from incidents.db.stream.position import Gap, Gaps, Position
from incidents.live_tail.listener import Listener
from incidents.live_tail.listener_groups import Groups
from incidents.support.metrics.wait import Wait

log = logging.getLogger(__name__)

# When the first listener comes, gaps (ids that are reserved but not committed) are looked for among
# this many ids.
_IDS_BACK = 100_000

# While PostgreSQL is unavailable nothing is committed, so gaps do not age.
_STEP_SECONDS_MAX = 1.0


class Follower:
    """Looks every `poll_seconds` for incidents that became visible, and distributes them."""

    def __init__(
        self,
        following: Following,
        *,
        groups: Groups,
        poll_seconds: float,
        order_seconds: float,
        late_seconds: float,
    ) -> None:
        self._following = following
        self._poll_seconds = poll_seconds
        self._order_seconds = order_seconds
        self._late_seconds = late_seconds
        self._groups = groups
        self._newcomers: dict[Listener, asyncio.Future[Position]] = {}
        self._wake = asyncio.Event()
        self._closed = False
        self._away: Wait | None = None
        self._task: asyncio.Task[None] | None = None
        self._order: Order | None = None
        self._reserved = 0
        self._age = 0.0  # the time by which gaps age
        self._looked_at = 0.0

    @property
    def position(self) -> Position:
        """What all attached listeners have been given."""
        assert self._order is not None
        return self._order.position

    async def attach(self, listener: Listener) -> Position:
        """The position at which the listener starts: it receives what is not visible there.

        Everything committed before the call is visible there. Waits while PostgreSQL is
        unavailable. Raises Closing.
        """
        if self._closed:
            raise Closing("the server is stopping: reconnect")
        self._groups.remove(listener)
        attached: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        self._newcomers[listener] = attached
        self._wake.set()
        if self._task is None or self._task.done():
            # In a context of its own, not that of the request that happens to start it.
            self._task = asyncio.create_task(self._run(), context=Context())
        try:
            return await attached
        finally:
            self._newcomers.pop(listener, None)

    def detach(self, listener: Listener) -> None:
        """The listener receives nothing more."""
        self._groups.remove(listener)
        self._wake.set()

    def end(self) -> None:
        """Ends all listeners, and accepts no new ones."""
        self._closed = True
        for listener in self._groups.listeners():
            listener.end()
        for attached in self._newcomers.values():
            if not attached.done():
                attached.set_exception(Closing("the server is stopping: reconnect"))
        self._wake.set()

    async def close(self) -> None:
        """Returns when no work is in flight."""
        self.end()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        """Returns when there are no listeners any more."""
        self._order = None
        pause = backoff()
        while (self._groups or self._newcomers) and not self._closed:
            newcomers = dict(self._newcomers)
            self._wake.clear()
            try:
                await self._look()
            except StorageError as error:
                self._report(away=error)
                await asyncio.sleep(next(pause))
            except Exception:
                log.exception("the tail met an unknown error")
                await asyncio.sleep(next(pause))
            else:
                self._report(away=None)
                pause = backoff()
                self._attach(newcomers)
                await self._rest(self._poll_seconds)

    def _attach(self, newcomers: dict[Listener, "asyncio.Future[Position]"]) -> None:
        assert self._order is not None
        start = Position(self._order.top, self._order.gaps)
        for listener, attached in newcomers.items():
            if not attached.done():
                self._groups.add(listener, start)
                attached.set_result(Position(start.front, Gaps(start.owed)))

    async def _look(self) -> None:
        reserved = await self._following.reserved()
        now = self._now()
        if self._order is None or reserved < self._reserved:
            await self._begin(reserved)
        elif reserved > self._order.top or not self._order.is_settled():
            await self._give_out(self._order, reserved, now)
        self._reserved = reserved

    async def _begin(self, reserved: int) -> None:
        """What is visible now counts as given; so does what was given before."""
        top, gaps = await self._following.newest(max(0, reserved - _IDS_BACK))
        self._order = Order(
            top,
            Gaps(Gap(*ends, self._age) for ends in gaps),
            order_seconds=self._order_seconds,
            late_seconds=self._late_seconds,
        )
        for listener in self._groups.listeners():
            listener.level()

    async def _give_out(self, order: Order, reserved: int, now: float) -> None:
        more = True
        while more:
            new, more = await self._following.after(order.top, reserved)
            await self._groups.look_ahead(new)
            order.saw_new(new, now)
            # Gaps are read after the new ids: what was committed before one of those is found now,
            # and comes before it.
            if order.gaps:
                late = await self._following.among([(g.low, g.high) for g in order.gaps])
                await self._groups.look_ahead(late)
                order.saw_late(late)
            for arrival in order.given(now):
                self._groups.give(arrival, lambda: order.position)
            self._groups.wake()

    async def _rest(self, seconds: float) -> None:
        """Waits until the next look is due, or a listener comes or leaves."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _now(self) -> float:
        clock = asyncio.get_running_loop().time()
        self._age += min(clock - self._looked_at, _STEP_SECONDS_MAX)
        self._looked_at = clock
        return self._age

    def _report(self, *, away: StorageError | None) -> None:
        if away is not None and self._away is None:
            log.warning("PostgreSQL is unavailable, listeners wait for it: %s", away)
            self._away = Wait("listeners")
            self._away.goes_on()
        elif away is None and self._away is not None:
            log.warning("PostgreSQL is available again, listeners continue")
            self._away.over()
            self._away = None
