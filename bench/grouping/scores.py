"""Precision and recall of groups, over pairs of reports."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from math import comb
from typing import NamedTuple


class Score(NamedTuple):
    """`precision`: of the pairs in one group, the share that is about one problem.

    `recall`: of the pairs about one problem, the share that is in one group.
    """

    precision: float
    recall: float


def score(problems: Sequence[Hashable], groups: Sequence[Hashable]) -> Score:
    """The score of these groups for reports about these problems."""
    both = _pairs(zip(problems, groups, strict=True))
    return Score(both / max(1, _pairs(groups)), both / max(1, _pairs(problems)))


def mean(scores: Sequence[Score]) -> Score:
    """Their mean, each counting the same."""
    return Score(*(sum(values) / len(scores) for values in zip(*scores, strict=True)))


def _pairs(values: Iterable[Hashable]) -> int:
    return sum(comb(count, 2) for count in Counter(values).values())
