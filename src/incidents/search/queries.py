"""All incidents that match in some partitions, or in the table, as SQL: for streams and counts.

Pages ask a function in PostgreSQL (search/sql/find.sql).
"""

from collections.abc import Sequence

from incidents.db.condition import Condition
from incidents.db.conditions import (
    ids_in,
    ids_of_section,
    in_section_of,
    leads_to,
    led_to,
    of_window,
    row_by_row,
)
from incidents.db.parameters import Parameters
from incidents.db.partition_catalog import Part
from incidents.db.query.sections import sections_of
from incidents.db.query.words import ids_of_words
from incidents.search.texts import BETWEEN

# Where no index leads, the texts of so many ids are copied together, unless one of them is long:
# to send and to receive each alone takes as long as to make it.
_BLOCK_BITS = 6
_BLOCKS_MAX = 1024
_BLOCK_BYTES_MAX = 4 * 1024 * 1024
_PACKED_BYTES_MAX = 1024

_NEWEST_FIRST = " ORDER BY id + 0 DESC"
_BY_ID = " ORDER BY id DESC"


def all_rows(condition: Condition, parts: Sequence[Part], parameters: Parameters) -> str:
    """All rows that match in the parts, in any order, as SQL for FROM."""
    if parts[0].is_table:
        which = of_window(condition, parts[0].window, parameters)
        return f"(SELECT * FROM {parts[0].table} WHERE {which}) AS found"  # noqa: S608
    return f"({_joined(_pieces(condition, parts, parameters, order=''), '*')}) AS found"


def all_texts(condition: Condition, parts: Sequence[Part], text: str) -> tuple[str, list[object]]:
    """A query, and its values, for the texts of all that match in the parts, the newest first.

    A row has an id, a number and a text: that of one incident, or of so many together, and then
    the id is that of the last. Between them stands BETWEEN.

    The parts come newest first. PostgreSQL goes from one to the next when it has sent what is in
    the one before (Append does no work ahead:
    https://www.postgresql.org/docs/current/executor.html).
    """
    columns = f"id, 1::bigint, {text}"
    if parts[0].is_table:
        return of_table(condition, parts[0], columns)
    parameters = Parameters()
    if condition.in_an_index or condition.is_by_words:
        pieces = _pieces(condition, parts, parameters, order=_NEWEST_FIRST)
        return _joined(pieces, columns), parameters.values
    pieces = [_in_blocks(each, condition, text, parameters) for each in parts]
    return _joined(pieces, "*"), parameters.values


def of_table(
    condition: Condition, part: Part, columns: str, limit: int | None = None
) -> tuple[str, list[object]]:
    """A query, and its values, for the newest that match in a part of the table, by one statement.

    Without `limit` all come.
    """
    parameters = Parameters()
    which = of_window(condition, part.window, parameters)
    end = "" if limit is None else f" LIMIT {parameters.add(limit, 'bigint')}"
    return (
        f"SELECT {columns} FROM {part.table} WHERE {which} ORDER BY id DESC{end}",  # noqa: S608
        parameters.values,
    )


def _pieces(
    condition: Condition, parts: Sequence[Part], parameters: Parameters, order: str
) -> list[str]:
    if condition.lead is not None:
        piece = _by_section
    else:
        piece = _by_words if condition.is_by_words else _in_order
    return [piece(each, condition, parameters, order) for each in parts]


def _joined(pieces: Sequence[str], columns: str) -> str:
    return " UNION ALL ".join(
        f"(SELECT {columns} FROM {piece} AS found)"  # noqa: S608 - no user's text
        for piece in pieces
    )


def _in_order(part: Part, condition: Condition, parameters: Parameters, order: str) -> str:
    """All of a part, row by row or by hash."""
    ids, criteria = ids_in(part.window, parameters), row_by_row(condition, parameters)
    return _rows(part, ids + criteria, order)


def _by_section(part: Part, condition: Condition, parameters: Parameters, order: str) -> str:
    """All of a part by the index of examples, section after section."""
    sections = _sections(part, parameters)
    assert condition.lead is not None
    path = in_section_of("section", parameters.add(condition.lead, "text"))
    criteria = f"{leads_to('ARRAY[near.path]')} AND {ids_of_section(part.window, parameters)}"
    criteria += led_to(condition, parameters)
    return (
        f"(SELECT found.* FROM (SELECT {path} AS path "  # noqa: S608
        f"FROM {sections} OFFSET 0) AS near, "
        f"LATERAL {_rows(part, criteria, order)} AS found)"
    )


def _by_words(part: Part, condition: Condition, parameters: Parameters, order: str) -> str:
    """All of a part at the ids that the indexes of words and numbers lead to (see sql/find.sql)."""
    sections = _sections(part, parameters)
    low, high = (parameters.add(each, "bigint") for each in part.window)
    words = ids_of_words(condition.tree, parameters)
    runs = f"unnest(incidents_ids_to_look_at({low}, {high}, section, {words})) AS ids"
    criteria = f"id >= lower(ids) AND id < upper(ids){row_by_row(condition, parameters)}"
    return (
        f"(SELECT found.* FROM {sections}, "  # noqa: S608
        f"LATERAL (SELECT ids FROM {runs} ORDER BY lower(ids) DESC) AS run, "
        f"LATERAL {_rows(part, criteria, _BY_ID if order else '')} AS found)"
    )


def _sections(part: Part, parameters: Parameters) -> str:
    """The numbers of the sections of a part, the newest first, as SQL for FROM."""
    numbers = sections_of(part.window)
    ends = (parameters.add(each, "bigint") for each in (numbers[0], numbers[-1]))
    return f"generate_series({', '.join(ends)}, -1) AS section"


def _in_blocks(part: Part, condition: Condition, text: str, parameters: Parameters) -> str:
    """All of a part, row by row; the texts of a block of ids are one where all are short."""
    bits = max(_BLOCK_BITS, ((part.high - part.low) // _BLOCKS_MAX).bit_length())
    ends = (parameters.add(each >> bits, "bigint") for each in (part.high - 1, part.low))
    rows = (
        f"{part.table} WHERE id >= near.block << {bits} AND id < (near.block + 1) << {bits} "
        f"AND {ids_in(part.window, parameters)}{row_by_row(condition, parameters)}"
    )
    bytes_max = _BLOCK_BYTES_MAX >> bits
    # To know how long a text is it has to be unpacked; not of one that is small all the same.
    short = (
        f"(pg_column_size(headers) + pg_column_size(body) <= {_PACKED_BYTES_MAX} "
        f"OR octet_length(headers::text) + octet_length(body::text) <= {bytes_max})"
    )
    # Backwards through the primary key: nothing is sorted.
    return (
        f"(SELECT found.* FROM generate_series({', '.join(ends)}, -1) AS near (block), "  # noqa: S608
        "LATERAL (SELECT min(id) AS id, count(*) AS count, bool_and(short) AS are_short, "
        f"string_agg(CASE WHEN short THEN {text} END, '{BETWEEN}') AS text "
        f"FROM (SELECT *, {short} AS short FROM {rows} ORDER BY id DESC) AS each) AS block, "
        "LATERAL (SELECT block.id, block.count, block.text WHERE block.are_short UNION ALL "
        f"(SELECT id, 1, {text} FROM {rows} AND NOT block.are_short ORDER BY id DESC)) "
        "AS found)"
    )


def _rows(part: Part, criteria: str, order: str) -> str:
    return f"(SELECT * FROM {part.table} WHERE {criteria}{order})"  # noqa: S608
