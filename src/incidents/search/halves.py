"""A search that will take long, on two connections at once."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress

from incidents.errors import Unavailable
from incidents.incident import StoredIncident
from incidents.storage.condition import Condition, Window
from incidents.storage.incidents import Store
from incidents.storage.reading import Reading


async def find_in_halves(
    store: Store,
    reading: Reading,
    condition: Condition,
    windows: Sequence[Window],
    *,
    limit: int,
    seconds: float,
    are_sparse: bool,
) -> list[StoredIncident | int]:
    """As `reading.find`, which has the newer half of the ids; another connection has the older.

    Where somebody else wants the processors, `reading` has both. Raises OutOfTime, StorageError.
    """

    async def find(by: Reading, where: Sequence[Window]) -> list[StoredIncident | int]:
        return await by.find(condition, where, limit=limit, seconds=seconds, are_sparse=are_sparse)

    beside: Reading | None = None
    with suppress(Unavailable):  # PostgreSQL may have no room for one more
        beside = await store.read_in_idle(reading)
    if beside is None:
        return await find(reading, windows)
    newer, older = halves(windows)
    async with aclosing(beside):
        behind = asyncio.create_task(find(beside, older))
        try:
            found = await find(reading, newer)
            if len(found) < limit:
                found += await behind
        finally:
            behind.cancel()
            await asyncio.gather(behind, return_exceptions=True)
    return found[:limit]


def halves(windows: Sequence[Window]) -> tuple[list[Window], list[Window]]:
    """The newer half of the ids of these windows, which come newest first, and the older."""
    left = sum(high - low for low, high in windows) // 2
    newer: list[Window] = []
    older: list[Window] = []
    for low, high in windows:
        middle = max(low, high - left)
        left -= high - middle
        newer += [(middle, high)] if middle < high else []
        older += [(low, middle)] if low < middle else []
    return newer, older
