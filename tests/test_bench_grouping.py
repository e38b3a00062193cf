"""Groups of labelled reports: how they are judged, and that they stay as good as they are."""

import pytest
from bench.grouping.contenders import ours
from bench.grouping.labelled import generated
from bench.grouping.scores import score


def test_pairs_are_judged() -> None:
    assert score("aabb", [1, 1, 2, 2]) == (1, 1)
    assert score("aabb", [1, 1, 1, 1]) == (2 / 6, 1)
    assert score("aaab", [1, 2, 2, 3]) == (1, 1 / 3)


@pytest.mark.parametrize("half", [0, 1])
def test_groups_hold_what_belongs_together_and_nothing_else(half: int) -> None:
    reports = generated(2_000, half=half)
    assert reports == generated(2_000, half=half)
    groups, _ = ours(reports)
    found = score([report.problem for report in reports], groups)
    assert found.precision > 0.99
    assert found.recall > 0.8
