"""Parses the example of a request, whatever its size."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from incidents.core.errors import Overloaded
from incidents.core.example import Example, parse_example
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings


class Examples:
    """Parses examples; what is done with heavy ones is done with one at a time."""

    def __init__(self, parser: Parser, settings: Settings) -> None:
        self._parser = parser
        self._settings = settings
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def parsed(self, raw: bytes) -> AsyncGenerator[Example]:
        """The example that `raw` holds, to look for it in the block.

        Raises what `parse_example` does, and Overloaded when heavy ones before it take too long.
        """
        levels = self._settings.nesting_levels_max
        if len(raw) <= LIGHT_BYTES_MAX or not is_heavy(raw):
            yield parse_example(raw, levels)
            return
        deadline = asyncio.get_running_loop().time() + self._settings.database_wait_seconds
        example = await self._parser.call(deadline, parse_example, raw, levels)
        try:
            async with asyncio.timeout_at(deadline):
                await self._turn.acquire()
        except TimeoutError as error:
            raise Overloaded("too many finds have large examples: try again soon") from error
        try:
            yield example
        finally:
            self._turn.release()
