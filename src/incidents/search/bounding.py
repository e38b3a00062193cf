"""Between which ids a page searches when it is asked for a time."""

import asyncio
from contextlib import aclosing, suppress

from incidents.errors import Unavailable
from incidents.storage.condition import Window
from incidents.storage.incidents import Store
from incidents.storage.proof import Guess
from incidents.storage.reading import Reading


class Bounding:
    """Proves a guess on a connection of its own, if there is one, while the page searches there.

    What is found meanwhile is not to be given before the guess is `proven`.
    """

    def __init__(self, store: Store, reading: Reading, guess: Guess, seconds: float) -> None:
        self._store = store
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
            beside = await self._store.read_beside(reading)
        if beside is None:
            return None
        async with aclosing(beside):
            return await self._guess.proven(beside, seconds)
