"""The newest incidents of some windows of ids, as SQL.

The pieces of a query stand in the order of ids, the newest first, and PostgreSQL goes from one to
the next only as far as it needs to (Append, Limit and Nested Loop do no work ahead:
https://www.postgresql.org/docs/current/executor.html). So it stops where there is enough.
"""

from collections.abc import Iterator, Sequence
from itertools import chain

from incidents.storage.condition import Condition, Window
from incidents.storage.conditions import (
    Parameters,
    beside_example,
    ids_in,
    ids_of_section,
    in_section,
    row_by_row,
)
from incidents.storage.listing import Part
from incidents.storage.sections import (
    LADDER,
    LADDER_OF_MANY_VALUES,
    SECTION_IDS,
    Dense,
    begin_of,
    cut,
    narrowed,
    newest_of,
    sections_of,
    with_section,
)
from incidents.storage.tables import SEARCHED, SECTION_BITS
from incidents.storage.texts import BETWEEN

# An index is asked for each value of an example; so many are many.
_MANY_VALUES = 3

# An index can lead to many more matches than are wanted. To look them all up takes longer than all
# else, so there are at most so many of a piece; one that has as many is a crowd, and its rows are
# not the newest: it is to be looked through again in narrower pieces.
_CROWD = 129
CROWD = ("crowd_low", "crowd_high", "crowd_span")

# Where no index leads, the texts of so many ids are copied together, unless one of them is long:
# to send and to receive each alone takes as long as to make it.
_BLOCK_BITS = 6
_BLOCKS_MAX = 1024
_BLOCK_BYTES_MAX = 4 * 1024 * 1024
_PACKED_BYTES_MAX = 1024


def newest(
    condition: Condition,
    parts: Sequence[Part],
    columns: str,
    limit: int | None,
    width: int | None = None,
    dense: Dense | None = None,
    end_of_all: int | None = None,
) -> tuple[str, list[object]]:
    """A query, and its values, for the `columns` of the newest `limit` that match in the parts.

    The parts come newest first, and so do the rows. Without `limit` all come. Of a table that is
    spread over machines there is one part, and each of them looks through all of it.

    Where an index leads, and there is a limit, a row has the columns CROWD, too: where they are
    not null, it and those behind it are of a crowd. They say which ids to look through again, low
    <= id < high, and within how many those are that were met. `width` is then how many at once;
    where matches are known to be `dense` that says so. Below `end_of_all` is every incident that
    there is.
    """
    query = _Query(condition, limit, dense, end_of_all)
    if parts[0].is_spread:
        text = query.of_a_cluster(parts[0], columns)
    elif condition.entries is not None and condition.in_an_index:
        text = query.by_section(parts, columns, width)
    else:
        text = query.joined(map(query.whole, parts), columns)
    return text, query.parameters.values


def all_texts(condition: Condition, parts: Sequence[Part], text: str) -> tuple[str, list[object]]:
    """A query, and its values, for the texts of all that match in the parts, the newest first.

    A row has an id, a number and a text: that of one incident, or of so many together, and then
    the id is that of the last. Between them stands BETWEEN.
    """
    if parts[0].is_spread or condition.in_an_index:
        return newest(condition, parts, f"id, 1::bigint, {text}", None)
    query = _Query(condition, None)
    whole = query.joined((query.in_blocks(part, text) for part in parts), "*")
    return whole, query.parameters.values


