"""Shows that incidents of a time are nowhere else than where one guesses.

By the BRIN index, which has the times and the ids of each few pages: it says which pages need not
be looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.db.condition import Window
from incidents.db.conditions import Parameters, ids_in
from incidents.search.reading import Reading

# What a guess leaves out begins so far from it: more ids than BRIN has in one piece, so that no
# page need be read to show that nothing of that time is there.
_MARGIN_IDS = 1024
# Reports that come at once get their times and their ids in different orders: nearly always within
# so many ids. To search through them costs less than to search once more.
_DISORDER_IDS = 64

Span = tuple[datetime, datetime]


class Proof:
    """Shows that among the ids that the guesses leave out there is nothing of that time.

    What there is all the same, it finds.
    """

    def __init__(self, reading: Reading, partitions: Sequence[Window], time: Span) -> None:
        self._reading = reading
        self._partitions = partitions
        self._parameters = Parameters()
        self._within = within(time, self._parameters)
        self._queries: list[str] = []

    def from_(self, begins: int) -> int:
        """The id from which on nothing needs to be shown, where one guesses that it `begins`."""
        low = max(self._partitions[-1][0], begins - _MARGIN_IDS)
        for each in self._partitions:
            if each[0] < low:
                self._by_time("min", each, f"-id > {self._parameters.add(-low, 'bigint')}")
        return low

    def up_to(self, ends: int, high: int) -> int:
        """The id up to which nothing needs to be shown, where one guesses that it `ends`.

        All are below `high`.
        """
        low = min(high, ends + _DISORDER_IDS)
        top = min(high, low + _MARGIN_IDS)
        for each in self._partitions:
            if each[1] > top:
                self._by_time("max", each, f"-id <= {self._parameters.add(-top, 'bigint')}")
        # Of so few ids the index of times would be asked in vain (IS TRUE).
        for part in self._reading.parts((low, top)):
            ids = ids_in(part.window, self._parameters)
            self._queries.append(
                f"SELECT max(id + 0) FROM {part.table} WHERE {ids} AND {self._within} IS TRUE"  # noqa: S608
            )
        return low

    def _by_time(self, which: str, partition: Window, bound: str) -> None:
        rows = of(partition, self._reading, self._parameters)
        self._queries.append(f"SELECT {which}(id + 0) FROM {rows} AND {bound} AND {self._within}")  # noqa: S608

    async def found(self, reading: Reading, seconds: float) -> list[int]:
        """Ids of that time that are left out, the least and the greatest among them."""
        if not self._queries:
            return []
        query = " UNION ALL ".join(f"({each})" for each in self._queries)
        values = self._parameters.values
        rows = await reading.rows(query, *values, seconds=seconds)
        return [row[0] for row in rows if row[0] is not None]


@dataclass(frozen=True, slots=True)
class Guess:
    """All incidents of a time are in `window` if clocks were right when they were reported."""

    window: Window
    _proof: Proof
    _when_wrong: Callable[[], None]

    async def proven(self, reading: Reading, seconds: float) -> Window:
        """The window in which they are, whatever clocks did. Raises OutOfTime, StorageError.

        That takes a good part of the time that a search takes. So it can be done beside one, by
        another reading than that which the guess is of.
        """
        low, high = self.window
        found = await self._proof.found(reading, seconds)
        if found:
            self._when_wrong()
        return min([low, *found]), max([high, *(id_ + 1 for id_ in found)])


def of(partition: Window, reading: Reading, parameters: Parameters) -> str:
    """The partition, as SQL. Of ids within it only the BRIN index is asked, which has them negated.

    (The primary key's bitmap of many ids would take longer than all else.)
    """
    (part,) = reading.parts(partition)
    ids = ids_in(partition, parameters) if reading.clustered else "true"
    return f"{part.table} WHERE {ids}"


def within(time: Span, parameters: Parameters) -> str:
    """The condition, hidden from PostgreSQL's estimates: few, it then thinks, and takes BRIN."""
    since, until = (f"(SELECT {parameters.add(each, 'timestamptz')})" for each in time)
    return f"(received_at >= {since} AND received_at < {until})"
