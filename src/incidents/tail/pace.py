"""How fast a worker tells its listeners, all of them together."""

import asyncio

# So much may pass at once after a pause.
_BURST_SECONDS = 0.1


class Pace:
    """Lets so many bytes a second pass, in the order in which they come."""

    def __init__(self, bytes_per_second: int) -> None:
        self._bytes_per_second = bytes_per_second
        self._free_at = 0.0

    async def let_pass(self, size: int) -> None:
        """Returns when it is the turn of these bytes."""
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now - _BURST_SECONDS) + size / self._bytes_per_second
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)
