"""A tree as a line: the one that every line of the same tree has in common."""

import json
import re
from collections.abc import Iterable
from itertools import groupby

from incidents.core.query import own
from incidents.core.query.fields import begins_path, values_of
from incidents.core.query.lexer import NAME
from incidents.core.query.tree import (
    EVERYTHING,
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
    Path,
    Received,
    Tree,
)

# What means itself behind an operator. More would; but that is easy to read.
_PLAIN = re.compile(r"(?!//|/.*/i?$)[\w.+#@$%/-][\w.:/@#%+,;=?$~^<>!-]*")
_PLAIN_PART = re.compile(r"[\w.:/@#%+,;=?$~^<>!'\[\]{}-]+")
_PLAIN_NAME = re.compile(NAME)


def normal_form(tree: Tree) -> str:
    """The line; `parse_query` makes an equal tree of it. Empty for EVERYTHING."""
    return "" if tree == EVERYTHING else _written(tree)


def terms_of(tree: Tree) -> list[str]:
    """The normal forms of what all have to match; with spaces between, they are the same line."""
    if not isinstance(tree, AllOf):
        return [_grouped(tree, AnyOf)]
    return [_grouped(term, AnyOf) for term in tree.terms]


def example_of(tree: Tree) -> str | None:
    """The example that means the same, as JSON text, or None where there is none."""
    terms = tree.terms if isinstance(tree, AllOf) else (tree,)
    entries = [term for term in terms if isinstance(term, Entry)]
    is_one = len(entries) == len(terms) == len({entry.key for entry in entries})
    return _object(entries) if is_one else None


def _written(tree: Tree) -> str:
    match tree:
        case AllOf(terms):
            return _all(terms)
        case AnyOf(terms):
            return " OR ".join(_grouped(term, AllOf) for term in terms)
        case Not(term):
            return _negated(term)
        case _:
            return _leaf(tree)


def _negated(term: Tree) -> str:
    match term:
        case Equals(path, values):
            return f"{path_text(path)}!={_values(values)}"
        case IsHash(hash_):
            return f"hash!={hash_}"
        case IsGroup(group):
            return f"group!={group}"
        case IsId("=", number):
            return f"id!={number}"
        case _:
            return f"-{_grouped(term, AllOf, AnyOf)}"


def _leaf(leaf: Leaf) -> str:
    match leaf:
        case Equals(path, values):
            return f"{path_text(path)}={_values(values)}"
        case Contains(path, text):
            return f"{path_text(path)}:={text}"
        case Compare(path, order, bound):
            return f"{path_text(path)}{order}{bound}"
        case HasText(path, text):
            return f"{path_text(path)}:{_text(text)}"
        case Exists(path):
            return f"{path_text(path)}:*"
        case _:
            return _without_path(leaf)


def _without_path(leaf: Entry | HasWords | HasPart | IsHash | IsGroup | IsId | Received) -> str:
    match leaf:
        case Entry():
            return _object([leaf])
        case HasWords(words):
            return words[0] if len(words) == 1 else _quoted(" ".join(words))
        case HasPart(text):
            return f"*{text}*" if _PLAIN_PART.fullmatch(text) else f"*{_quoted(text)}*"
        case _:
            return _about_server(leaf)


def _about_server(leaf: IsHash | IsGroup | IsId | Received) -> str:
    match leaf:
        case IsHash(hash_):
            return f"hash={hash_}"
        case IsGroup(group):
            return f"group={group}"
        case IsId(order, number):
            return f"id{order}{number}"
        case Received(order, bound):
            return f"received{order}{bound}"


def _all(terms: tuple[Tree, ...]) -> str:
    """Entries that stand beside each other are written as one example."""
    written: list[str] = []
    for is_entry, group in groupby(terms, lambda term: isinstance(term, Entry)):
        together: dict[str, Entry] = {}
        for term in group:
            if isinstance(term, Entry):
                if term.key in together:
                    written.append(_object(together.values()))
                    together = {}
                together[term.key] = term
            else:
                written.append(_grouped(term, AnyOf))
        if is_entry:
            written.append(_object(together.values()))
    return " ".join(written) or "{}"


def _grouped(tree: Tree, *kinds: type[AllOf | AnyOf]) -> str:
    text = _written(tree)
    return f"({text})" if isinstance(tree, kinds) and tree != EVERYTHING else text


def _object(entries: Iterable[Entry]) -> str:
    return "{" + ", ".join(f"{_quoted(each.key)}: {each.json}" for each in entries) + "}"


def path_text(path: Path) -> str:
    """The path as a query line has it."""
    names = [name if _PLAIN_NAME.fullmatch(name) else _quoted(name) for name in path.names]
    if path.place is not None:
        return ".".join([path.place, *names])
    first = path.names[0]
    has_more = len(names) > 1
    means_more = first == "body" or (first == "headers" if has_more else first in own.NAMES)
    if means_more or not begins_path(first[:1]):
        names[0] = _quoted(first)
    return ".".join(names)


def _values(values: tuple[object, ...]) -> str:
    text = values[0]
    assert isinstance(text, str)
    return text if values == values_of(text) and _PLAIN.fullmatch(text) else _quoted(text)


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
