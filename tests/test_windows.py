"""Where a page looks next."""

from collections.abc import Callable

import pytest

from incidents.search.windows import FIRST, WALK_MAX, Step, Windows
from incidents.storage.reading import Found

SIZE = 10_000_000
PARTITION = 1_000_000


def seek(
    windows: Windows, matches: Callable[[int, int], range], wanted: int = 51
) -> tuple[list[Step], int]:
    """The steps until so many were found, and how many were."""
    steps, found = [], 0
    while found < wanted and not windows.ended:
        step = windows.step(wanted - found)
        results: list[Found] = []
        total = 0
        for low, high in step.windows:
            ids = list(matches(low, high)[: step.most + 1 - total])
            total += len(ids)
            results.append(Found(low, high, ids, crowded=total > step.most))
            if total > step.most:
                break
        windows.seen(results, 0.001, 5)
        found += sum(len(each.ids) for each in results if not each.crowded)
        steps.append(step)
    return steps, found


def every(number: int, below: int = SIZE + 1) -> Callable[[int, int], range]:
    def matches(low: int, high: int) -> range:
        return range(-(-low // number) * number, min(high, below), number)

    return matches


def whole(**how: bool) -> Windows:
    return Windows(1, SIZE + 1, by_index=how.get("by_index", True), slice_ids=PARTITION)


@pytest.mark.parametrize("number", [1, 3, 10, 20])
def test_dense_matches_are_walked_to(number: int) -> None:
    steps, found = seek(whole(), every(number))

    assert found >= 51
    assert not any(step.by_index for step in steps)
    assert len(steps) <= 3


@pytest.mark.parametrize("number", [1, 3, 20, 100, 1000, 100_000, SIZE, 2 * SIZE])
@pytest.mark.parametrize("below", [SIZE + 1, SIZE // 2, 1234])
def test_no_walk_goes_past_the_first_ids(number: int, below: int) -> None:
    steps, _ = seek(whole(), every(number, below))

    walked = [window for step in steps if not step.by_index for window in step.windows]
    assert all(low >= SIZE + 1 - WALK_MAX for low, _ in walked)


def test_what_never_occurs_takes_two_questions() -> None:
    steps, found = seek(whole(), every(2 * SIZE))

    assert found == 0
    assert [step.by_index for step in steps] == [False, True]
    assert steps[0].windows == [(SIZE + 1 - FIRST, SIZE + 1)]
    # The newest ids first, then partition by partition, down to the very first id.
    windows = steps[1].windows
    assert windows[0][1] == SIZE + 1 - FIRST
    assert [low for low, _ in windows[:-1]] == [high for _, high in windows[1:]]
    assert windows[-1][0] == 1
    bounds = [low for low, _ in windows[1:-1]]
    assert all(low % PARTITION == 0 for low in bounds)


@pytest.mark.parametrize("number", [20, 1000])
def test_what_ended_half_way_is_found_where_it_ended(number: int) -> None:
    steps, found = seek(whole(), every(number, SIZE // 2))

    assert found >= 51
    assert len(steps) <= 6


@pytest.mark.parametrize("number", [1, 7, 333, 50_001])
@pytest.mark.parametrize("by_index", [True, False])
def test_windows_leave_nothing_out_and_meet_nothing_twice(number: int, *, by_index: bool) -> None:
    windows, matches = whole(by_index=by_index), every(number, SIZE // 3)
    met, high = 0, SIZE + 1
    for step in seek(windows, matches, wanted=10**9)[0][:2000]:
        for low, top in step.windows:
            assert top <= high or met == 0
            met += 1
            high = min(high, top)
            assert low < top
    assert windows.high < SIZE


def test_a_walk_takes_no_more_than_half_of_the_time_left() -> None:
    windows = whole(by_index=False)
    windows.step(51)
    windows.seen([Found(SIZE + 1 - FIRST, SIZE + 1, [], crowded=False)], 1, 4)

    ((low, high),) = windows.step(51).windows

    assert high - low == 2 * FIRST


def test_what_could_not_be_finished_is_asked_in_a_smaller_window() -> None:
    windows = whole()
    ((low, high),) = windows.step(51).windows

    for width in (FIRST // 10, FIRST // 100, 1, 1):
        windows.narrow(high)
        assert windows.step(51).windows == [(high - width, high)]
    assert low < high
