"""The search: answers questions, so many at a time."""

from dataclasses import replace

from incidents.errors import NotFound
from incidents.incident import StoredIncident
from incidents.metrics.metrics import FOUND
from incidents.room import Place, Room
from incidents.search.bounds import Bounds
from incidents.search.page import Page
from incidents.search.question import Question
from incidents.search.stream import Stream
from incidents.search.timeline import Timeline, Timelines
from incidents.settings import Settings
from incidents.storage.counting import Counting
from incidents.storage.driver import patiently
from incidents.storage.incidents import Store
from incidents.storage.times import Times


class Search:
    """Everything that is read, and its bounds. What was acknowledged is always found."""

    def __init__(self, settings: Settings, store: Store, counting: Counting) -> None:
        self._settings = settings
        self._store = store
        self._timelines = Timelines(counting)
        self._room = Room("searches", settings.searches_max, settings.search_bytes_max)
        self._streams = Room("long answers", settings.streams_max, 1)
        self._times = Times()
        self._bounds = Bounds(
            seconds=settings.search_deadline_seconds,
            wait_seconds=settings.database_wait_seconds,
            rows_at_once=settings.rows_at_once,
            slow_seconds=settings.slow_find_seconds,
        )

    def place(self, source: bytes | None = None) -> Place:
        """A place for one search of that source, until its answer is sent."""
        return self._room.place(source)

    def has_stream_place(self, source: bytes | None) -> bool:
        """Whether there is a place for one long answer more of that source."""
        return self._streams.has_place(source)

    def stream_place(self, source: bytes | None = None) -> Place:
        """A place for one long answer of that source, until it is sent."""
        return self._streams.place(source)

    def page(self, question: Question, *, below: int | None, limit: int) -> Page:
        """A page of at most `limit` incidents with ids under `below`."""
        return Page(
            self._store,
            self._times,
            question.condition,
            below=below,
            limit=limit,
            bounds=self._bounds,
        )

    def stream(self, question: Question, *, below: int | None) -> Stream:
        """All incidents with ids under `below`."""
        return Stream(
            self._store,
            self._times,
            question.condition,
            below=below,
            bounds=replace(self._bounds, seconds=self._settings.stream_seconds_max),
        )

    def measure(self) -> None:
        """Says how many are under way now."""
        self._room.measure()
        self._streams.measure()

    async def timeline(self, question: Question, bins: int, seconds: float) -> Timeline:
        """The matches of a question by example, counted by time. Raises StorageError."""
        return await patiently(
            lambda: self._timelines.count(question, bins, seconds),
            self._settings.database_wait_seconds,
            waiter="searches",
        )

    async def incident(self, id_: int) -> StoredIncident:
        """The incident of that id. Raises NotFound, StorageError."""
        found = await patiently(
            lambda: self._store.fetch(id_),
            self._settings.database_wait_seconds,
            waiter="searches",
        )
        if found is None:
            raise NotFound(f"there is no incident {id_}")
        FOUND.add(1, "id")
        return found
