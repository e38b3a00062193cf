"""Time spent waiting for an unavailable PostgreSQL."""

from time import monotonic

from incidents.support.metrics.metrics import DATABASE_WAIT


class Wait:
    """Counts one wait when it is over; nothing if the first attempt succeeded."""

    __slots__ = ("_begun", "_had_to", "_waiter")

    def __init__(self, waiter: str | None) -> None:
        self._waiter = waiter
        self._begun = monotonic()
        self._had_to = False

    def goes_on(self) -> None:
        """PostgreSQL was tried, and was unavailable."""
        self._had_to = True

    def over(self) -> None:
        """PostgreSQL is available again, or nobody waits any more."""
        if self._had_to and self._waiter is not None:
            DATABASE_WAIT.observe(monotonic() - self._begun, self._waiter)
