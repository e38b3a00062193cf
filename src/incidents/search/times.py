"""Between which ids the incidents of a time are, whatever clocks did.

Mostly the order of ids is that of times, so a few incidents looked up say where a time begins
and ends. That is a guess: a clock can be wrong, and can be set back. It is proven then (proof.py).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from time import monotonic

from incidents.core.errors import OutOfTime
from incidents.db.condition import Condition, Window
from incidents.db.conditions import Parameters
from incidents.db.partition_catalog import PartitionCatalog
from incidents.search.proof import Guess, Proof, Span, of, within
from incidents.search.reading import Reading

# So many incidents are looked up at once, until a guess is good to so many ids.
_PROBES = 16
_GUESS_IDS = 64
# Where reports come in evenly a time is so near to where one would look for it.
_OFFSETS = (-65_536, -16_384, -4096, -1024, 0, 1024, 4096, 16_384, 65_536)
# So many of those that were looked up are kept: a page's next one asks for the same time.
_KNOWN_MAX = 4096
# A partition that ends further from the newest id is not written to any more, but for a report
# that took long to be stored: its time is near that of its neighbours.
_SETTLED_IDS = 32_768
_SLACK = timedelta(minutes=1)
# Partitions that are read in one query, and the part of the time left that all of that may take.
_PARTITIONS_AT_ONCE = 16
_SHARE = 0.25
# When that was not enough for one, on a slow disk perhaps, it is tried again so much later.
_AGAIN_SECONDS = 60

_ALWAYS = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Times:
    """Answers for one worker. Of partitions that are settled it keeps what it has learnt.

    It keeps some incidents that were looked up, too, until a guess by them is wrong; a guess may be
    by what is there no longer.
    """

    def __init__(self) -> None:
        self._generation: int | None = None
        self._spans: dict[Window, Span] = {}
        self._again_at: dict[Window, float] = {}  # those that took too long
        self._known = _Known()

    async def span(self, reading: Reading, condition: Condition, seconds: float) -> Window:
        """All incidents from its `since` until its `until` have ids low <= id < high.

        Raises OutOfTime when `seconds` are not enough to say it; StorageError.
        """
        deadline = monotonic() + seconds
        guess = await self.guess(reading, condition, seconds)
        return await guess.proven(reading, deadline - monotonic())

    async def guess(self, reading: Reading, condition: Condition, seconds: float) -> Guess:
        """Between which ids they are as far as clocks were right, and how to prove it.

        Raises OutOfTime when `seconds` are not enough to say it; StorageError.
        """
        deadline = monotonic() + seconds
        self._check_generation(reading.generation)
        since = condition.since or _ALWAYS[0]
        until = condition.until or _ALWAYS[1]
        partitions = await self._those_with((since, until), reading, deadline)
        proof = Proof(reading, partitions, (since, until))
        if not partitions:
            return Guess((0, 0), proof, self._known.clear)
        low, high = partitions[-1][0], min(partitions[0][1], reading.end)
        begins = ends = None
        if condition.since is not None:
            begins = self._edge(since, *self._around_since(since, partitions, high))
        if condition.until is not None:
            ends = self._edge(until, *self._around_until(until, partitions, high))
        edges = [edge for edge in (begins, ends) if edge is not None]
        await _narrow(edges, self._known, reading, deadline)
        if begins is not None:
            low = proof.from_(begins.low)
        if ends is not None:
            high = proof.up_to(ends.high, high)
        return Guess((low, high), proof, self._known.clear)

    def _around_since(self, since: datetime, partitions: Sequence[Window], high: int) -> Window:
        """Where, with clocks that were right, `since` was passed."""
        settled = self._with_times(partitions)
        if not settled:
            return partitions[-1][0], high
        low, end = settled[-1]
        return low if since >= self._spans[low, end][0] else partitions[-1][0], end

    def _around_until(self, until: datetime, partitions: Sequence[Window], high: int) -> Window:
        """Where, with clocks that were right, `until` was passed."""
        settled = self._with_times(partitions)
        if not settled:
            return partitions[-1][0], high
        low, end = settled[0]
        return low, end if until < self._spans[low, end][1] else high

    def _with_times(self, partitions: Sequence[Window]) -> list[Window]:
        """Those of which it is known when they begin and end: an empty one has no times."""
        return [each for each in partitions if self._spans.get(each, _ALWAYS) != _ALWAYS]

    def _edge(self, time: datetime, low: int, high: int) -> "_Edge":
        """Where that time is passed, with a guess where it is known when the partition begins."""
        for (start, end), (first, last) in self._spans.items():
            if start <= low < end and first <= time <= last and first < last:
                return _Edge(
                    time, low, high, start + int((end - start) * ((time - first) / (last - first)))
                )
        return _Edge(time, low, high)

    def _check_generation(self, number: int) -> None:
        """Forgets all when incidents came in under ids that may have been read already."""
        if number != self._generation:
            self._spans.clear()
            self._again_at.clear()
            self._known.clear()
            self._generation = number

    async def _those_with(self, time: Span, reading: Reading, deadline: float) -> list[Window]:
        """The partitions that may hold such a time, the newest first."""
        partitions = [
            (each.start, each.end)
            for each in reversed(reading.catalog.partitions)
            if each.start < reading.end
        ]
        there = set(partitions)
        self._spans = {key: span for key, span in self._spans.items() if key in there}
        self._again_at = {key: at for key, at in self._again_at.items() if key in there}
        await self._learn(partitions, reading, deadline)
        return [
            each
            for each in partitions
            if self._spans.get(each, _ALWAYS)[0] < time[1]
            and self._spans.get(each, _ALWAYS)[1] >= time[0]
        ]

    async def _learn(self, partitions: Sequence[Window], reading: Reading, deadline: float) -> None:
        """Reads the times of the settled partitions, as far as there is time for it."""
        settled = [each for each in partitions if each[1] + _SETTLED_IDS <= reading.end]
        begun = monotonic()
        new = [each for each in settled if each not in self._spans and each not in self._again_at]
        # One of several can be why they took too long: each is tried again alone.
        again = [each for each in settled if self._again_at.get(each, begun + 1) <= begun]
        stop = begun + (deadline - begun) * _SHARE
        for some in [*_some_at_a_time(new), *([each] for each in again)]:
            if monotonic() >= stop:
                return
            try:
                self._spans |= await _read_spans(reading, some, stop)
            except OutOfTime:
                self._again_at |= dict.fromkeys(some, begun + _AGAIN_SECONDS)
            else:
                self._again_at = {key: at for key, at in self._again_at.items() if key not in some}


def _some_at_a_time(partitions: Sequence[Window]) -> Iterator[Sequence[Window]]:
    for first in range(0, len(partitions), _PARTITIONS_AT_ONCE):
        yield partitions[first : first + _PARTITIONS_AT_ONCE]


async def _read_spans(
    reading: Reading, partitions: Sequence[Window], deadline: float
) -> dict[Window, Span]:
    """From when until when, at least, the incidents of each partition were received."""
    steps = [2**n - 1 for n in range(64)]
    near = {
        each: [each[0] + step for step in steps if step < each[1] - each[0]]
        + [each[1] - 1 - step for step in steps if step < each[1] - each[0]]
        for each in partitions
    }
    times = await _times(reading, sorted({id_ for ids in near.values() for id_ in ids}), deadline)
    spans: dict[Window, Span] = {}
    for each in partitions:
        known = [times[id_] for id_ in near[each] if id_ in times]
        spans[each] = (min(known) - _SLACK, max(known) + _SLACK) if known else _ALWAYS
    parameters = Parameters()
    query = " UNION ALL ".join(
        f"(SELECT {number}, min(received_at), max(received_at) "  # noqa: S608 - no user's text
        f"FROM {of(each, reading, parameters)} AND ("
        f"{within((_ALWAYS[0], spans[each][0]), parameters)} OR "
        f"{within((spans[each][1], _ALWAYS[1]), parameters)}))"
        for number, each in enumerate(partitions)
    )
    for number, least, greatest in await reading.rows(
        query, *parameters.values, seconds=deadline - monotonic()
    ):
        if least is not None:
            span = spans[partitions[number]]
            spans[partitions[number]] = min(span[0], least), max(span[1], greatest)
    return spans


@dataclass(slots=True)
class _Edge:
    """Where a time is passed: behind `low`, at `high` at the latest, as far as one has looked."""

    time: datetime
    low: int
    high: int
    guess: int | None = None

    def probes(self, catalog: PartitionCatalog) -> list[int]:
        """Ids that, looked up, make it narrower; none where it is narrow enough."""
        width = self.high - self.low
        if width <= _GUESS_IDS:
            return []
        if self.guess is not None:
            near, self.guess = [self.guess + each for each in _OFFSETS], None
            if within := [each for each in near if self.low < each < self.high]:
                return within
        return catalog.spread((self.low, self.high), _PROBES)

    def narrow(self, ids: Sequence[int], times: Mapping[int, datetime]) -> None:
        """It becomes narrower by ids between its ends, ascending, whose times are known."""
        passed = bisect_left(ids, self.time, key=times.__getitem__)
        if passed < len(ids):
            self.high = ids[passed]
        if passed > 0:
            self.low = ids[passed - 1]


class _Known:
    """The times of incidents that were looked up, by their ids; of too many every second one."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._times: dict[int, datetime] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, times: Mapping[int, datetime]) -> None:
        for id_ in times.keys() - self._times.keys():
            insort(self._ids, id_)
        self._times |= times
        if len(self._ids) > _KNOWN_MAX:
            del self._ids[::2]
            self._times = {id_: self._times[id_] for id_ in self._ids}

    def narrow(self, edge: _Edge) -> None:
        low, high = bisect_right(self._ids, edge.low), bisect_left(self._ids, edge.high)
        edge.narrow(self._ids[low:high], self._times)

    def clear(self) -> None:
        self._ids.clear()
        self._times.clear()


async def _narrow(edges: Sequence[_Edge], known: _Known, reading: Reading, deadline: float) -> None:
    """Makes the edges as narrow as a guess has to be."""
    for edge in edges:
        known.narrow(edge)
    catalog = reading.catalog
    looked_for = [(edge, ids) for edge in edges if (ids := edge.probes(catalog))]
    while looked_for:
        probes = sorted({*chain.from_iterable(ids for _, ids in looked_for)})
        times = await _times(reading, probes, deadline)
        there = [(edge, [id_ for id_ in ids if id_ in times]) for edge, ids in looked_for]
        for edge, ids in there:
            edge.narrow(ids, times)
            known.add({id_: times[id_] for id_ in (edge.low, edge.high) if id_ in times})
        # Where there is nothing it becomes no narrower.
        looked_for = [(edge, more) for edge, ids in there if ids and (more := edge.probes(catalog))]


async def _times(reading: Reading, ids: Sequence[int], deadline: float) -> dict[int, datetime]:
    rows = await reading.columns("id, received_at", ids, deadline - monotonic())
    return dict(sorted(map(tuple, rows)))
