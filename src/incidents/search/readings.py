"""The table of incidents, for readers."""

from contextlib import aclosing

from incidents.core.incident import StoredIncident
from incidents.db.partition_catalog import PartitionCatalog
from incidents.db.pool import ConnectionPool
from incidents.search.reading import Reading

# The caller has a wait of its own; this is for one that has fallen silent.
_FETCH_SECONDS = 60


class Readings:
    """Opens readings on a pool of connections. All methods raise StorageError."""

    def __init__(self, connections: ConnectionPool) -> None:
        self._reading = connections
        self._catalog = PartitionCatalog()

    async def fetch(self, id_: int) -> StoredIncident | None:
        """The incident of that id with all that is kept of it, or None."""
        async with aclosing(await self.read(_FETCH_SECONDS)) as reading:
            found = await reading.incidents([id_], _FETCH_SECONDS, with_raw=True)
        return found[0] if found else None

    async def read(self, seconds: float, *, snapshot: bool = False, heavy: bool = False) -> Reading:
        """A reading that sees all that was acknowledged before; the caller closes it.

        Its statements will be given about so many seconds. While it is at `heavy` ones, others
        begin.
        """
        lease = await self._reading.acquire()
        if heavy:
            lease.end_slot()
        try:
            reading = Reading(self._reading, lease, self._catalog)
            await reading.open(seconds, snapshot=snapshot)
        except BaseException:
            self._reading.discard(lease)
            raise
        self._catalog = reading.catalog
        return reading
