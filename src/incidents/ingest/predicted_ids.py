"""Which ids the sequence gives next, as long as nobody else asks it."""

from collections.abc import Sequence

# Where somebody else asks it, too, predictions are mostly wrong, and cost what they should save.
# So it was asked here alone so many times before anything is predicted.
_ALONE_TIMES = 8
# What is wrong is sent once more: of so few that is cheap.
_COUNT_MAX = 64


class PredictedIds:
    """Learns from the ids that were given to one worker."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._alone_times = 0

    def predicted(self, count: int) -> list[int] | None:
        """`count` ids that are probably next; None when it is too likely that they are not.

        They are taken for given.
        """
        if self._next is None or self._alone_times < _ALONE_TIMES or count > _COUNT_MAX:
            return None
        self._next += count
        return list(range(self._next - count, self._next))

    def given(self, ids: Sequence[int]) -> None:
        """These, ascending, were given now."""
        is_next = ids[0] == self._next and ids[-1] - ids[0] == len(ids) - 1
        self._alone_times = self._alone_times + 1 if is_next else 0
        self._next = ids[-1] + 1

    def forget(self) -> None:
        """Nobody knows which were given."""
        self._next = None
        self._alone_times = 0
