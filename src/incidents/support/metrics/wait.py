"""Time that is spent waiting for a PostgreSQL that is away."""

from time import monotonic

from incidents.support.metrics.metrics import DATABASE_WAIT


class Wait:
    """Counts one wait when it is over, and none where everything went well at once."""

    __slots__ = ("_begun", "_had_to", "_waiter")

    def __init__(self, waiter: str | None) -> None:
        self._waiter = waiter
        self._begun = monotonic()
        self._had_to = False

    def goes_on(self) -> None:
        """PostgreSQL was asked, and was away."""
        self._had_to = True

    def over(self) -> None:
        """It is there, or nobody waits any longer."""
        if self._had_to and self._waiter is not None:
            DATABASE_WAIT.observe(monotonic() - self._begun, self._waiter)
