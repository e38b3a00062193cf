"""Strings by which most incidents are passed over without being parsed."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from incidents.core import json_text
from incidents.core.query.tree import (
    AllOf,
    Compare,
    Contains,
    Entry,
    Equals,
    Exists,
    HasPart,
    HasText,
    HasWords,
    Tree,
)
from incidents.core.words import fold

_LITERALS = ("true", "false", "null")

# To look for more costs more than it spares.
_NEEDLES_MAX = 3
# A JSON string, unrolled so that most of it is passed over in one step.
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')


def prefilter_of(tree: Tree) -> str | None:
    """A string that every matching incident contains, as a name or a value; None without one."""
    return max(strings_in(tree), default=None, key=len)


def needles_of(tree: Tree) -> list[str]:
    """A few folded texts that the texts of every matching incident have in them, the longest ones.

    They are there as they are unless the JSON texts have a backslash or a character beyond ASCII.
    """
    return _longest(_needles_in(tree))


def exact_needles_of(tree: Tree) -> list[str]:
    """The same in the case in which they are there; unless the JSON texts have a backslash."""
    return _longest(filter(_is_simple, strings_in(tree, with_keys=False)))


def _longest(needles: Iterable[str]) -> list[str]:
    return sorted(set(needles), key=lambda text: (-len(text), text))[:_NEEDLES_MAX]


def _needles_in(tree: Tree) -> Iterator[str]:
    return filter(_is_simple, map(fold, _parts_in(tree)))


def words_in(tree: Tree) -> Iterator[str]:
    """Words that the strings of every matching incident have, folded."""
    match tree:
        case AllOf(terms):
            for term in terms:
                yield from words_in(term)
        case HasWords(words):
            yield from filter(_is_of_strings, words)


def parts_in(tree: Tree) -> Iterator[str]:
    """Texts that the strings of every matching incident have in them, folded."""
    return filter(_is_of_strings, _needles_in(tree))


def _is_of_strings(text: str) -> bool:
    """Whether it can be in no number (1e5), and in none of the other values."""
    return text.strip("0123456789e+-.") != "" and not any(text in each for each in _LITERALS)


def _is_simple(text: str) -> bool:
    # Without a letter it could be of a number, which can be written in other digits.
    letter = any(map(str.isalpha, text))
    return letter and text.isascii() and text.isprintable() and not {'"', "\\"} & set(text)


def _parts_in(tree: Tree) -> Iterator[str]:
    match tree:
        case AllOf(terms):
            for term in terms:
                yield from _parts_in(term)
        case Entry(key, text):
            yield key
            yield from _strings_of_value(_read(text))
        case HasWords(words):
            yield from words
        case HasPart(text):
            yield text
        case Equals(path) | Contains(path) | Compare(path) | HasText(path) | Exists(path):
            yield from path.names
            yield from [tree.text] if isinstance(tree, HasText) else strings_in(tree)


def strings_of(text: str) -> Iterable[str]:
    """Every string of a JSON text, keys and values, some of them twice."""
    # Without escapes every other piece between quotes is a string.
    return _unescaped(text) if "\\" in text else text.split('"')[1::2]


def _unescaped(text: str) -> Iterator[str]:
    for found in _STRING.findall(text):
        yield json.loads(f'"{found}"', strict=False) if "\\" in found else found


def strings_in(tree: Tree, *, with_keys: bool = True) -> Iterator[str]:
    """Strings that every matching incident contains, each as a name or a value.

    Without keys of entries also those of imports, whose headers have any value and any spelling.
    """
    match tree:
        case AllOf(terms):
            for term in terms:
                yield from strings_in(term, with_keys=with_keys)
        case Entry(key, text):
            value = _read(text)
            yield from _strings_of_value(value)
            # Where it can be the name of a header it has another spelling there.
            if with_keys and not isinstance(value, str) and key.lower() != "incidents-query":
                yield key
        case Equals(_, (str() as only,)):
            yield only
        case Contains(_, text):
            yield from _strings_of_value(_read(text))


def _strings_of_value(value: Any) -> Iterator[str]:
    # A value is the more telling of two strings of the same length, and comes first.
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings_of_value(each)
    elif isinstance(value, dict):
        yield from _strings_of_value(list(value.values()))
        yield from value


def _read(text: str) -> Any:
    return json_text.parse(text, json_text.ANY_DEPTH, exact=True)
