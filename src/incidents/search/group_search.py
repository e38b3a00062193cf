"""Groups as they are shown: with their times, a heading, and a histogram."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from incidents.core.incident import StoredIncident
from incidents.db.driver import with_retry
from incidents.search.counts.axis import axis_of_bins
from incidents.search.counts.counting import Counting
from incidents.search.group_counts import GroupCount, GroupsAsked
from incidents.search.group_headings import CHARACTERS_MAX, Example, Heading, headings_of
from incidents.search.groups import GroupCursor, GroupPage, GroupPages
from incidents.search.reading import Reading
from incidents.search.readings import Readings
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

# So often a page is read, where incidents of it are deleted meanwhile.
_TRIES = 3


class Moment(NamedTuple):
    """An incident, and when it was received."""

    id: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group's matches; `histogram` has how many came in each bin, all of them together."""

    key: int
    heading: Heading
    count: int
    first: Moment
    last: Moment
    histogram: Sequence[int]


class ShownGroups(NamedTuple):
    """Some groups. Their histograms are from `since` until `until`; see GroupPage for the rest."""

    groups: Sequence[ShownGroup]
    since: datetime
    until: datetime
    complete: bool
    next: GroupCursor | None


class GroupSearch:
    """Finds groups. All methods raise StorageError."""

    def __init__(
        self, settings: Settings, readings: Readings, counting: Counting, parser: Parser
    ) -> None:
        self._seconds = settings.search_deadline_seconds
        self._wait_seconds = settings.database_wait_seconds
        self._rows_at_once = settings.rows_at_once
        self._readings = readings
        self._counting = counting
        self._pages = GroupPages(counting)
        self._parser = parser

    async def page(self, asked: GroupsAsked, cursor: GroupCursor | None, bins: int) -> ShownGroups:
        """The groups behind the cursor, each with so many bins."""
        return await with_retry(
            lambda: self._page(asked, cursor, bins), self._wait_seconds, waiter="searches"
        )

    async def _page(self, asked: GroupsAsked, cursor: GroupCursor | None, bins: int) -> ShownGroups:
        axis = axis_of_bins(*await self._counting.times(asked.condition, self._seconds), bins)
        for _ in range(_TRIES):
            page = await self._pages.page(replace(asked, edges=axis.edges), cursor, self._seconds)
            async with aclosing(await self._readings.read(self._seconds)) as reading:
                times = await self._times(reading, page)
                headings = await self._headings(reading, page.groups)
            # Who deletes meanwhile takes the first incidents of groups that have others.
            if len(headings) == len(page.groups) and all(
                each.first in times for each in page.groups
            ):
                break
        groups = [
            ShownGroup(
                each.key,
                headings[each.last],
                each.count,
                Moment(each.first, times[each.first]),
                Moment(each.last, times[each.last]),
                _histogram(each.by_bin, bins),
            )
            for each in page.groups
            if each.first in times and each.last in headings
        ]
        return ShownGroups(groups, axis.starts[0], axis.until, page.complete, page.next)

    async def _times(self, reading: Reading, page: GroupPage) -> dict[int, datetime]:
        ids = [id_ for each in page.groups for id_ in (each.first, each.last)]
        rows = await reading.columns("id, received_at", ids, self._seconds)
        return {row["id"]: row["received_at"] for row in rows}

    async def _headings(self, reading: Reading, groups: Sequence[GroupCount]) -> dict[int, Heading]:
        """The headings by the last incidents, of which few are in memory at once."""
        keys = {each.last: each.key for each in groups}
        ids, headings = list(keys), dict[int, Heading]()
        for start in range(0, len(ids), self._rows_at_once):
            few = ids[start : start + self._rows_at_once]
            incidents = await reading.incidents(few, self._seconds)
            headings |= await self._some_headings(incidents, keys)
        return headings

    async def _some_headings(
        self, incidents: Sequence[StoredIncident], keys: Mapping[int, int]
    ) -> dict[int, Heading]:
        examples = [Example(keys[each.id], each.headers, each.body) for each in incidents]
        characters = sum(len(each.headers) + len(each.body) for each in examples)
        if characters <= CHARACTERS_MAX:
            headings = headings_of(examples)
        else:
            headings = await self._parser.call(None, headings_of, examples)
        return dict(zip([each.id for each in incidents], headings, strict=True))


def _histogram(by_bin: Mapping[int, int], bins: int) -> list[int]:
    """Counts by bin; what came before the first bin or behind the last one is in these."""
    counts = [0] * bins
    for number, count in by_bin.items():
        counts[min(max(number, 1), bins) - 1] += count
    return counts
