"""What is asked for, and where an answer goes on."""

import base64
import binascii
import math
import re
import struct
from datetime import UTC, datetime, timedelta
from decimal import localcontext
from typing import Literal

from incidents.core.duration import parse_duration
from incidents.core.errors import BadParameter
from incidents.core.grouping.keys import key_of_id
from incidents.core.query.instant import Instant
from incidents.core.query.tree import (
    EVERYTHING,
    AllOf,
    IsGroup,
    IsHash,
    IsId,
    Order,
    Received,
    Tree,
    all_of,
)
from incidents.db.condition import ALL_IDS, Condition, Window

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+ -]\d\d:\d\d)", re.ASCII
)
# It is the second after :59: there is no other place for it in Unix time.
_LEAP_SECOND = re.compile(r"(?<=:\d\d):60", re.ASCII)

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_EPOCH_TIME = re.compile(r"(\d{1,14})(?:\.\d{1,9})?", re.ASCII)
# Until the year 2286; of milliseconds as many digits end in April 1970.
_SECONDS_DIGITS_MAX = 10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A cursor is one byte that says how to read it, and the id below which to go on.
_CURSOR = struct.Struct(">Bq")
_CURSOR_VERSION = 1


def condition_of(
    tree: Tree = EVERYTHING,
    *,
    hash_: bytes | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Condition:
    """What matches the tree, whose times are absolute, has that hash, and came within that time.

    What all of the tree's terms say of hash, group, id and time is taken out of it: indexes have
    those.
    """
    ids, group = ALL_IDS, None
    left: list[Tree] = []
    for term in tree.terms if isinstance(tree, AllOf) else (tree,):
        match term:
            case IsHash(text) if hash_ is None:
                hash_ = bytes.fromhex(text)
            case IsGroup(id_) if group is None:
                group = key_of_id(id_)
            case IsId(order, number):
                low, high = _ids_of(order, number)
                ids = max(ids[0], low), min(ids[1], high)
            case Received(order, Instant() as bound) if (edge := _edge(order, bound)) is not None:
                if order in (">", ">="):
                    since = edge if since is None else max(since, edge)
                else:
                    until = edge if until is None else min(until, edge)
            case _:
                left.append(term)
    return Condition(all_of(left), hash_, group, since, until, (ids[0], max(ids)))


def _ids_of(order: Order | Literal["="], number: int) -> Window:
    low, high = ALL_IDS
    match order:
        case "=":
            return number, number + 1
        case "<" | "<=":
            return low, number + (order == "<=")
        case _:
            return number + (order == ">"), high


def _edge(order: Order, bound: Instant) -> datetime | None:
    """The first time that is no longer before, or no longer in, the range; times are in µs."""
    with localcontext(prec=60):  # a fraction has 30 digits at most
        microseconds = bound.fraction.scaleb(6)
    # What is not a whole one lies between two times: which of them is meant makes no difference.
    whole = math.ceil(microseconds) + (order in (">", "<=") and microseconds == int(microseconds))
    try:
        return _EPOCH + timedelta(seconds=bound.seconds, microseconds=whole)
    except OverflowError:
        return None


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

    Or seconds since 1970, or milliseconds: then there are more than 10 digits.

    Raises BadParameter naming `name`.
    """
    try:
        if (duration := parse_duration(text)) is not None:
            return now - duration
        if found := _EPOCH_TIME.fullmatch(text):
            unit = "seconds" if len(found[1]) <= _SECONDS_DIGITS_MAX else "milliseconds"
            return _EPOCH + timedelta(**{unit: float(text)})
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
        "a time such as 2026-11-23T03:46:00Z (RFC 3339), a date such as 2026-11-23, seconds or "
        "milliseconds since 1970, or a duration such as 15m, 24h or 7d is needed, not "
        f"{_shown(text)}",
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
