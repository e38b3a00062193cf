"""The bins of a timeline: where each begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.core.errors import BadParameter
from incidents.search.settling import UNITS_SECONDS

# A chart has at most a thousand bars.
BINS_MAX = 1000

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = [timedelta(seconds=each) for each in UNITS_SECONDS]
# A bin is at most an eighth wider or narrower than another one.
_UNITS_A_STEP = 8


@dataclass(frozen=True, slots=True)
class Axis:
    """Bins: each from one of `starts` up to the next one, the last one up to `until`."""

    starts: Sequence[datetime]
    until: datetime

    @property
    def edges(self) -> list[datetime]:
        """Where the bins begin, and where the last one ends."""
        return [*self.starts, max(self.until, self.starts[-1] + _MICROSECOND)]


def axis_of_bins(since: datetime, until: datetime, bins: int) -> Axis:
    """So many bins of about one width.

    But for the first one they begin at whole seconds, minutes, hours or days where that is near: so
    counts are kept (see settling.py).
    """
    step = max((until - since) / bins, _MICROSECOND)
    starts = [since + step * n for n in range(bins)]
    unit = max((each for each in _UNITS if each * _UNITS_A_STEP <= step), default=None)
    if unit is not None:
        starts[1:] = [_EPOCH + round((each - _EPOCH) / unit) * unit for each in starts[1:]]
    return Axis(starts, until)


def axis_of_steps(since: datetime, until: datetime, step: timedelta) -> Axis:
    """Bins that begin at multiples of `step` since 1970; the first one begins with `since`.

    Raises BadParameter where that are more than BINS_MAX.
    """
    first = (since - _EPOCH) // step + 1
    behind = -((_EPOCH - until) // step)
    if behind - first >= BINS_MAX:
        needed = (until - since) / (BINS_MAX - 1)
        raise BadParameter(
            "step",
            f"this range has more than {BINS_MAX} such steps: a step of at least "
            f"{needed.total_seconds():.0f} s is needed",
        )
    return Axis([since, *(_EPOCH + n * step for n in range(first, behind))], until)
