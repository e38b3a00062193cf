"""Terms with a field: a path, an operator, a value."""

import re
from collections.abc import Callable

from incidents.core.errors import BadQuery
from incidents.core.query import foreign, own
from incidents.core.query.instant import parse_instant
from incidents.core.query.lexer import Lexer, Name
from incidents.core.query.number import parse_number
from incidents.core.query.tree import (
    Compare,
    Contains,
    Equals,
    Exists,
    HasText,
    Order,
    Path,
    Place,
    Scalar,
    Tree,
    negated,
)
from incidents.core.words import fold

NAMES_MAX = 8

_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_PLACES: dict[str, Place] = {"headers": "headers", "body": "body"}
_OPERATOR_SIGN = re.compile(r"[=<>:]")


def field_term(lexer: Lexer) -> Tree | None:
    """The term that a path begins here, or None where none does; then nothing is read."""
    start = lexer.at
    foreign.check_operator(lexer.line, start)
    if lexer.next in ("=", "<", ">", "!", ":", "~"):
        raise BadQuery(
            "an operator stands between a path and a value, without spaces: path=value, "
            "path>5. -path=value excludes. In a text it stands in quotes",
            start,
        )
    if not begins_path(lexer.next):
        return None
    names = lexer.names()
    end = lexer.at
    if (operator := lexer.operator()) is None:
        lexer.at = start
        if not lexer.line.startswith("://", end):
            _check_no_field(lexer, names, end)
        return None
    if own.is_own(names):
        return own.own_term(names[0].text, operator, lexer, start)
    path = _path(names, start)
    return _READERS[operator](path, lexer)


def parse_path(line: str) -> Path:
    """The path that a line is, as one writes it in a query. Raises BadQuery."""
    lexer = Lexer(line, 1)
    if not begins_path(lexer.next):
        raise BadQuery("a path begins with a letter, _, $, @ or a quote: service, context.user", 0)
    names = lexer.names()
    if lexer.next:
        raise BadQuery(
            'a path is names with dots, as in context.user; others stand in quotes: "a b".c',
            lexer.at,
        )
    if own.is_own(names):
        own.refuse(names[0].text, 0)
    return _path(names, 0)


def begins_path(character: str) -> bool:
    """Whether a path may begin so."""
    return character.isalpha() or character in ("_", "$", "@", '"')


def _check_no_field(lexer: Lexer, names: list[Name], end: int) -> None:
    """Returns when it is a text: nobody meant a path."""
    if len(names) > 1 and any(name.is_quoted for name in names):
        raise BadQuery("= and a value are missing behind this path", end)
    if names[0].is_quoted:
        return
    start = lexer.at
    text = lexer.bare()
    lexer.at = start
    if found := _OPERATOR_SIGN.search(text):
        name = text[: found.start()]
        raise BadQuery(
            f'a name with {text[end - start]} in it stands in quotes: "{name}"{found[0]}… '
            "(a path goes through arrays by itself). A text with an operator in it "
            f'stands in quotes, too: "{text}"',
            end,
        )


def _path(names: list[Name], start: int) -> Path:
    place = None if names[0].is_quoted else _PLACES.get(names[0].text)
    if place is not None and (len(names) > 1 or place == "body"):
        names = names[1:]
    else:
        place = None
    if len(names) > NAMES_MAX:
        raise BadQuery(f"a path has at most {NAMES_MAX} names, not {len(names)}", start)
    return Path(tuple(name.text for name in names), place)


def _equals(path: Path, lexer: Lexer) -> Tree:
    foreign.check_start(lexer.line, lexer.at)
    if lexer.next in ("[", "{"):
        return Contains(path, lexer.json()[1])
    if lexer.next == '"':
        return Equals(path, (lexer.string(),))
    text = lexer.value(takes_stars=True)
    return Equals(path, values_of(text))


def values_of(text: str) -> tuple[Scalar, ...]:
    """What a value without quotes is equal to: the string, and what JSON reads in it."""
    if text in _CONSTANTS:
        return (text, _CONSTANTS[text])
    number = parse_number(text)
    return (text,) if number is None else (text, number)


def _unequal(path: Path, lexer: Lexer) -> Tree:
    return negated(_equals(path, lexer))


def _contains(path: Path, lexer: Lexer) -> Tree:
    if not lexer.next or lexer.next.isspace():
        raise BadQuery('JSON is missing behind :=, as in tags:=["prod"]', lexer.at)
    return Contains(path, lexer.json()[1])


def _has(path: Path, lexer: Lexer) -> Tree:
    start = lexer.at
    foreign.check_start(lexer.line, start)
    if lexer.next == '"':
        return HasText(path, fold(lexer.string()))
    text = lexer.value(takes_stars=lexer.line.startswith("*", start) and _ends(lexer, start))
    return Exists(path) if text == "*" else HasText(path, fold(text))


def _ends(lexer: Lexer, at: int) -> bool:
    following = lexer.line[at + 1 : at + 2]
    return not following or following.isspace() or following == ")"


def _compares(order: Order) -> Callable[[Path, Lexer], Tree]:
    def compare(path: Path, lexer: Lexer) -> Tree:
        start = lexer.at
        text = lexer.quoted_or_bare()
        number = parse_number(text)
        bound = parse_instant(text) if number is None else number
        if bound is None:
            raise BadQuery(
                f"behind {order} stands a number (5, 2.5) or a time (2026-11-23, "
                "2026-11-23T03:46:00Z)",
                start,
            )
        return Compare(path, order, bound)

    return compare


_READERS: dict[str, Callable[[Path, Lexer], Tree]] = {
    "=": _equals,
    "!=": _unequal,
    ":=": _contains,
    ":": _has,
    "<": _compares("<"),
    "<=": _compares("<="),
    ">": _compares(">"),
    ">=": _compares(">="),
}
