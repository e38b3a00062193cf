"""What else somebody may have meant whose query found nothing: one term less strict."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from incidents.core import json_text
from incidents.core.query.fields import values_of
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
    Path,
    Tree,
    all_of,
    any_of,
)
from incidents.core.words import fold, words_of

IN_ANY_CASE = "in any case, also as a part of the text"
UNQUOTED = "also as a number, true, false or null"
ANYWHERE = "in headers and body"
LOWER_CASE = "the name of the field in lower case"
AS_TEXT = "as words, in any field"
AS_PART = "as a part of a word"


class Hint(NamedTuple):
    """A tree that matches more, and in which way."""

    tree: Tree
    reason: str


def hints_of(tree: Tree) -> Iterator[Hint]:
    """Trees in which one term is another one; what is negated stays as it is."""
    match tree:
        case AllOf(terms) | AnyOf(terms):
            join = all_of if isinstance(tree, AllOf) else any_of
            for number, term in enumerate(terms):
                for hint in hints_of(term):
                    changed = [*terms[:number], hint.tree, *terms[number + 1 :]]
                    yield Hint(join(changed), hint.reason)
        case Equals(path, values):
            yield from _of_value(tree, path, values[0])
        case Entry(key, text):
            yield from _of_entry(key, json_text.parse(text, json_text.ANY_DEPTH, exact=True))
        case HasText(path, text):
            yield from _of_path(tree, path)
            yield from _as_text(text)
        case Contains(path) | Compare(path) | Exists(path):
            yield from _of_path(tree, path)
        case HasWords((word,)):
            yield Hint(HasPart(word), AS_PART)


def _of_value(tree: Equals, path: Path, value: object) -> Iterator[Hint]:
    if isinstance(value, str):
        if len(tree.values) == 1 and len(typed := values_of(value)) > 1:
            yield Hint(Equals(path, typed), UNQUOTED)
        if value:
            yield Hint(HasText(path, fold(value)), IN_ANY_CASE)
    yield from _of_path(tree, path)
    if isinstance(value, str):
        yield from _as_text(value)


def _of_entry(key: str, value: object) -> Iterator[Hint]:
    """An example is as strict as `path="value"`."""
    if isinstance(value, str) and value:
        yield from _of_value(Equals(Path((key,)), (value,)), Path((key,)), value)


def _of_path(tree: Equals | Contains | Compare | HasText | Exists, path: Path) -> Iterator[Hint]:
    if path.place is not None and path.names:
        yield Hint(replace(tree, path=Path(path.names)), ANYWHERE)
    lower = tuple(name.lower() for name in path.names)
    if lower != path.names:
        yield Hint(replace(tree, path=Path(lower, path.place)), LOWER_CASE)


def _as_text(value: str) -> Iterator[Hint]:
    if words := tuple(words_of(value)):
        yield Hint(HasWords(words), AS_TEXT)
