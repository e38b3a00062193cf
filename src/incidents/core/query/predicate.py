"""Whether an incident matches a tree, said without asking PostgreSQL."""

from collections.abc import Callable
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any

from incidents.core import json_text
from incidents.core.grouping.keys import key_of_id
from incidents.core.query.instant import Instant, parse_instant
from incidents.core.query.number import parse_number
from incidents.core.query.subject import Fields, Subject, Texts, lower_ascii, text_of
from incidents.core.query.tree import (
    AllOf,
    AnyOf,
    Compare,
    Contains,
    Entry,
    Equals,
    Exists,
    HasPart,
    HasText,
    HasWords,
    IsGroup,
    IsHash,
    IsId,
    Leaf,
    Not,
    Received,
    Tree,
)
from incidents.core.words import fold

_Holds = Callable[[Subject, Texts], bool]

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Predicate:
    """One tree, ready to be held to many incidents. Its times are absolute: see `at`."""

    def __init__(self, tree: Tree) -> None:
        self._holds = _tree(tree)

    def matches(self, subject: Subject) -> bool:
        """Whether the whole tree holds of one of the bodies, together with the headers."""
        return any(self._holds(subject, body) for body in subject.bodies)

    def bodies(self, subject: Subject) -> list[Texts]:
        """Those of the bodies of which the whole tree holds, together with the headers."""
        return [body for body in subject.bodies if self._holds(subject, body)]


def contains(left: Any, right: Any) -> bool:
    """`left @> right`, below the top level of a `jsonb`.

    https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT
    """
    if isinstance(right, dict):
        return isinstance(left, dict) and all(
            key in left and contains(left[key], each) for key, each in right.items()
        )
    if isinstance(right, list):
        return isinstance(left, list) and all(
            any(contains(candidate, each) for candidate in left) for each in right
        )
    return _is(left, right)


def _is(left: Any, right: Any) -> bool:
    return _kind(left) is _kind(right) and bool(left == right)


def _kind(value: Any) -> type:
    # To Python True is 1; an int and a Decimal are both numbers.
    return Decimal if type(value) is int else type(value)


def _tree(tree: Tree) -> _Holds:
    match tree:
        case AllOf(terms):
            every = [_tree(term) for term in terms]
            return lambda subject, body: all(holds(subject, body) for holds in every)
        case AnyOf(terms):
            some = [_tree(term) for term in terms]
            return lambda subject, body: any(holds(subject, body) for holds in some)
        case Not(term):
            excluded = _tree(term)
            return lambda subject, body: not excluded(subject, body)
        case _:
            return _leaf(tree)


def _leaf(leaf: Leaf) -> _Holds:
    match leaf:
        case Entry():
            return _entry(leaf)
        case HasWords(words):
            sentence = f" {' '.join(words)} "
            return lambda subject, body: _in(sentence, subject.headers.sentences, body.sentences)
        case HasPart(text):
            return lambda subject, body: _in(text, subject.headers.texts, body.texts)
        case IsHash() | IsGroup() | IsId() | Received():
            return _about_server(leaf)
        case _:
            return _field(leaf)


def _about_server(leaf: IsHash | IsGroup | IsId | Received) -> _Holds:
    match leaf:
        case IsHash(hash_):
            return lambda subject, _: subject.hash == hash_
        case IsGroup(group):
            key = key_of_id(group)
            return lambda subject, _: subject.group == key
        case IsId("=", number):
            return lambda subject, _: subject.id == number
        case IsId(order, number):
            in_order = _COMPARED[order]
            return lambda subject, _: in_order(subject.id, number)
        case Received(order, bound):
            compared = _COMPARED[order]
            return lambda subject, _: compared(subject.received, bound)


def _in(text: str, *places: list[str]) -> bool:
    return any(text in each for place in places for each in place)


def _entry(entry: Entry) -> _Holds:
    key, name = entry.key, lower_ascii(entry.key)
    wanted = json_text.parse(entry.json, json_text.ANY_DEPTH, exact=True)

    def holds(subject: Subject, body: Texts) -> bool:
        if isinstance(body.value, dict) and key in body.value and contains(body.value[key], wanted):
            return True
        headers = subject.headers.value
        return any(
            lower_ascii(each) == name and contains(headers[each], wanted) for each in headers
        )

    return holds


def _field(leaf: Equals | Contains | Compare | HasText | Exists) -> _Holds:
    test, fields = _test(leaf), Fields(leaf.path)
    return lambda subject, body: any(map(test, fields.of(subject.headers.value, body.value)))


def _test(leaf: Equals | Contains | Compare | HasText | Exists) -> Callable[[Any], bool]:
    """What one value of the field has to be."""
    match leaf:
        case Equals(_, values):
            return lambda value: any(_is(value, each) for each in values)
        case Contains(_, text):
            wanted = json_text.parse(text, json_text.ANY_DEPTH, exact=True)
            return lambda value: contains(value, wanted)
        case Compare(_, order, bound):
            return _compare(_COMPARED[order], bound)
        case HasText(_, text):
            return lambda value: (shown := text_of(value)) is not None and text in fold(shown)
        case Exists():
            return lambda _: True


def _compare(
    compared: Callable[[Any, Any], bool], bound: Decimal | Instant
) -> Callable[[Any], bool]:
    """A string is a time where a time is asked for, and else a number."""
    read = parse_instant if isinstance(bound, Instant) else parse_number

    def test(value: Any) -> bool:
        if isinstance(value, str):
            value = read(value)
        elif isinstance(bound, Instant) or isinstance(value, (bool, list, dict)):
            return False
        return value is not None and compared(value, bound)

    return test
