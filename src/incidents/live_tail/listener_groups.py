"""Groups listeners by query, so that an incident is matched once for all listeners of a query."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from incidents.core.errors import IncidentsError
from incidents.core.query.predicate import Predicate
from incidents.core.query.prefilter import prefilter_of, strings_of
from incidents.core.query.query import Query, matching
from incidents.core.query.subject import subject_of
from incidents.core.weight import HEAVY_BYTES_MIN
from incidents.db.stream.following import Arrival
from incidents.db.stream.position import Position
from incidents.live_tail.events import Given
from incidents.live_tail.listener import Listener
from incidents.live_tail.match_log import Log
from incidents.support.parsing_process import Parser

log = logging.getLogger(__name__)


class Groups:
    """Gives each incident to the listeners whose query it matches.

    Queries are found by a string that the incident must contain. So most queries are never tried
    and most incidents never parsed, however many listeners there are.
    """

    def __init__(self, parser: Parser, incidents_max: int, bytes_max: int) -> None:
        self._parser = parser
        self._incidents_max = incidents_max
        self._bytes_max = bytes_max
        self._grown: set[_Group] = set()
        self._by_query: dict[str, _Group] = {}
        self._by_prefilter: dict[str | None, list[_Group]] = {}

    def __len__(self) -> int:
        return sum(len(group.listeners) for group in self._by_query.values())

    def listeners(self) -> list[Listener]:
        """All listeners."""
        return [each for group in self._by_query.values() for each in group.listeners]

    def add(self, listener: Listener, start: Position) -> None:
        """From now on the listener receives what matches and was not visible at `start`."""
        text = listener.query.text
        group = self._by_query.get(text)
        if group is None:
            log = Log(self._incidents_max, self._bytes_max)
            group = self._by_query[text] = _Group(listener.query, log)
            self._by_prefilter.setdefault(group.prefilter, []).append(group)
        group.listeners.add(listener)
        listener.attach(group.log, start)

    def remove(self, listener: Listener) -> None:
        """The listener receives nothing more. It may have been removed already."""
        group = self._by_query.get(listener.query.text)
        if group is None:
            return
        group.listeners.discard(listener)
        if not group.listeners:
            del self._by_query[listener.query.text]
            beside = self._by_prefilter[group.prefilter]
            beside.remove(group)
            if not beside:
                del self._by_prefilter[group.prefilter]

    async def look_ahead(self, arrivals: Sequence[Arrival]) -> None:
        """Matches heavy incidents without blocking the event loop; `give` matches the rest."""
        queries = [each.query for each in self._by_query.values()]
        if all(each.matches_everything for each in queries):
            return
        for arrival in arrivals:
            if len(arrival.searched) >= HEAVY_BYTES_MIN:
                incident = arrival.identity, arrival.headers, arrival.searched
                with suppress(IncidentsError):
                    arrival.matches = await self._parser.call(None, matching, *incident, queries)

    def give(self, arrival: Arrival, position: Callable[[], Position]) -> None:
        """Gives it to the listeners that it matches; `position` is only called if there are any."""
        try:
            matched = self._matching(arrival)
        except IncidentsError:
            log.exception("incident %d cannot be read, and nobody listens to it", arrival.id)
            return
        if matched:
            given = Given(arrival.incident(), position())
            for group in matched:
                group.log.append(given)
            self._grown.update(matched)

    def wake(self) -> None:
        """Wakes the listeners that were given something."""
        for group in self._grown:
            for listener in group.listeners:
                listener.wake()
            group.log.forget(min((each.cursor for each in group.listeners), default=group.log.end))
        self._grown.clear()

    def _matching(self, arrival: Arrival) -> "list[_Group]":
        if self._by_query.keys() <= arrival.matches.keys():
            return [each for key, each in self._by_query.items() if arrival.matches[key]]
        matched = [each for each in self._without_prefilter if each.query.matches_everything]
        if len(matched) == len(self._by_query):
            return matched
        headers, searched = arrival.headers, arrival.searched
        prefilters = self._by_prefilter.keys()
        likely = [each for each in self._without_prefilter if not each.query.matches_everything]
        for prefilter in prefilters & strings_of(headers) | prefilters & strings_of(searched):
            likely += self._by_prefilter[prefilter]
        if likely:
            subject = subject_of(arrival.identity, headers, searched)
            matched += [each for each in likely if each.predicate.matches(subject)]
        return matched

    @property
    def _without_prefilter(self) -> "list[_Group]":
        return self._by_prefilter.get(None, [])


class _Group:
    """The listeners of one query."""

    def __init__(self, query: Query, log: Log) -> None:
        self.query = query
        self.predicate = Predicate(query.tree)
        self.prefilter = prefilter_of(query.tree)
        self.log = log
        self.listeners: set[Listener] = set()
