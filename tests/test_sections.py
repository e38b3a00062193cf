"""Sections of ids."""

import pytest

from incidents.db.query.sections import sections_of

IDS = 65_536


@pytest.mark.parametrize(
    ("window", "sections"),
    [
        ((0, 1), [0]),
        ((IDS - 1, IDS), [0]),
        ((IDS - 1, IDS + 1), [1, 0]),
        ((5 * IDS, 7 * IDS), [6, 5]),
    ],
)
def test_a_window_is_in_the_sections_of_its_ids(
    window: tuple[int, int], sections: list[int]
) -> None:
    assert list(sections_of(window)) == sections
