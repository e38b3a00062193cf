"""Sections of ids, and the pieces that the newest of them are looked at in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.storage.sections import (
    LADDER,
    LADDER_OF_MANY_VALUES,
    PIECES_MAX,
    SECTION_IDS,
    UNTIL_IDS,
    WALK_IDS_AT_ONCE,
    Dense,
    Ladder,
    cut,
    narrowed,
    newest_of,
    sections_of,
)


@pytest.mark.parametrize(
    ("window", "sections"),
    [
        ((0, 1), [0]),
        ((SECTION_IDS - 1, SECTION_IDS), [0]),
        ((SECTION_IDS - 1, SECTION_IDS + 1), [1, 0]),
        ((5 * SECTION_IDS, 7 * SECTION_IDS), [6, 5]),
    ],
)
def test_a_window_is_in_the_sections_of_its_ids(
    window: tuple[int, int], sections: list[int]
) -> None:
    assert list(sections_of(window)) == sections


@given(
    low=st.integers(0, 10 * SECTION_IDS),
    width=st.integers(1, 5 * SECTION_IDS),
    ladder=st.sampled_from([LADDER, LADDER_OF_MANY_VALUES]),
    is_dense=st.booleans(),
    of_a_time=st.booleans(),
)
def test_the_newest_pieces_go_down_to_where_a_section_begins(
    low: int, width: int, ladder: Ladder, *, is_dense: bool, of_a_time: bool
) -> None:
    high = low + width
    newest = newest_of((low, high), ladder, of_a_time=of_a_time)
    near = newest.walk_on + newest.beyond if is_dense else newest.first_rung
    pieces = newest.walk + near + newest.rungs

    assert pieces[0][1] == high
    assert [low for low, _ in pieces[:-1]] == [high for _, high in pieces[1:]]
    assert all(len(sections_of(piece)) == 1 for piece in pieces)
    assert newest.low == pieces[-1][0]
    assert newest.low == low or newest.low % SECTION_IDS == 0
    walked = ladder.walk_ids + (UNTIL_IDS if of_a_time else 0)
    assert newest.walk[-1][0] == max(low, high - walked)
    one_by_one = newest.walk + newest.walk_on
    assert all(top - bottom <= WALK_IDS_AT_ONCE for bottom, top in one_by_one)
    assert sum(top - bottom for bottom, top in newest.walk_on) <= ladder.walk_on_ids
    assert len(set(pieces) - set(one_by_one)) <= 8


@given(
    low=st.integers(0, 3 * SECTION_IDS),
    width=st.integers(1, 3 * SECTION_IDS),
    begin=st.integers(0, 6 * SECTION_IDS),
    dense_ids=st.integers(1, SECTION_IDS),
    dense_width=st.integers(1, SECTION_IDS),
)
def test_narrowed_pieces_have_the_same_ids(
    low: int, width: int, begin: int, dense_ids: int, dense_width: int
) -> None:
    whole = cut((low, low + width), SECTION_IDS)
    dense = Dense((begin, begin + dense_ids), dense_width)

    pieces = list(narrowed(whole, dense))

    assert pieces[0][1] == low + width
    assert pieces[-1][0] == low
    assert [bottom for bottom, _ in pieces[:-1]] == [top for _, top in pieces[1:]]
    assert all(len(sections_of(piece)) == 1 for piece in pieces)
    assert len(pieces) <= 2 * 2 * PIECES_MAX
    assert list(narrowed(whole, None)) == whole


def test_what_is_dense_lies_behind_where_the_newest_ids_are_in_another_section() -> None:
    dense = Dense((SECTION_IDS, 2 * SECTION_IDS), 100)

    assert dense.lies_behind([(2 * SECTION_IDS, 2 * SECTION_IDS + 1), (0, 5)])
    assert not dense.lies_behind([(0, 2 * SECTION_IDS)])
    assert not dense.lies_behind([(0, 5)])
    assert not dense.lies_behind([])
