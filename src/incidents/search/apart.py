"""Two values of an example that are apart: both common, and never in the same incident.

An index that is asked for five common values reads what it has of all five, to find that nothing
has them all. That nothing has these two it knows after a part of that.
"""

from itertools import chain
from math import prod
from time import monotonic

from incidents.example import PAIR
from incidents.storage.absences import Absences
from incidents.storage.condition import Condition, Window
from incidents.storage.reading import Reading
from incidents.storage.sections import SECTION_IDS

# Of so many ids all is asked first, which shows how long the rest will take.
FIRST_IDS = SECTION_IDS


class Apart:
    """Looks for the two, once; `pair` is what to ask for in the place of all, if there is such.

    Where nothing matches the pair nothing matches the example.
    """

    def __init__(self, absences: Absences, condition: Condition) -> None:
        self._absences = absences
        self._condition = condition
        self._pairs = condition.parts if condition.leaves > PAIR else ()
        self.pair: Condition | None = None

    def first_ids(self, reading: Reading, window: Window) -> int | None:
        """Of how many ids all of the example is to be asked first, if that matters.

        Takes the pair that is known to be nowhere in the window but among its newest ids.
        """
        if reading.clustered or self._condition.leaves < PAIR:
            self._pairs = ()  # in a cluster every machine is asked each time: nothing is gained
            return None
        for pair in self._pairs:
            left = self._absences.left(reading, pair, window)
            if left != [window] and all(high == window[1] for _, high in left):
                self.pair = pair
                return None
        if self._absences.left(reading, self._condition, window) != [window]:
            self._pairs = ()  # somebody has asked before: there is less to look through
            return None
        return FIRST_IDS

    async def look(self, reading: Reading, window: Window, seconds: float) -> None:
        """Looks for `seconds` in the window, which has no match. Raises StorageError."""
        deadline = monotonic() + seconds
        pairs, self._pairs = self._pairs, ()
        singles = [*dict.fromkeys(chain.from_iterable(pair.parts for pair in pairs))]
        if not singles:
            return
        sample = await reading.sample(singles, window, seconds)

        def count(condition: Condition) -> int:
            values = {condition} if condition.leaves == 1 else {*condition.parts}
            return sum(times for met, times in sample.items() if values <= met)

        # Of those that are not seen to meet, what is rarest costs least.
        unseen = [pair for pair in pairs if all(map(count, pair.parts)) and not count(pair)]
        for pair in sorted(unseen, key=lambda pair: prod(map(count, pair.parts))):
            left = deadline - monotonic()
            if not await reading.find(pair, [window], limit=1, seconds=left):
                self.pair = pair
                return

    def met(self) -> None:
        """They are not: something has both."""
        self.pair = None
