"""Where a page looks next."""

import pytest

from incidents.search.windows import INDEX_FIRST, WALK_FIRST, Windows

END = 10_000_001


@pytest.mark.parametrize("every", [1, 3, 20, 1000, 2 * END])
@pytest.mark.parametrize("by_index", [True, False])
def test_windows_leave_nothing_out_and_meet_nothing_twice(every: int, *, by_index: bool) -> None:
    windows = Windows(1, END, by_index=by_index)
    seen = END
    steps = 0
    while not windows.ended:
        low, high = windows.window(51)
        assert (high, low) == (seen, max(1, low))
        assert low < high
        # What was found stands at the newest end; what is behind it was not looked at.
        matches = min(51, (high - low) // every)
        seen = high - matches * every if matches == 51 else low
        windows.seen(seen, matches, 0.001, 5)
        steps += 1
        if steps == 100:
            break
    assert steps == 100 or seen == 1


def test_where_an_index_leads_the_first_window_is_wide() -> None:
    assert Windows(1, END, by_index=True).window(51) == (1, END)
    low, high = Windows(1, 10 * INDEX_FIRST, by_index=True).window(51)
    assert high - low == INDEX_FIRST


def test_where_none_does_the_first_shows_how_dense_matches_are() -> None:
    windows = Windows(1, END, by_index=False)

    low, high = windows.window(1000)
    assert high - low == WALK_FIRST
    windows.seen(low, 64, 0.001, 5)
    low, high = windows.window(1000)

    assert 4000 < high - low < 5000


def test_of_those_that_all_match_no_more_are_asked_for_than_are_wanted() -> None:
    low, high = Windows(1, END, by_index=False, density=1.0).window(1000)

    assert 1000 < high - low < 1100


@pytest.mark.parametrize("by_index", [True, False])
def test_a_window_takes_no_more_than_half_of_the_time_left(*, by_index: bool) -> None:
    windows = Windows(1, 100 * INDEX_FIRST, by_index=by_index)
    low, high = windows.window(51)
    windows.seen(low, 0, 1, 4)

    width = high - low
    low, high = windows.window(51)

    assert high - low == 2 * width


@pytest.mark.parametrize("by_index", [True, False])
def test_what_could_not_be_finished_is_asked_in_a_smaller_window(*, by_index: bool) -> None:
    windows = Windows(1, END, by_index=by_index)
    low, high = windows.window(51)

    width = high - low
    while width > 1:
        windows.narrow(high)
        low, top = windows.window(51)
        assert top == high
        assert top - low == max(1, width // 10)
        width = top - low
    windows.narrow(high)
    assert windows.window(51) == (high - 1, high)
