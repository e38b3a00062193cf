"""Two values of an example that are apart: both common, and never in the same incident.

An index that is asked for five common values reads what it has of all five, to find that nothing
has them all. That nothing has these two it knows after a part of that.
"""

from incidents.example import PAIR
from incidents.storage.absences import Absences
from incidents.storage.condition import Condition, Window
from incidents.storage.reading import Reading
from incidents.storage.sections import SECTION_IDS

# To look for the two takes some milliseconds: of a search that takes no longer it is not worth it.
WORTH_SECONDS = 0.05
# Of so many ids all is asked first, which shows how long the rest will take.
FIRST_IDS = 2 * SECTION_IDS


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
        if reading.clustered:  # every machine is asked each time: there is nothing to be gained
            self._pairs = ()
        for pair in self._pairs:
            left = self._absences.left(reading, pair, window)
            if left != [window] and all(high == window[1] for _, high in left):
                self.pair = pair
                return None
        newest = max(window[0], window[1] - FIRST_IDS), window[1]
        if not self._pairs or self._absences.left(reading, self._condition, newest) != [newest]:
            self._pairs = ()
            return None
        return FIRST_IDS

    async def look(
        self, reading: Reading, window: Window, took_seconds: float, rest: Window, seconds: float
    ) -> None:
        """Looks in the window, which has no match, if the `rest` will take long at its speed.

        Raises OutOfTime, StorageError.
        """
        pairs, self._pairs = self._pairs, ()
        left = sum(high - low for low, high in self._absences.left(reading, self._condition, rest))
        if took_seconds * left / (window[1] - window[0]) < WORTH_SECONDS:
            return

        async def occurs(condition: Condition) -> bool:
            return bool(await reading.find(condition, [window], limit=1, seconds=seconds))

        for pair in pairs:
            if not await occurs(pair):
                # What does not occur at all says nothing of what it occurs with.
                if all([await occurs(single) for single in pair.parts]):
                    self.pair = pair
                return

    def met(self) -> None:
        """They are not: something has both."""
        self.pair = None
