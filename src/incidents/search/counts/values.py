"""The most frequent values of a field among the matches."""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.core.query.tree import Path
from incidents.db.condition import Condition
from incidents.db.query.values import MISSING, OTHER
from incidents.search.counts.estimator import Estimator
from incidents.search.counts.group_query import Counted
from incidents.search.counts.kinds import ValuesOf
from incidents.search.counts.tally import Group, Tally, Times


@dataclass(frozen=True, slots=True)
class Value:
    """A value, as JSON text, and in how many matches the field has it."""

    value: str
    count: int
    times: Times


@dataclass(frozen=True, slots=True)
class Values:
    """The most frequent values of a field among `count` matches.

    `missing` of these have none; `other` is how often they have a value that is not listed. Each of
    the counts of an estimate is with 95 % no further from the truth than `error`.
    """

    count: int
    missing: int
    other: int
    is_estimate: bool
    error: int
    values: Sequence[Value]


async def count_values(
    estimator: Estimator, condition: Condition, path: Path, limit: int, seconds: float
) -> Values:
    """At most `limit` values, after about `seconds` at the latest. Raises StorageError."""
    tally = await estimator.tally(Counted(condition, kinds=ValuesOf(path)), seconds)
    told = sorted(
        (group for group in tally.groups if group.kind not in (None, MISSING, OTHER)),
        key=lambda group: (-tally.count(group), str(group.kind)),
    )
    return _values(tally, told[:limit], [*told[limit:], Group(kind=OTHER)])


def _values(tally: Tally, top: Sequence[Group], rest: Sequence[Group]) -> Values:
    missing = Group(kind=MISSING)
    counted = [[Group()], [missing], rest, *([each] for each in top)]
    return Values(
        tally.count(Group()),
        tally.count(missing),
        tally.count(*rest),
        tally.is_estimate,
        max(tally.error(*groups) for groups in counted),
        [Value(str(each.kind), tally.count(each), tally.times[each]) for each in top],
    )
