"""How long a notification waits between attempts, and a channel that fails."""

from collections.abc import Callable
from datetime import timedelta

# A notification is tried for so long, then it is a dead letter.
TRIED_FOR = timedelta(days=1)

# Seconds to wait after the first failed attempt, the second, …: together they outlast a day.
PAUSES_SECONDS = (5, 10, 30, 60, 120, 300, 600, 1200, 1800, *[3600] * 23)

# A channel that fails is tried at least this often while something waits for it: so a receiver
# that is back is noticed soon, however long single notifications would still wait.
CHANNEL_PAUSE_SECONDS_MAX = 300

# Each pause is longer or shorter by up to this part, so that what failed together does not come
# again together.
_JITTER = 0.2


def pause(failures: int, random: Callable[[], float]) -> timedelta:
    """The wait after so many failed attempts. `random` gives numbers from 0 to 1."""
    seconds = PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS)) - 1]
    return timedelta(seconds=seconds * (1 + _JITTER * (2 * random() - 1)))


def channel_pause(failures: int, random: Callable[[], float]) -> timedelta:
    """The wait of a channel after so many failed attempts in a row."""
    return min(pause(failures, random), timedelta(seconds=CHANNEL_PAUSE_SECONDS_MAX))
