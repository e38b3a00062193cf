"""What is asked for, and where an answer goes on."""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from incidents.core.duration import parse_duration
from incidents.core.errors import BadParameter
from incidents.core.example import Example
from incidents.db.condition import Condition

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+ -]\d\d:\d\d)", re.ASCII
)
# It is the second after :59: there is no other place for it in Unix time.
_LEAP_SECOND = re.compile(r"(?<=:\d\d):60", re.ASCII)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

# A cursor is one byte that says how to read it, and the id below which to go on.
_CURSOR = struct.Struct(">Bq")
_CURSOR_VERSION = 1


@dataclass(frozen=True, slots=True)
class Question:
    """Which incidents are wanted: all that match, received in `since` <= t < `until`.

    Either `example` or `hash` (32 bytes) is set.
    """

    example: Example | None = None
    hash: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def condition(self) -> Condition:
        """What its incidents have in common."""
        example = self.example
        if example is not None and example.matches_everything:
            example = None
        return Condition(example, self.hash, self.since, self.until)


def parse_hash(text: str) -> bytes:
    """The 32 bytes of a hash. Raises BadParameter."""
    if _HASH.fullmatch(text) is None:
        raise BadParameter("h", f"a hash is 64 hexadecimal digits, not {_shown(text)}")
    return bytes.fromhex(text)


def parse_limit(text: str, limit_max: int) -> int:
    """A page's size. Raises BadParameter."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(limit_max))):
        limit = 0
    else:
        limit = int(text)
    if not 1 <= limit <= limit_max:
        raise BadParameter(
            "limit", f"a whole number from 1 to {limit_max} is needed, not {_shown(text)}"
        )
    return limit


def parse_time(name: str, text: str, now: datetime) -> datetime:
    """A time in RFC 3339, a date (its midnight, UTC), or a duration back from `now`.

    Raises BadParameter naming `name`.
    """
    try:
        if (duration := parse_duration(text)) is not None:
            return now - duration
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        if _RFC3339.fullmatch(text):
            # A plus sign that was not escaped arrives as a space (form encoding).
            written = text[:11] + text[11:].replace(" ", "+")
            written, leaps = _LEAP_SECOND.subn(":59", written.upper())
            return datetime.fromisoformat(written).astimezone(UTC) + timedelta(seconds=leaps)
    except (ValueError, OverflowError):
        pass
    raise BadParameter(
        name,
        "a time such as 2026-11-23T03:46:00Z (RFC 3339), a date such as 2026-11-23, or a duration "
        f"such as 15m, 24h or 7d is needed, not {_shown(text)}",
    )


def write_cursor(below: int) -> str:
    """A cursor that goes on with the ids under `below`."""
    return base64.urlsafe_b64encode(_CURSOR.pack(_CURSOR_VERSION, below)).decode()


def parse_cursor(text: str) -> int:
    """The id under which to go on. Raises BadParameter."""
    try:
        version, below = _CURSOR.unpack(base64.b64decode(text, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, struct.error):
        version, below = 0, 0
    if version != _CURSOR_VERSION or below < 1:
        raise BadParameter("after", f"a cursor is what a page gave as its next, not {_shown(text)}")
    return int(below)


def _shown(text: str) -> str:
    longest = 80
    return repr(text if len(text) <= longest else text[:longest] + "…")
