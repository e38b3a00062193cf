"""The search: answers questions, so many at a time."""

from incidents.errors import NotFound
from incidents.incident import StoredIncident
from incidents.room import Place, Room
from incidents.search.answer import Answer
from incidents.search.question import Question
from incidents.settings import Settings
from incidents.storage.driver import patiently
from incidents.storage.incidents import Store


class Search:
    """Everything that is read, and its bounds. What was acknowledged is always found."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._room = Room("searches", settings.searches_max, settings.search_bytes_max)
        self._streams = Room("long answers", settings.streams_max, 1)

    def place(self) -> Place:
        """A place for one search, until its answer is sent."""
        return self._room.place()

    def stream_place(self) -> Place:
        """A place for one long answer, until it is sent."""
        return self._streams.place()

    def answer(self, question: Question, *, below: int | None, limit: int | None) -> Answer:
        """A page of at most `limit` incidents with ids under `below`, or a stream of all."""
        settings = self._settings
        return Answer(
            self._store,
            question,
            below=below,
            limit=limit,
            seconds=(
                settings.stream_seconds_max if limit is None else settings.search_deadline_seconds
            ),
            wait_seconds=settings.database_wait_seconds,
            rows_at_once=settings.rows_at_once,
        )

    async def incident(self, id_: int) -> StoredIncident:
        """The incident of that id. Raises NotFound, StorageError."""
        found = await patiently(
            lambda: self._store.fetch(id_), self._settings.database_wait_seconds
        )
        if found is None:
            raise NotFound(f"there is no incident {id_}")
        return found
