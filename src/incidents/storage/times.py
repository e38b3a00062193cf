"""Between which ids the incidents of a time are, whatever clocks did.

Ids are not taken for times: a clock can be wrong, and can be set back. Which partitions hold a
time, the BRIN index says. Within a partition at the edge, the least and the greatest time of
each block of ids are read once, when a question first needs them, and kept.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import monotonic

from incidents.storage.conditions import Condition, Parameters, where
from incidents.storage.reading import Reading, Window
from incidents.storage.tables import generation

BLOCK_IDS = 1024
_READ_IDS = 128 * BLOCK_IDS
# Blocks further from the newest id are not written to any more, but for a report that took long
# to be stored: its time is near that of its neighbours.
_SETTLED_IDS = 32 * BLOCK_IDS
_SLACK = timedelta(minutes=1)
_PARTITIONS_KEPT = 64
# How much of the time left a search may spend on reading blocks before it does without.
_SHARE = 0.25

_PARTITIONS = r"""
    SELECT found[1]::bigint, found[2]::bigint
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
    regexp_match(pg_get_expr(relpartbound, pg_class.oid),
                 '\(''(\d+)''\) TO \(''(\d+)''\)') AS found
    WHERE inhparent = 'incidents'::regclass AND found IS NOT NULL ORDER BY 1 DESC
"""

_GENERATION = f"SELECT number FROM {generation.name}"  # noqa: S608 - a constant

_BLOCKS = f"""
    SELECT id / {BLOCK_IDS} * {BLOCK_IDS}, min(received_at), max(received_at) FROM incidents
    WHERE id >= $1 AND id < $2 GROUP BY 1
"""  # noqa: S608 - a constant


class Times:
    """Answers for one worker; what it has read it keeps."""

    def __init__(self) -> None:
        self._generation: int | None = None
        self._partitions: list[Window] = []
        self._blocks: OrderedDict[int, _Blocks] = OrderedDict()

    async def span(self, reading: Reading, condition: Condition, seconds: float) -> Window:
        """All incidents from its `since` until its `until` have ids low <= id < high.

        Says more than is needed rather than take longer than `seconds`. Raises StorageError.
        """
        deadline = monotonic() + seconds
        await self._check_generation(reading, seconds)
        time = Condition(since=condition.since, until=condition.until)
        partitions = await self._those_with(reading, time, deadline)
        if not partitions:
            return 0, 0
        (low, _), (_, high) = partitions[-1], partitions[0]
        if time.until is not None:
            high = await self._last(reading, partitions[0], time, deadline)
        if time.since is not None:
            blocks = await self._read(reading, partitions[-1], deadline)
            low = min(blocks.those_with(time), default=blocks.end)
        return low, min(high, reading.end)

    async def _check_generation(self, reading: Reading, seconds: float) -> None:
        """Forgets all when incidents came in under ids that may have been read already."""
        rows = await reading.rows(_GENERATION, seconds=seconds)
        if rows[0][0] != self._generation:
            self._partitions.clear()
            self._blocks.clear()
            self._generation = rows[0][0]

    async def _those_with(self, reading: Reading, time: Condition, deadline: float) -> list[Window]:
        """The partitions that hold such a time, the newest first."""
        seconds = deadline - monotonic()
        if not self._partitions or self._partitions[0][1] < reading.end:
            rows = await reading.rows(_PARTITIONS, seconds=seconds)
            self._partitions = [(row[0], row[1]) for row in rows]
        windows = [each for each in self._partitions if each[0] < reading.end]
        return await _holding(reading, time, windows, seconds) if windows else []

    async def _last(
        self, reading: Reading, partition: Window, time: Condition, deadline: float
    ) -> int:
        blocks = await self._read(reading, partition, deadline)
        unread = blocks.end, partition[1]
        if unread[0] < unread[1] and await _holds(reading, time, unread, deadline - monotonic()):
            return partition[1]
        return max(blocks.those_with(time), default=partition[1] - BLOCK_IDS) + BLOCK_IDS

    async def _read(self, reading: Reading, partition: Window, deadline: float) -> "_Blocks":
        """What is known of the partition, once nothing or no time is left to read more of it."""
        low, high = partition
        blocks = self._blocks.setdefault(low, _Blocks(low))
        self._blocks.move_to_end(low)
        while len(self._blocks) > _PARTITIONS_KEPT:
            self._blocks.popitem(last=False)
        settled = min(high, (reading.end - _SETTLED_IDS) // BLOCK_IDS * BLOCK_IDS)
        stop = monotonic() + (deadline - monotonic()) * _SHARE
        while blocks.end < settled and monotonic() < stop:
            begin, end = blocks.end, min(blocks.end + _READ_IDS, settled)
            rows = await reading.rows(_BLOCKS, begin, end, seconds=deadline - monotonic())
            blocks.add(end, {row[0]: (row[1], row[2]) for row in rows})
        return blocks


class _Blocks:
    """The least and the greatest time in each block of a partition, as far as they were read."""

    def __init__(self, start: int) -> None:
        self.end = start
        self._times: dict[int, tuple[datetime, datetime]] = {}

    def add(self, end: int, times: dict[int, tuple[datetime, datetime]]) -> None:
        """The blocks below `end` are read, too. Two searches may read the same."""
        self._times |= times
        self.end = max(self.end, end)

    def those_with(self, time: Condition) -> list[int]:
        """Where the blocks begin that may hold such a time."""
        return [
            start
            for start, (least, greatest) in self._times.items()
            if (time.since is None or greatest >= time.since - _SLACK)
            and (time.until is None or least < time.until + _SLACK)
        ]


async def _holding(
    reading: Reading, time: Condition, partitions: Sequence[Window], seconds: float
) -> list[Window]:
    """Those of the partitions in which there is an incident of that time."""
    parameters = Parameters()
    criteria = where(time, parameters, by_index=True)
    query = " UNION ALL ".join(
        f"(SELECT {number} FROM incidents WHERE id >= {low} AND id < {high}{criteria} LIMIT 1)"  # noqa: S608 - numbers
        for number, (low, high) in enumerate(partitions)
    )
    rows = await reading.rows(query, *parameters.values, seconds=seconds)
    return [partitions[row[0]] for row in rows]


async def _holds(reading: Reading, time: Condition, window: Window, seconds: float) -> bool:
    """Whether there is an incident of that time in the window, a small part of a partition.

    All of them are counted: for one, PostgreSQL would look through all of that time.
    """
    parameters = Parameters()
    criteria = where(time, parameters, by_index=True)
    low, high = window
    query = f"SELECT count(*) FROM incidents WHERE id >= {low} AND id < {high}{criteria}"  # noqa: S608
    rows = await reading.rows(query, *parameters.values, seconds=seconds)
    return bool(rows[0][0])
