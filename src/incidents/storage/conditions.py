"""What the incidents of a search have in common, as SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.storage.tables import SEARCHED

_BACKSLASH = r"'\'"
# A window of less than that part of a table is a narrow one.
_NARROW = 4

Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the incidents of a search have in common; what is None does not matter.

    `entries` is an example's, `indexable` and `needles` too (see `Example`); `hash` is 32 bytes;
    `since` is inclusive, `until` exclusive.
    """

    entries: str | None = None
    indexable: bool = True
    needles: tuple[str, ...] = ()
    hash: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def in_an_index(self) -> bool:
        """Whether an index, of examples or of hashes, leads to the incidents."""
        return self.hash is not None or (self.entries is not None and self.indexable)


class Parameters:
    """The values of a query, and where they stand in it."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def add(self, value: object, type_: str) -> str:
        """The text that stands for the value."""
        self.values.append(value)
        return f"${len(self.values)}::{type_}"


def ids_in(window: Window, table_ids: int | None, parameters: Parameters) -> str:
    """The ids of the window, low <= id < high, of a table whose ids have a range of `table_ids`.

    Of a narrow window the primary key's bitmap, met with that of another index, leaves what
    is in both. Of most of a table it would cost more than all else: then the primary key is
    of no use. Without `table_ids` every window counts as narrow.
    """
    low, high = (parameters.add(each, "bigint") for each in window)
    if table_ids is None or (window[1] - window[0]) * _NARROW < table_ids:
        return f"id >= {low} AND id < {high}"
    return f"id + 0 >= {low} AND id + 0 < {high}"


def where(condition: Condition, parameters: Parameters, *, by_index: bool) -> str:
    """The condition, ` AND ` before it; to be used behind a range of ids.

    With `by_index` PostgreSQL can start from the index of examples; without, it cannot, and
    looks at each row. What is asked is hidden from its estimates: it takes the same plan for
    every example, and which way to go is decided by the search, which has seen how many match.
    """
    criteria = ""
    if condition.entries is not None:
        entries = f"(SELECT {parameters.add(condition.entries, 'text')}::jsonb)"
        if by_index:
            criteria += f" AND {SEARCHED} @> {entries}"
        else:
            criteria += f" AND {_contains(condition.needles, entries, parameters)}"
    if condition.hash is not None:
        criteria += f" AND hash = {parameters.add(condition.hash, 'bytea')}"
    # Which ids have that time is known: the index of times would be asked in vain (IS TRUE).
    if condition.since is not None:
        since = parameters.add(condition.since, "timestamptz")
        criteria += f" AND (received_at >= {since}) IS TRUE"
    if condition.until is not None:
        until = parameters.add(condition.until, "timestamptz")
        criteria += f" AND (received_at < {until}) IS TRUE"
    return criteria


def _contains(needles: Sequence[str], entries: str, parameters: Parameters) -> str:
    """Containment row by row: what has not even the needles need not be parsed.

    (In a CASE, since PostgreSQL would put the conditions in an order of its own.)
    """
    contains = f"jsonb_contains({SEARCHED}, {entries})"
    if not needles:
        return contains
    found = " AND ".join(_has(parameters.add(each, "text")) for each in needles)
    return f"CASE WHEN {found} OR {_has(_BACKSLASH)} THEN {contains} ELSE false END"


def _has(string: str) -> str:
    return f"(strpos(body::text, {string}) > 0 OR strpos(headers::text, {string}) > 0)"
