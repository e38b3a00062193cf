"""The newest incidents of some windows of ids, as SQL.

The pieces of a query stand in the order of ids, the newest first, and PostgreSQL goes from one to
the next only as far as it needs to (Append, Limit and Nested Loop do no work ahead:
https://www.postgresql.org/docs/current/executor.html). So it stops where there is enough.
"""

from collections.abc import Iterator, Sequence

from incidents.storage.conditions import (
    Condition,
    Parameters,
    beside_example,
    ids_in,
    ids_of_section,
    row_by_row,
)
from incidents.storage.listing import Part
from incidents.storage.sections import newest_pieces, sections_of, with_section
from incidents.storage.tables import SEARCHED, SECTION_BITS


def newest(
    condition: Condition, parts: Sequence[Part], columns: str, limit: int | None
) -> tuple[str, list[object]]:
    """A query, and its values, for the `columns` of the newest `limit` that match in the parts.

    The parts come newest first, and so do the rows. Without `limit` all come. Of a table that is
    spread over machines there is one part, and each of them looks through all of it.
    """
    parameters = Parameters()
    if parts[0].is_spread:
        return _newest_everywhere(condition, parts[0], columns, limit, parameters)
    end = "" if limit is None else f" LIMIT {parameters.add(limit, 'bigint')}"
    if condition.entries is not None and condition.in_an_index:
        pieces = list(_by_section(condition, parts, end, parameters))
    else:
        pieces = [_one_by_one(condition, part, end, parameters) for part in parts]
    selected = [f"SELECT {columns} FROM {piece} AS found" for piece in pieces]  # noqa: S608
    return " UNION ALL ".join(f"({each})" for each in selected) + end, parameters.values


def _newest_everywhere(
    condition: Condition, part: Part, columns: str, limit: int | None, parameters: Parameters
) -> tuple[str, list[object]]:
    if condition.entries is not None and condition.in_an_index:
        asked = [with_section(condition.entries, each) for each in sections_of(part.window)]
        sections = parameters.add(asked, "text[]")
        criteria = f" AND {SEARCHED} @> ANY({sections}::jsonb[])"
        criteria += beside_example(condition, parameters)
    else:
        criteria = row_by_row(condition, parameters)
    ids = ids_in(part.window, parameters)
    end = "" if limit is None else f" LIMIT {parameters.add(limit, 'bigint')}"
    query = f"SELECT {columns} FROM {part.table} WHERE {ids}{criteria} ORDER BY id DESC{end}"  # noqa: S608
    return query, parameters.values


def _by_section(
    condition: Condition,
    parts: Sequence[Part],
    end: str,
    parameters: Parameters,
) -> Iterator[str]:
    """Of each part: the very newest ids, what lies in the rungs below them, and its sections."""
    walked, near = newest_pieces((parts[-1].low, parts[0].high))
    bottom = near[-1][0] if near else walked

    def each_of(places: str, section: str, part: Part, ids: str) -> str:
        entries = f"(SELECT {parameters.add(condition.entries, 'text')}::jsonb)"
        asked = f"jsonb_build_object(({section})::text, {entries})"
        criteria = beside_example(condition, parameters)
        return (
            f"(SELECT found.* FROM {places}, LATERAL (SELECT * FROM {part.table} "  # noqa: S608
            f"WHERE {SEARCHED} @> {asked} AND {ids}{criteria} ORDER BY id + 0 DESC{end}) AS found)"
        )

    for part in parts:
        if part.high > walked:
            yield _one_by_one(condition, part.above(walked), end, parameters)
        windows = [each for each in map(part.within, near) if each[0] < each[1]]
        if windows:
            lows, highs = zip(*windows, strict=True)
            ends = f"{parameters.add(lows, 'bigint[]')}, {parameters.add(highs, 'bigint[]')}"
            yield each_of(
                f"unnest({ends}) AS near (low, high)",
                f"near.low >> {SECTION_BITS}",
                part,
                "id >= near.low AND id < near.high",
            )
        if part.low < bottom:
            rest = part.low, min(part.high, bottom)
            numbers = sections_of(rest)
            newest, oldest = (parameters.add(n, "bigint") for n in (numbers[0], numbers[-1]))
            yield each_of(
                f"generate_series({newest}, {oldest}, -1) AS near (section)",
                "near.section",
                part,
                ids_of_section(rest, parameters),
            )


def _one_by_one(condition: Condition, part: Part, end: str, parameters: Parameters) -> str:
    ids = ids_in(part.window, parameters)
    criteria = row_by_row(condition, parameters)
    return f"(SELECT * FROM {part.table} WHERE {ids}{criteria} ORDER BY id + 0 DESC{end})"  # noqa: S608
