"""What the incidents of a search have in common, as SQL."""

from collections.abc import Sequence
from itertools import repeat

from incidents.example import NEEDLES_MAX
from incidents.storage.condition import Condition, Window
from incidents.storage.tables import SEARCHED, SECTION_BITS

_BACKSLASH = r"'\'"


class Parameters:
    """The values of a query, and where they stand in it."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._texts: dict[str, int] = {}

    def add(self, value: object, type_: str) -> str:
        """The text that stands for the value. One of text is sent once, as it may be long."""
        if isinstance(value, str):
            number = self._texts.setdefault(value, len(self.values) + 1)
            if number <= len(self.values):
                return f"${number}::{type_}"
        self.values.append(value)
        return f"${len(self.values)}::{type_}"


def ids_in(window: Window, parameters: Parameters) -> str:
    """The ids low <= id < high."""
    low, high = (parameters.add(each, "bigint") for each in window)
    return f"id >= {low} AND id < {high}"


def ids_of_section(window: Window, parameters: Parameters) -> str:
    """The same, hidden from the primary key: another index leads, and has little beyond these.

    The primary key's bitmap of so many ids would cost more than all else.
    """
    low, high = (parameters.add(each, "bigint") for each in window)
    return f"id + 0 >= {low} AND id + 0 < {high}"


def beside_example(condition: Condition, parameters: Parameters) -> str:
    """What is asked beside the example, ` AND ` before it; to be used behind a range of ids."""
    criteria = ""
    if condition.hash is not None:
        criteria += f" AND hash = {parameters.add(condition.hash, 'bytea')}"
    # Which ids have that time is known: the index of times would be asked in vain (IS TRUE). Both,
    # or neither: the fewer different queries there are, the fewer plans a connection keeps.
    if condition.since is not None or condition.until is not None:
        since = f"coalesce({parameters.add(condition.since, 'timestamptz')}, '-infinity')"
        until = f"coalesce({parameters.add(condition.until, 'timestamptz')}, 'infinity')"
        criteria += f" AND (received_at >= {since} AND received_at < {until}) IS TRUE"
    return criteria


def row_by_row(condition: Condition, parameters: Parameters) -> str:
    """All that is asked, ` AND ` before it, so that PostgreSQL looks at each row.

    It cannot start from the index of examples.
    """
    criteria = beside_example(condition, parameters)
    if condition.entries is None:
        return criteria
    asked = in_section(f"id >> {SECTION_BITS}", condition.entries, parameters)
    return f" AND {_contains(condition.needles, asked, parameters)}{criteria}"


def in_section(section: str, entries: str, parameters: Parameters) -> str:
    """What the incidents of a section that match an example contain; `section` is its number."""
    return f"jsonb_build_object(({section})::text, (SELECT {parameters.add(entries, 'jsonb')}))"


def _contains(needles: Sequence[str], asked: str, parameters: Parameters) -> str:
    """Containment row by row: what has not even the needles need not be parsed.

    (In a CASE, since PostgreSQL would put the conditions in an order of its own.)
    """
    contains = f"jsonb_contains({SEARCHED}, {asked})"
    if not needles:
        return contains
    # The last one stands for those that there are not: one query, however many there are.
    asked_for = [*needles, *repeat(needles[-1], NEEDLES_MAX - len(needles))]
    found = " AND ".join(_has(parameters.add(each, "text")) for each in asked_for)
    return f"CASE WHEN {found} OR {_has(_BACKSLASH)} THEN {contains} ELSE false END"


def _has(string: str) -> str:
    return f"(strpos(body::text, {string}) > 0 OR strpos(headers::text, {string}) > 0)"
