"""Times in queries and in fields: RFC 3339, or a date, which is its midnight in UTC."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import NamedTuple

from incidents.core.duration import parse_duration

# RFC 3339, section 5.6; the leap second is the second after :59.
TIME = (
    "([0-9]{4})-([0-9]{2})-([0-9]{2})"
    "(?:[Tt ]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:[.]([0-9]{1,30}))?"
    "(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9])))?"
)
_TIME = re.compile(TIME)
_DAY = 86400
_EPOCH = date(1970, 1, 1).toordinal()

# What has a year of four digits in UTC.
SECONDS_MIN = (date.min.toordinal() - _EPOCH) * _DAY
SECONDS_MAX = (date.max.toordinal() - _EPOCH + 1) * _DAY - 1

_UNITS = {"w": 7 * _DAY, "d": _DAY, "h": 3600, "m": 60, "s": 1}


class Instant(NamedTuple):
    """Whole seconds since 1970, and the fraction of one behind them. They are in order of time."""

    seconds: int
    fraction: Decimal = Decimal(0)

    @property
    def number(self) -> Decimal:
        """The seconds with their fraction, exact."""
        with localcontext(prec=60):
            return self.seconds + self.fraction

    def __str__(self) -> str:
        """The time as RFC 3339 writes it, in UTC."""
        days, seconds = divmod(self.seconds, _DAY)
        minutes, second = divmod(seconds, 60)
        fraction = f"{self.fraction.normalize():f}"[1:] if self.fraction else ""
        return (
            f"{date.fromordinal(_EPOCH + days)}"
            f"T{minutes // 60:02}:{minutes % 60:02}:{second:02}{fraction}Z"
        )


class Ago(NamedTuple):
    """So many seconds before now, whenever that is."""

    seconds: int

    def __str__(self) -> str:
        """As people write it: 90s, 15m, 24h, 7d, 2w."""
        unit, size = next(each for each in _UNITS.items() if self.seconds % each[1] == 0)
        return f"{self.seconds // size}{unit}"

    def before(self, now: Instant) -> Instant:
        """The time that is meant."""
        return Instant(now.seconds - self.seconds, now.fraction)


def instant_of(time: datetime) -> Instant:
    """The instant of a time that knows its zone."""
    since = time.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return Instant(since.days * _DAY + since.seconds, Decimal(since.microseconds).scaleb(-6))


def parse_instant(text: str) -> Instant | None:
    """The time, or None when the text is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = found.groups("0")
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None
    seconds = days * _DAY + _seconds(hour, minute, second)
    seconds -= int(f"{sign}1") * _seconds(hours, minutes) if sign != "0" else 0
    if not SECONDS_MIN <= seconds <= SECONDS_MAX:
        return None
    return Instant(seconds, Decimal(f"0.{fraction}"))


def parse_ago(text: str) -> Ago | None:
    """The duration back from now, or None when the text is none."""
    try:
        duration = parse_duration(text)
    except OverflowError:
        return None
    return None if duration is None else Ago(duration.days * _DAY + duration.seconds)


def _seconds(hours: str, minutes: str, seconds: str = "0") -> int:
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds)
