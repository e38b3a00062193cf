"""How the indexes of words and numbers lead to the rows that match a tree: to ids they may have.

Whatever is asked, some words stand in all that matches: those that are asked for, the names of a
path, the words of a value; and what is in a range has a number there. (core/word_index.py and
core/number_index.py have what the indexes know.)
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from incidents.core import json_text
from incidents.core.number_index import asked_by
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
    Leaf,
    Tree,
)
from incidents.core.word_index import hash_of
from incidents.core.words import words_of
from incidents.db.parameters import Parameters
from incidents.db.query.lead import lead_of

# To look for more words costs more than it spares; the longest are the rarest, mostly.
_WORDS_MAX = 8
_OF_WORDS = "incidents_ids_of_words"
_OF_NUMBERS = "incidents_ids_of_numbers"
# Of terms of which one must match each is looked for.
_TERMS_MAX = 16


def ids_of_words(tree: Tree, parameters: Parameters) -> str | None:
    """The ids of a `section` that may match, as SQL; None where words and numbers tell nothing.

    Where the index of examples leads, it knows more than the words of the same terms, and what
    nearly all incidents of an example have, as its names, would cost more than it spares.
    """
    if isinstance(tree, AllOf) and lead_of(tree) is not None:
        tree = AllOf(tuple(term for term in tree.terms if _is_beside_examples(term)))
    elif lead_of(tree) is not None:
        return None
    found = _tree(tree, parameters)
    if found is None or found.count(_OF_WORDS) + found.count(_OF_NUMBERS) > _TERMS_MAX:
        return None
    return found


def _is_beside_examples(tree: Tree) -> bool:
    """Whether words or numbers lead to one of its terms, and the index of examples does not."""
    match tree:
        case AllOf(terms) | AnyOf(terms):
            return any(map(_is_beside_examples, terms))
        case _:
            return isinstance(tree, (HasWords, HasPart, HasText, Compare))


def _tree(tree: Tree, parameters: Parameters) -> str | None:
    match tree:
        case AllOf(terms):
            words = {word for term in terms for word in _words_of(term)}
            every = [_with_words(words, parameters) if words else None]
            every += [_with_number(term, parameters) for term in terms if isinstance(term, Compare)]
            every += [_tree(term, parameters) for term in terms if isinstance(term, (AllOf, AnyOf))]
            return " * ".join(each for each in every if each is not None) or None
        case AnyOf(terms):
            some = [_tree(term, parameters) for term in terms]
            if None in some:
                return None
            return f"({' + '.join(each for each in some if each is not None)})"
        case _:
            return _tree(AllOf((tree,)), parameters)


def _with_words(words: set[str], parameters: Parameters) -> str:
    chosen = sorted(words, key=lambda word: (-len(word), word))[:_WORDS_MAX]
    hashes = parameters.add(tuple(map(hash_of, chosen)), "bigint[]")
    return f"{_OF_WORDS}(section, {hashes})"


def _with_number(compare: Compare, parameters: Parameters) -> str:
    bucket, bounds = asked_by(compare)
    asked = parameters.add(bucket, "integer"), *(parameters.add(each, "float8") for each in bounds)
    return f"{_OF_NUMBERS}(section, {', '.join(asked)})"


def _words_of(tree: Tree) -> Iterator[str]:
    """Words that stand in whatever matches a leaf."""
    match tree:
        case HasWords(words):
            yield from words
        case HasPart(text):
            yield from _within(text)
        case Entry(key, text):
            yield from words_of(key)
            yield from _of_value(_read(text))
        case Equals(path) | Contains(path) | Compare(path) | HasText(path) | Exists(path):
            for name in path.names:
                yield from words_of(name)
            yield from _of_field(tree)


def _of_field(leaf: Leaf) -> Iterator[str]:
    """Those that stand in the field."""
    match leaf:
        case HasText(_, text):
            yield from _within(text)
        case Contains(_, text):
            yield from _of_value(_read(text))
        case Equals(_, values):
            # It is one of them: what they have in common.
            yield from set.intersection(*(set(_of_value(each)) for each in values))


def _within(text: str) -> list[str]:
    """The whole words of a part of a text: not those at its ends, which may go on."""
    return words_of(f"a{text}a")[1:-1]


def _of_value(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from words_of(value)
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        # Behind the point an equal number can have more zeros.
        yield f"{abs(Decimal(value)):f}".partition(".")[0]
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from words_of(name)
            yield from _of_value(each)
    elif isinstance(value, list):
        for each in value:
            yield from _of_value(each)


def _read(text: str) -> Any:
    return json_text.parse(text, json_text.ANY_DEPTH, exact=True)
