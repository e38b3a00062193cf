"""A query that many incidents are held to, here or in the process beside."""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.core.query.normal_form import normal_form
from incidents.core.query.predicate import Predicate
from incidents.core.query.prefilter import prefilter_of, strings_of
from incidents.core.query.subject import Identity, subject_of
from incidents.core.query.tree import EVERYTHING, Tree


@dataclass(frozen=True, slots=True)
class Query:
    """A tree whose times are absolute, and its normal form, which is equal for equal trees."""

    tree: Tree
    text: str

    @property
    def matches_everything(self) -> bool:
        """Whether nothing is asked."""
        return self.tree == EVERYTHING


def query_of(tree: Tree) -> Query:
    """The query that asks for the tree."""
    return Query(tree, normal_form(tree))


def matching(
    identity: Identity, headers: str, searched: str, queries: Sequence[Query]
) -> dict[str, bool]:
    """Whether an incident matches each of the queries, by their texts."""
    strings = {None, *strings_of(headers), *strings_of(searched)}
    likely = [each for each in queries if prefilter_of(each.tree) in strings]
    matches = dict.fromkeys((each.text for each in queries), False)
    if likely:
        subject = subject_of(identity, headers, searched)
        matches |= {each.text: Predicate(each.tree).matches(subject) for each in likely}
    return matches