class _Query:
    """A query as it comes to be, with its parameters."""

    def __init__(
        self,
        condition: Condition,
        limit: int | None,
        dense: Dense | None = None,
        end_of_all: int | None = None,
    ) -> None:
        self.parameters = Parameters()
        self._condition = condition
        self._entries = condition.entries or ""
        self._dense = dense
        self._end_of_all = end_of_all
        self._end = self._crowd = ""
        if limit is not None:
            self._end = f" LIMIT {self.parameters.add(limit, 'bigint')}"
            self._crowd = str(max(_CROWD, limit + 1))

    def joined(self, pieces: Iterator[str], columns: str) -> str:
        """One piece after another, until there is enough."""
        selected = " UNION ALL ".join(
            f"(SELECT {columns} FROM {piece} AS found)"  # noqa: S608 - no user's text
            for piece in pieces
        )
        return f"{selected}{self._end}"

    def whole(self, part: Part) -> str:
        """All of a part, row by row or by hash."""
        criteria = row_by_row(self._condition, self.parameters)
        return self._sorted(part, ids_in(part.window, self.parameters) + criteria)

    def in_blocks(self, part: Part, text: str) -> str:
        """All of a part, row by row; the texts of a block of ids are one where all are short."""
        bits = max(_BLOCK_BITS, ((part.high - part.low) // _BLOCKS_MAX).bit_length())
        ends = (self.parameters.add(each >> bits, "bigint") for each in (part.high - 1, part.low))
        rows = (
            f"{part.table} WHERE id >= near.block << {bits} AND id < (near.block + 1) << {bits} "
            f"AND {ids_in(part.window, self.parameters)}"
            f"{row_by_row(self._condition, self.parameters)}"
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

    def of_a_cluster(self, part: Part, columns: str) -> str:
        """The part, which every machine looks through."""
        ids = ids_in(part.window, self.parameters)
        if self._condition.in_an_index and self._condition.entries is not None:
            asked = [with_section(self._entries, each) for each in sections_of(part.window)]
            sections = self.parameters.add(asked, "text[]")
            criteria = f" AND {SEARCHED} @> ANY({sections}::jsonb[])"
            criteria += beside_example(self._condition, self.parameters)
        else:
            criteria = row_by_row(self._condition, self.parameters)
        return (
            f"SELECT {columns} FROM {part.table} WHERE {ids}{criteria} "  # noqa: S608
            f"ORDER BY id DESC{self._end}"
        )

    def by_section(self, parts: Sequence[Part], columns: str, width: int | None) -> str:
        """The very newest ids, what lies in the rungs below them, and section after section.

        With `width` pieces of so many ids.
        """
        columns = ", ".join([columns, *(CROWD if self._crowd else ())])
        window = parts[-1].low, parts[0].high
        if width is not None:
            in_sections = width >= SECTION_IDS
            pieces = (
                self._below(parts, window[1])
                if in_sections
                else self._led(parts, cut(window, width))
            )
            return self.joined(pieces, columns)
        ladder = LADDER if self._condition.leaves < _MANY_VALUES else LADDER_OF_MANY_VALUES
        newest = newest_of(window, ladder, of_a_time=self._condition.until is not None)
        walked = self.joined(self._walk(parts, newest.walk), "*")
        dense = f"(SELECT count(*) FROM walked) >= {ladder.dense}"  # noqa: S608 - no user's text
        pieces = chain(
            ["(SELECT * FROM walked)"],
            _where(
                dense,
                chain(self._walk(parts, newest.walk_on), self._led(parts, newest.beyond)),
            ),
            _where(f"NOT {dense}", self._led(parts, newest.first_rung)),
            self._led(parts, [*narrowed(newest.rungs, self._dense)]),
            self._below(parts, newest.low),
        )
        return f"WITH walked AS MATERIALIZED ({walked}) {self.joined(pieces, columns)}"

    def _walk(self, parts: Sequence[Part], windows: Sequence[Window]) -> Iterator[str]:
        no_crowd = "".join(f", NULL::bigint AS {each}" for each in CROWD) if self._crowd else ""
        for part, places in self._places(parts, windows):
            criteria = row_by_row(self._condition, self.parameters)
            found = self._sorted(part, f"id >= near.low AND id < near.high{criteria}")
            yield f"(SELECT found.*{no_crowd} FROM {places}, LATERAL {found} AS found)"  # noqa: S608

    def _led(self, parts: Sequence[Part], windows: Sequence[Window]) -> Iterator[str]:
        """The index leads, and the primary key narrows down what it has.

        It must not lead: PostgreSQL would parse row after row. So the range is written such that it
        is taken for a ninth of all (for one in 200 else), and as a partition grows from nothing it
        is planned anew, with what it has then.
        """
        for part, places in self._places(parts, windows):
            ids = "id >= near.low AND id < ANY(ARRAY[near.high])"
            if part.high == self._end_of_all:
                ids += f" /* 4^{(part.high - part.low).bit_length() // 2} ids */"
            yield self._by_index(part, places, ids)

    def _below(self, parts: Sequence[Part], high: int) -> Iterator[str]:
        """Section after section; where matches are dense, in pieces that have as many as needed."""
        low = parts[-1].low
        if self._dense is None:
            yield from self._sections(parts, (low, high))
            return
        begin, end = self._dense.window
        # The index has a section as a whole: asked for what is above the dense ids in theirs, it
        # would look all of them up. So there the primary key narrows it down, too; the next
        # partition has an index of its own.
        there = next((each.high for each in parts if each.low < end), 0)
        top = min(begin_of(end + SECTION_IDS - 1), there, high)
        yield from self._sections(parts, (top, high))
        if begin < top:
            yield from self._led(parts, [*narrowed([(begin, top)], self._dense)])
        yield from self._sections(parts, (low, min(begin, high)))

    def _sections(self, parts: Sequence[Part], window: Window) -> Iterator[str]:
        for part in parts:
            rest = part.within(window)
            if rest[0] < rest[1]:
                numbers = sections_of(rest)
                ends = [
                    self.parameters.add(each << SECTION_BITS, "bigint")
                    for each in (numbers[0], numbers[-1])
                ]
                # A crowd is looked through again where it was met, and no newer ids than that.
                first, behind = (self.parameters.add(each, "bigint") for each in rest)
                places = (
                    f"(SELECT greatest(each, {first}) AS low, "  # noqa: S608
                    f"least(each + {SECTION_IDS}, {behind}) AS high "
                    f"FROM generate_series({', '.join(ends)}, -{SECTION_IDS}) AS each) AS near"
                )
                yield self._by_index(part, places, ids_of_section(rest, self.parameters))

    def _places(
        self, parts: Sequence[Part], windows: Sequence[Window]
    ) -> Iterator[tuple[Part, str]]:
        """Each part that has some of the windows, and these as rows of two."""
        if not windows:
            return
        # Most parts have none: they stand side by side at the newest end.
        low, high = min(windows)[0], max(windows)[1]
        for part in parts:
            if part.high <= low or part.low >= high:
                continue
            there = [each for each in map(part.within, windows) if each[0] < each[1]]
            if there:
                lows, highs = zip(*there, strict=True)
                ends = (self.parameters.add(each, "bigint[]") for each in (lows, highs))
                yield part, f"unnest({', '.join(ends)}) AS near (low, high)"

    def _by_index(self, part: Part, places: str, ids: str) -> str:
        asked = in_section(f"near.low >> {SECTION_BITS}", self._entries, self.parameters)
        criteria = f"{SEARCHED} @> {asked} AND {ids}"
        criteria += beside_example(self._condition, self.parameters)
        if not self._crowd:
            return (
                f"(SELECT found.* FROM {places}, LATERAL {self._sorted(part, criteria)} AS found)"  # noqa: S608
            )
        return (
            "(SELECT found.*, CASE WHEN is_crowd THEN near.low END AS crowd_low, "  # noqa: S608
            f"CASE WHEN is_crowd THEN near.high END AS crowd_high FROM {places}, LATERAL "
            f"(SELECT *, count(*) OVER () = {self._crowd} AS is_crowd, "
            "max(id) OVER () - min(id) OVER () AS crowd_span "
            f"FROM (SELECT * FROM {part.table} WHERE {criteria} LIMIT {self._crowd}) AS met "
            f"ORDER BY id + 0 DESC{self._end}) AS found)"
        )

    def _sorted(self, part: Part, criteria: str) -> str:
        return f"(SELECT * FROM {part.table} WHERE {criteria} ORDER BY id + 0 DESC{self._end})"  # noqa: S608


def _where(condition: str, pieces: Iterator[str]) -> Iterator[str]:
    """The pieces, none of which is looked at where the condition does not hold."""
    for piece in pieces:
        yield f"(SELECT * FROM {piece} AS near WHERE {condition})"  # noqa: S608 - no user's text
