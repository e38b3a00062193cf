"""What the incidents of a search have in common, as SQL."""

from dataclasses import dataclass
from itertools import repeat

from incidents.core.example import PREFILTERS_MAX, Example
from incidents.db.condition import Condition, Window

_BACKSLASH = r"'\'"


class Parameters:
    """The values of a query, and where they stand in it."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._sent: dict[tuple[object, str], str] = {}

    def add(self, value: object, type_: str) -> str:
        """The text that stands for the value. Texts are sent once, as they may be long."""
        if isinstance(value, (str, tuple)) and (value, type_) in self._sent:
            return self._sent[value, type_]
        self.values.append(value)
        text = f"${len(self.values)}::{type_}"
        if isinstance(value, (str, tuple)):
            self._sent[value, type_] = text
        return text


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
    if times := within_times(condition, parameters):
        # Which ids have that time is known: the index of times would be asked in vain (IS TRUE).
        criteria += f" AND ({times}) IS TRUE"
    return criteria


def within_times(condition: Condition, parameters: Parameters) -> str:
    """The times that are asked for; "" where none are."""
    if condition.since is None and condition.until is None:
        return ""
    # Both, or neither: the fewer different queries there are, the fewer plans a connection keeps.
    since = f"coalesce({parameters.add(condition.since, 'timestamptz')}, '-infinity')"
    until = f"coalesce({parameters.add(condition.until, 'timestamptz')}, 'infinity')"
    return f"received_at >= {since} AND received_at < {until}"


def row_by_row(condition: Condition, parameters: Parameters) -> str:
    """All that is asked, ` AND ` before it, so that PostgreSQL looks at each row.

    It cannot start from the index of examples.
    """
    criteria = beside_example(condition, parameters)
    if condition.example is None:
        return criteria
    terms = _terms(condition.example, parameters, with_strings=bool(condition.example.prefilters))
    return f" AND {row_matches(condition.example, terms)}{criteria}"


def led_to(condition: Condition, parameters: Parameters) -> str:
    """All that is asked, ` AND ` before it, of what the index of examples led to."""
    criteria = beside_example(condition, parameters)
    if condition.example is None:
        return criteria
    terms = _terms(condition.example, parameters, with_strings=bool(condition.example.doubts))
    return f" AND {led_matches(condition.example, terms)}{criteria}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands in a query for an example's `entries`, `in_headers` and `strings_of`: arrays."""

    entries: str
    in_headers: str
    strings: str


def strings_of(example: Example) -> tuple[str, ...]:
    """The strings that are looked for in texts: prefilters, as many always, and doubts."""
    # The last one stands for those that there are not: one query, however many there are.
    more = repeat(example.prefilters[-1], PREFILTERS_MAX) if example.prefilters else ()
    prefilters = (*example.prefilters, *more)[:PREFILTERS_MAX]
    return prefilters + tuple(string for _, string in example.doubts or ())


def row_matches(example: Example, terms: Terms) -> str:
    """Whether a row matches, as SQL: what has not even the prefilters need not be parsed.

    (In a CASE, since PostgreSQL would put the conditions in an order of its own.)
    """
    if not example.prefilters:
        return _matches(terms)
    found = " AND ".join(
        f"({_has('body', string)} OR {_has('headers', string)})"
        for string in (f"{terms.strings}[{number + 1}]" for number in range(PREFILTERS_MAX))
    )
    escaped = f"{_has('body', _BACKSLASH)} OR {_has('headers', _BACKSLASH)}"
    return f"CASE WHEN {found} OR {escaped} THEN {_matches(terms)} ELSE false END"


def led_matches(example: Example, terms: Terms) -> str:
    """Whether a row matches that the index led to, as SQL: most need not be parsed again."""
    if example.doubts is None:
        return _matches(terms)
    doubts = ["json_typeof(coalesce(body_for_search, body)) = 'array'"]
    first = PREFILTERS_MAX + 1 if example.prefilters else 1
    for number, (place, _) in enumerate(example.doubts, first):
        doubts += [_has(place, f"{terms.strings}[{number}]"), _has(place, _BACKSLASH)]
    return f"CASE WHEN {' OR '.join(doubts)} THEN {_matches(terms)} ELSE true END"


def in_section(section: str, leads: str) -> str:
    """What the incidents of a section that match contain one of; `section` is its number."""
    number = f"({section})::text"
    return f"ARRAY(SELECT jsonb_build_object({number}, lead) FROM unnest({leads}) AS lead)"  # noqa: S608


def _terms(example: Example, parameters: Parameters, *, with_strings: bool) -> Terms:
    # What no query mentions has no type there.
    return Terms(
        f"({parameters.add(example.entries, 'jsonb[]')})",
        f"({parameters.add(example.in_headers, 'jsonb[]')})",
        f"({parameters.add(strings_of(example), 'text[]')})" if with_strings else "",
    )


def _matches(terms: Terms) -> str:
    return (
        "incidents_matches(headers, coalesce(body_for_search, body), "
        f"{terms.entries}, {terms.in_headers})"
    )


def _has(column: str, string: str) -> str:
    return f"strpos({column}::text, {string}) > 0"
