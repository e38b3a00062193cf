"""Seals partitions: what was found nowhere in a sealed one never comes into it later.

A partition whose ids were all given gets no more incidents, but for a process that was stopped in
the middle of a report, for however long. A trigger keeps its row out, and a process that is told
so gives the report a new id. No other partition has the trigger, so that reports do not wait for
it. https://www.postgresql.org/docs/current/trigger-definition.html
"""

import logging
from secrets import token_hex

import asyncpg

from incidents.errors import StorageError
from incidents.settings import Settings
from incidents.storage.chores import Chore, alone, patient_for_a_moment
from incidents.storage.cluster import is_clustered
from incidents.storage.partitions import Partition, list_partitions
from incidents.storage.tables import LAST_ID, NEW_SEAL, SEAL

# Any fixed number that no other program would choose: "incl" in ASCII.
_LOCK_KEY = 0x696E636C

log = logging.getLogger(__name__)


class Seals:
    """Seals what has had all its incidents, from `open` to `close`. In a cluster nothing is.

    (Citus has no triggers on its tables.) Neither reports nor searches wait for it: what could make
    others wait gives up after 50 ms.
    """

    def __init__(self, settings: Settings, url: str) -> None:
        self._url = url
        self._wait_seconds = settings.database_wait_seconds
        self._full: set[int] = set()
        self._chore = Chore(self.look, every_seconds=settings.seal_after_seconds, failed=_tell)

    def open(self) -> None:
        """Begins to look, again and again."""
        self._chore.open()

    async def close(self) -> None:
        """Returns when nothing is under way any more."""
        await self._chore.close()

    async def look(self) -> None:
        """Seals the partitions whose ids had all been given at the last look. Raises StorageError.

        So a report had the time between to be stored under an id of it.
        """
        async with alone(
            self._url, name="seals", key=_LOCK_KEY, wait_seconds=self._wait_seconds, session={}
        ) as connection:
            if connection is None or await is_clustered(connection):
                return
            last_id = await connection.fetchval(LAST_ID)
            full = [
                each
                for each in await list_partitions(connection)
                if each.end <= last_id + 1 and each.seal is None
            ]
            for each in full:
                if each.start in self._full:
                    await _seal(connection, each)
            self._full = {each.start for each in full}


async def _seal(connection: asyncpg.Connection, partition: Partition) -> None:
    """Waits for who is storing there at the moment, and for nobody who reads."""
    async with patient_for_a_moment(connection, "sealing"), connection.transaction():
        # In the order in which an import takes both.
        await connection.execute(NEW_SEAL)
        await connection.execute(
            f"CREATE TRIGGER {SEAL}{token_hex(8)} BEFORE INSERT ON {partition.name} "
            "FOR EACH ROW EXECUTE FUNCTION incidents_keep_sealed()"
        )
        log.info("%s is sealed: all its ids were given", partition.name)


async def unseal(connection: asyncpg.Connection) -> None:
    """Returns when no partition is sealed, as Citus spreads no table with triggers."""
    for each in await list_partitions(connection):
        if each.seal is not None:
            await connection.execute(f"DROP TRIGGER {each.seal} ON {each.name}")


def _tell(error: StorageError) -> None:
    log.warning("no partition could be sealed; it will be tried again: %s", error)
