"""Ids for incidents, reserved in PostgreSQL before they are used."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

# Reserved ids are used within this time, or never: so that the order of ids is the order of
# time, to within it, among workers too.
_FRESH_SECONDS = 0.05

# Under load, ids for so many batches like this one are reserved at once.
_BATCHES_AHEAD = 4


class Ids:
    """Hands out ids that nobody else has or will have, a round trip only now and then.

    `reserve` reserves a number of them, durably, in ascending order. Ids that are not used
    in time are given up: a gap in the order costs nothing.
    """

    def __init__(self, reserve: Callable[[int], Awaitable[list[int]]]) -> None:
        self._reserve = reserve
        self._stock: deque[int] = deque()
        self._reserved_at = float("-inf")
        self._clock = asyncio.get_event_loop().time

    async def take(self, count: int) -> list[int]:
        """`count` ids, ascending. Raises StorageError as `reserve` does."""
        busy = self._clock() - self._reserved_at < _FRESH_SECONDS
        if not busy:
            self._stock.clear()
        while len(self._stock) < count:  # another batch may take some meanwhile
            ahead = count * _BATCHES_AHEAD if busy else 0
            begun = self._clock()
            self._stock.extend(await self._reserve(count - len(self._stock) + ahead))
            self._reserved_at = begun
        return sorted(self._stock.popleft() for _ in range(count))
