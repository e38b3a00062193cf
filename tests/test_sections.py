"""Sections of ids, and the pieces that the newest of them are looked at in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.storage.sections import RUNG_IDS_MIN, SECTION_IDS, rungs, sections_of


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
def test_rungs_go_down_to_where_a_section_begins(low: int, width: int) -> None:
    high = low + width
    pieces = list(rungs((low, high)))

    assert pieces[0][1] == high
    assert [piece[0] for piece in pieces[:-1]] == [piece[1] for piece in pieces[1:]]
    assert pieces[-1][0] == low or pieces[-1][0] % SECTION_IDS == 0
    assert all(len(sections_of(piece)) == 1 for piece in pieces)
    assert pieces[0][1] - pieces[0][0] <= RUNG_IDS_MIN
    assert len(pieces) < 12
