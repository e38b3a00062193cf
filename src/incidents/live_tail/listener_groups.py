"""Listeners by their example, so that an incident is looked at once for all of them."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from incidents.core.errors import IncidentsError
from incidents.core.example import Example
from incidents.core.matcher import Matcher, matching, places_of, strings_of
from incidents.core.weight import HEAVY_BYTES_MIN
from incidents.live_tail.events import Given
from incidents.live_tail.following import Arrival
from incidents.live_tail.listener import Listener
from incidents.live_tail.match_log import Log
from incidents.live_tail.position import Position
from incidents.support.parsing_process import Parser

log = logging.getLogger(__name__)


class Groups:
    """Gives each incident to those whose example it matches.

    Examples are found by a string that the incident must contain: most examples are never
    looked at, and most incidents are never parsed, however many listen.
    """

    def __init__(self, parser: Parser, incidents_max: int, bytes_max: int) -> None:
        self._parser = parser
        self._incidents_max = incidents_max
        self._bytes_max = bytes_max
        self._grown: set[_Group] = set()
        self._by_example: dict[str, _Group] = {}
        self._by_needle: dict[str | None, list[_Group]] = {}

    def __len__(self) -> int:
        return sum(len(group.listeners) for group in self._by_example.values())

    def listeners(self) -> list[Listener]:
        """All of them."""
        return [each for group in self._by_example.values() for each in group.listeners]

    def add(self, listener: Listener, start: Position) -> None:
        """From now on it is given what matches and was not visible at `start`."""
        text = listener.example.text
        group = self._by_example.get(text)
        if group is None:
            log = Log(self._incidents_max, self._bytes_max)
            group = self._by_example[text] = _Group(listener.example, log)
            self._by_needle.setdefault(group.matcher.prefilter, []).append(group)
        group.listeners.add(listener)
        listener.attach(group.log, start)

    def remove(self, listener: Listener) -> None:
        """Gives it nothing more. It may have been removed already."""
        group = self._by_example.get(listener.example.text)
        if group is None:
            return
        group.listeners.discard(listener)
        if not group.listeners:
            del self._by_example[listener.example.text]
            beside = self._by_needle[group.matcher.prefilter]
            beside.remove(group)
            if not beside:
                del self._by_needle[group.matcher.prefilter]

    async def look_ahead(self, arrivals: Sequence[Arrival]) -> None:
        """Finds out whom heavy ones match, while the event loop goes on; what it cannot, `give`."""
        if all(each.example.matches_everything for each in self._by_example.values()):
            return
        examples = [each.example for each in self._by_example.values()]
        for arrival in arrivals:
            if len(arrival.searched) >= HEAVY_BYTES_MIN:
                texts = arrival.headers, arrival.searched
                with suppress(IncidentsError):
                    arrival.matches = await self._parser.call(None, matching, *texts, examples)

    def give(self, arrival: Arrival, position: Callable[[], Position]) -> None:
        """Gives it to whom it matches; `position` is asked only when there is somebody."""
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
        """Wakes those who wait for what was given."""
        for group in self._grown:
            for listener in group.listeners:
                listener.wake()
            group.log.forget(min((each.cursor for each in group.listeners), default=group.log.end))
        self._grown.clear()

    def _matching(self, arrival: Arrival) -> "list[_Group]":
        if self._by_example.keys() <= arrival.matches.keys():
            return [each for key, each in self._by_example.items() if arrival.matches[key]]
        matched = [each for each in self._without_needle if each.example.matches_everything]
        if len(matched) == len(self._by_example):
            return matched
        headers, searched = arrival.headers, arrival.searched
        prefilters = self._by_needle.keys()
        likely = [each for each in self._without_needle if not each.example.matches_everything]
        for prefilter in prefilters & strings_of(headers) | prefilters & strings_of(searched):
            likely += self._by_needle[prefilter]
        if likely:
            places = places_of(headers, searched)
            matched += [each for each in likely if each.matcher.matches(places)]
        return matched

    @property
    def _without_needle(self) -> "list[_Group]":
        return self._by_needle.get(None, [])


class _Group:
    """Those who listen to one example."""

    def __init__(self, example: Example, log: Log) -> None:
        self.example = example
        self.matcher = Matcher(example)
        self.log = log
        self.listeners: set[Listener] = set()
