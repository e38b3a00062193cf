"""Sections of ids, and the pieces that the newest of them are looked at in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.storage.sections import (
    RUNGS,
    SECTION_IDS,
    WALK_IDS,
    newest_pieces,
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


@given(low=st.integers(0, 10 * SECTION_IDS), width=st.integers(1, 5 * SECTION_IDS))
def test_the_newest_pieces_go_down_to_where_a_section_begins(low: int, width: int) -> None:
    high = low + width
    walked, pieces = newest_pieces((low, high))

    assert walked == max(low, high - WALK_IDS)
    tops, bottoms = [piece[1] for piece in pieces], [piece[0] for piece in pieces]
    assert [*tops, bottoms[-1] if pieces else walked] == [walked, *bottoms]
    assert all(len(sections_of(piece)) == 1 for piece in pieces)
    assert ([walked, *bottoms][-1] - low) == 0 or bottoms[-1] % SECTION_IDS == 0
    assert all(top - bottom <= max(RUNGS) for bottom, top in pieces[:-1])
    assert len(pieces) <= 2 * len(RUNGS) + 1
