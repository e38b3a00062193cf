"""The search: answers questions, so many at a time."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from incidents.core.errors import NotFound
from incidents.core.incident import StoredIncident
from incidents.core.query.tree import Path
from incidents.db.condition import Condition
from incidents.db.driver import with_retry
from incidents.search.bounds import Bounds
from incidents.search.counts.counting import Counting
from incidents.search.counts.estimator import Estimator
from incidents.search.counts.fields import FieldCounts, count_fields
from incidents.search.counts.hints import Changed, HintSearch
from incidents.search.counts.timeline import Timeline, Timelines, Wanted
from incidents.search.counts.values import Values, count_values
from incidents.search.page import Page
from incidents.search.readings import Readings
from incidents.search.stream import Stream
from incidents.support.admission import ConcurrencyLimit, Permit
from incidents.support.metrics.metrics import RETURNED
from incidents.support.settings import Settings

T = TypeVar("T")

# The longest response without a limit: its snapshot keeps PostgreSQL from removing what was
# deleted meanwhile. `incidents export` has no such bound.
_STREAM_SECONDS_MAX = 3600.0


class Search:
    """Everything that is read, and its bounds. What was acknowledged is always found."""

    def __init__(self, settings: Settings, readings: Readings, counting: Counting) -> None:
        self._settings = settings
        self._readings = readings
        self._timelines = Timelines(counting)
        self._estimator = Estimator(counting)
        self._limit = ConcurrencyLimit("searches", settings.searches_max, settings.search_bytes_max)
        self._streams = ConcurrencyLimit("long answers", settings.streams_max, 1)
        self._bounds = Bounds(
            seconds=settings.search_deadline_seconds,
            wait_seconds=settings.database_wait_seconds,
            rows_at_once=settings.rows_at_once,
            slow_seconds=settings.slow_find_seconds,
        )

    def permit(self, source: bytes | None = None) -> Permit:
        """A permit for one search of that source, until its answer is sent."""
        return self._limit.permit(source)

    def has_stream_permit(self, source: bytes | None) -> bool:
        """Whether there is a permit for one long answer more of that source."""
        return self._streams.has_permit(source)

    def stream_permit(self, source: bytes | None = None) -> Permit:
        """A permit for one long answer of that source, until it is sent."""
        return self._streams.permit(source)

    def page(self, condition: Condition, *, below: int | None, limit: int) -> Page:
        """A page of at most `limit` incidents with ids under `below`."""
        return Page(
            self._readings,
            condition,
            below=below,
            limit=limit,
            bounds=self._bounds,
        )

    def stream(self, condition: Condition, *, below: int | None) -> Stream:
        """All incidents with ids under `below`."""
        return Stream(
            self._readings,
            condition,
            below=below,
            bounds=replace(self._bounds, seconds=_STREAM_SECONDS_MAX),
        )

    def measure(self) -> None:
        """Says how many are in flight now."""
        self._limit.measure()
        self._streams.measure()

    async def timeline(self, condition: Condition, wanted: Wanted, seconds: float) -> Timeline:
        """The matches, counted by time. Raises StorageError, BadParameter."""
        return await self._counted(lambda: self._timelines.count(condition, wanted, seconds))

    async def values(self, condition: Condition, path: Path, limit: int, seconds: float) -> Values:
        """The most frequent values of a field among the matches. Raises StorageError."""
        return await self._counted(
            lambda: count_values(self._estimator, condition, path, limit, seconds)
        )

    async def fields(self, condition: Condition, seconds: float) -> FieldCounts:
        """The fields that there are among the matches. Raises StorageError."""
        return await self._counted(lambda: count_fields(self._estimator, condition, seconds))

    def hints(self, changed: Iterator[Changed]) -> HintSearch:
        """Says which of the queries match something."""
        return HintSearch(self._estimator, changed)

    async def _counted(self, count: Callable[[], Awaitable[T]]) -> T:
        return await with_retry(count, self._settings.database_wait_seconds, waiter="searches")

    async def incident(self, id_: int) -> StoredIncident:
        """The incident of that id. Raises NotFound, StorageError."""
        found = await with_retry(
            lambda: self._readings.fetch(id_),
            self._settings.database_wait_seconds,
            waiter="searches",
        )
        if found is None:
            raise NotFound(f"there is no incident {id_}")
        RETURNED.add(1, "id")
        return found
