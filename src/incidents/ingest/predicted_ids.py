"""Predicts the next ids of the sequence, while no other process uses it."""

from collections.abc import Sequence

# With other processes predictions are mostly wrong, and cost what they should save. So there are
# none until this worker alone has used the sequence this often.
_ALONE_TIMES = 8
# After a wrong prediction a batch is sent again: cheap only for small batches.
_COUNT_MAX = 64


class PredictedIds:
    """Learns from the ids that one worker was given."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._alone_times = 0

    def predicted(self, count: int) -> list[int] | None:
        """`count` ids that are probably next; None if that is too uncertain.

        They count as given from now on.
        """
        if self._next is None or self._alone_times < _ALONE_TIMES or count > _COUNT_MAX:
            return None
        self._next += count
        return list(range(self._next - count, self._next))

    def given(self, ids: Sequence[int]) -> None:
        """These ids, ascending, were given."""
        is_next = ids[0] == self._next and ids[-1] - ids[0] == len(ids) - 1
        self._alone_times = self._alone_times + 1 if is_next else 0
        self._next = ids[-1] + 1

    def forget(self) -> None:
        """The state of the sequence is unknown."""
        self._next = None
        self._alone_times = 0
