"""The tree of a query: what SQL and Python are compiled from.

A leaf speaks of the headers and of one body. Of a body that is an array with objects in it, one of
these objects is the body, for all leaves of a tree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from incidents.core.query.instant import Ago, Instant

# A path passes through so many arrays that stand right within each other.
ARRAYS_MAX = 4

Place = Literal["headers", "body"]
Order = Literal["<", "<=", ">", ">="]
Scalar = str | Decimal | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """A field: names from the outermost object inwards, each way of joining them by dots.

    It passes through arrays, and each element of an array is the field, too: ARRAYS_MAX levels,
    where arrays stand in arrays. `place` is where it is looked for, None for both. The names of
    headers are the same in any case. Without names it is the body itself, or a field `body`.
    """

    names: tuple[str, ...]
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Matches what all terms match; of no terms, everything."""

    terms: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches what one of the terms matches."""

    terms: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Matches what the term does not match."""

    term: "Tree"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of an example: headers or body contain `{key: value}`. `json` is the value."""

    key: str
    json: str


@dataclass(frozen=True, slots=True)
class Equals:
    """The field is one of these values. `42` without quotes is "42" and 42."""

    path: Path
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The field contains a JSON value, as an example says it."""

    path: Path
    json: str


@dataclass(frozen=True, slots=True)
class Compare:
    """The field is a number, or a string that is one, in that range; or likewise a time."""

    path: Path
    order: Order
    bound: Decimal | Instant


@dataclass(frozen=True, slots=True)
class HasText:
    """The field is a string or number with that text in it. The text is folded."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Exists:
    """There is such a field, whatever its value."""

    path: Path


@dataclass(frozen=True, slots=True)
class HasWords:
    """A name, a string or a number has these words, one behind the other. They are folded."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HasPart:
    """A name, a string or a number has that text in it. The text is folded."""

    text: str


@dataclass(frozen=True, slots=True)
class IsHash:
    """The incident has that hash, 64 lower-case hexadecimal digits."""

    hash: str


@dataclass(frozen=True, slots=True)
class IsGroup:
    """The incident is in that group; its id has 16 lower-case hexadecimal digits."""

    group: str


@dataclass(frozen=True, slots=True)
class IsId:
    """The incident's id is that number, or in that range."""

    order: Order | Literal["="]
    number: int


@dataclass(frozen=True, slots=True)
class Received:
    """The incident was received before or after a time."""

    order: Order
    bound: Instant | Ago


Leaf = (
    Entry
    | Equals
    | Contains
    | Compare
    | HasText
    | Exists
    | HasWords
    | HasPart
    | IsHash
    | IsGroup
    | IsId
    | Received
)
Tree = AllOf | AnyOf | Not | Leaf

EVERYTHING = AllOf(())


def all_of(terms: list[Tree]) -> Tree:
    """All of them, as flat as it can be: equal for what is only grouped in another way."""
    return _joined(AllOf, terms)


def any_of(terms: list[Tree]) -> Tree:
    """One of them, as flat as it can be."""
    return _joined(AnyOf, terms)


def negated(term: Tree) -> Tree:
    """What the term does not match."""
    return term.term if isinstance(term, Not) else Not(term)


def at(tree: Tree, now: Instant) -> Tree:
    """The tree with the times that it means at `now`."""
    match tree:
        case AllOf(terms):
            return AllOf(tuple(at(term, now) for term in terms))
        case AnyOf(terms):
            return AnyOf(tuple(at(term, now) for term in terms))
        case Not(term):
            return Not(at(term, now))
        case Received(order, Ago() as bound):
            return Received(order, bound.before(now))
        case _:
            return tree


def _joined(kind: type[AllOf | AnyOf], terms: list[Tree]) -> Tree:
    flat: list[Tree] = []
    for term in terms:
        flat += term.terms if isinstance(term, kind) else [term]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def characters_of(tree: Tree) -> int:
    """How long the texts and values are that it asks for, about: what it costs to look for it."""
    match tree:
        case AllOf(terms) | AnyOf(terms):
            return sum(map(characters_of, terms))
        case Not(term):
            return characters_of(term)
        case Entry(key, json):
            return len(key) + len(json)
        case _:
            return len(repr(tree))


def leaves_of(tree: Tree) -> Iterator[Leaf]:
    """All leaves, from left to right."""
    match tree:
        case AllOf(terms) | AnyOf(terms):
            for term in terms:
                yield from leaves_of(term)
        case Not(term):
            yield from leaves_of(term)
        case _:
            yield tree
