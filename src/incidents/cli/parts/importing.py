"""Stores incidents in batches, and reports those that cannot be stored."""

from typing import TYPE_CHECKING

from incidents.cli.parts.progress import Progress
from incidents.ingest.loader import Loader
from incidents.ingest.queue import BATCH_BYTES_MAX
from incidents.support.settings import Settings

if TYPE_CHECKING:
    from incidents.core.incident import Incident


class Importing:
    """Counts what is `stored` and what is `left_out`, and prints why.

    With `keep_times`, an incident that is stored already keeps its time.
    """

    def __init__(
        self, settings: Settings, loader: Loader, shown: Progress, *, keep_times: bool = False
    ) -> None:
        self._settings = settings
        self._loader = loader
        self._shown = shown
        self._keep_times = keep_times
        self._batch: dict[int, tuple[str, Incident]] = {}
        self._bytes = 0
        self.stored = self.left_out = 0

    async def add(self, place: str, id_: int, incident: "Incident") -> bool:
        """Whether this incident and all before it are on disk. `place` is where it comes from.

        Raises Unavailable if PostgreSQL is unavailable for too long.
        """
        if id_ in self._batch:
            await self.flush()
        self._batch[id_] = (place, incident)
        self._bytes += len(incident.headers) + len(incident.body)
        full = (
            len(self._batch) >= self._settings.batch_incidents_max or self._bytes >= BATCH_BYTES_MAX
        )
        if full:
            await self.flush()
        return full

    async def flush(self) -> None:
        """Returns when everything that was added is on disk or skipped."""
        batch, self._batch, self._bytes = self._batch, {}, 0
        if not batch:
            return
        incidents = {id_: incident for id_, (_, incident) in batch.items()}
        if self._keep_times:
            for id_, time in (await self._loader.times(list(batch))).items():
                incidents[id_] = incidents[id_]._replace(received_at=time)
        refused = await self._loader.store(list(incidents.items()))
        for id_, why in refused.items():
            self.leave_out(batch[id_][0], f"incident {id_}: {why}")
        self.stored += len(batch) - len(refused)

    def leave_out(self, place: str, why: str) -> None:
        """Counts and reports an incident that cannot be stored."""
        self.left_out += 1
        self._shown.say(f"{place} is skipped: {why}", err=True)
