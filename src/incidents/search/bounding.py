"""Between which ids a page searches when it is asked for a time."""

import asyncio
from contextlib import aclosing, suppress

from incidents.core.errors import Unavailable
from incidents.db.condition import Window
from incidents.search.proof import Guess
from incidents.search.reading import Reading
from incidents.search.readings import Readings


class Bounding:
    """Proves a guess on a connection of its own, if there is one, while the page searches there.

    What is found meanwhile is not to be given before the guess is `proven`.
    """

    def __init__(self, readings: Readings, reading: Reading, guess: Guess, seconds: float) -> None:
        self._readings = readings
        self._guess = guess
        self._proof = asyncio.create_task(self._prove_beside(reading, seconds))

    async def proven(self, reading: Reading, seconds: float) -> Window:
        """All incidents of the time have ids low <= id < high. Raises OutOfTime, StorageError."""
        return await self._proof or await self._guess.proven(reading, seconds)

    async def aclose(self) -> None:
        """Ends what is not done yet."""
        self._proof.cancel()
        await asyncio.wait({self._proof})

    async def _prove_beside(self, reading: Reading, seconds: float) -> Window | None:
        beside: Reading | None = None
        with suppress(Unavailable):  # PostgreSQL may have no room for one more
            beside = await self._readings.read_beside(reading)
        if beside is None:
            return None
        async with aclosing(beside):
            return await self._guess.proven(beside, seconds)
