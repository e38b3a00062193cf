"""Sections of ids, and the pieces that the newest of them are looked at in."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.storage.sections import (
    FEW_RUNGS,
    NEAR_IDS,
    RUNGS,
    SECTION_IDS,
    WALK_IDS,
    WALK_IDS_AT_ONCE,
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
    widths=st.sampled_from([RUNGS, FEW_RUNGS]),
)
def test_the_newest_pieces_go_down_to_where_a_section_begins(
    low: int, width: int, widths: Sequence[int]
) -> None:
    high = low + width
    newest = newest_of((low, high), widths)
    pieces = newest.walk + newest.near + newest.rungs

    assert pieces[0][1] == high
    assert [low for low, _ in pieces[:-1]] == [high for _, high in pieces[1:]]
    assert all(len(sections_of(piece)) == 1 for piece in pieces)
    assert newest.low == low or newest.low % SECTION_IDS == 0
    assert all(top - bottom <= WALK_IDS_AT_ONCE for bottom, top in newest.walk)
    assert newest.walk[-1][0] == max(low, high - WALK_IDS)
    assert sum(top - bottom for bottom, top in newest.near) <= NEAR_IDS
    assert len(pieces) <= 20
