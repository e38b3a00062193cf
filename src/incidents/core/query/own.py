"""Terms about what the server says of an incident: id, hash, group, received."""

import re
from collections.abc import Callable, Sequence
from typing import NoReturn

from incidents.core.errors import BadQuery
from incidents.core.query.instant import parse_ago, parse_instant
from incidents.core.query.lexer import Lexer, Name
from incidents.core.query.tree import IsGroup, IsHash, IsId, Received, Tree, negated

NAMES = ("id", "hash", "group", "received")

ID_MAX = 2**63 - 1
_ID = re.compile(r"0*(\d{1,19})", re.ASCII)
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_GROUP = re.compile(r"[0-9a-fA-F]{16}")


def is_own(names: Sequence[Name]) -> bool:
    """Whether a path is such a name alone, without quotes."""
    return len(names) == 1 and not names[0].is_quoted and names[0].text in NAMES


def own_term(name: str, operator: str, lexer: Lexer, start: int) -> Tree:
    """The term behind the operator. Raises BadQuery where the value has not its form."""
    tree = _READERS[name](operator, lexer)
    return tree or refuse(name, start)


def refuse(name: str, start: int) -> NoReturn:
    """Raises BadQuery: a field is not meant by that name."""
    raise BadQuery(
        f"{name} is the incident's own {_FORMS[name]}. For a field of that name write "
        f'body.{name}, headers.{name}, or "{name}" for either',
        start,
    )


def _id(operator: str, lexer: Lexer) -> Tree | None:
    if operator in (":", ":="):
        return None
    found = _ID.fullmatch(lexer.quoted_or_bare())
    if found is None:
        return None
    number = int(found[1])
    if number > ID_MAX:
        return None
    match operator:
        case "=" | "!=":
            return _maybe_not(operator, IsId("=", number))
        case "<" | "<=" | ">" | ">=":
            return IsId(operator, number)
    return None


def _hash(operator: str, lexer: Lexer) -> Tree | None:
    if operator not in ("=", "!="):
        return None
    text = lexer.quoted_or_bare()
    return _maybe_not(operator, IsHash(text.lower())) if _HASH.fullmatch(text) else None


def _received(operator: str, lexer: Lexer) -> Tree | None:
    match operator:
        case "<" | "<=" | ">" | ">=":
            text = lexer.quoted_or_bare()
            bound = parse_instant(text) or parse_ago(text)
            return None if bound is None else Received(operator, bound)
    return None


def _group(operator: str, lexer: Lexer) -> Tree | None:
    if operator not in ("=", "!="):
        return None
    text = lexer.quoted_or_bare()
    return _maybe_not(operator, IsGroup(text.lower())) if _GROUP.fullmatch(text) else None


def _maybe_not(operator: str, tree: Tree) -> Tree:
    return negated(tree) if operator == "!=" else tree


_READERS: dict[str, Callable[[str, Lexer], Tree | None]] = {
    "id": _id,
    "hash": _hash,
    "group": _group,
    "received": _received,
}
_FORMS = {
    "id": "number: write id=13 or id>13",
    "hash": "hash, 64 hexadecimal digits: write hash=63bd7bae… or hash!=63bd7bae…",
    "group": "group, 16 hexadecimal digits as /groups shows them: write group=9f86d081884c7d65",
    "received": "time of receipt: write received>2026-11-23T03:46:00Z, received<2026-11-23 or "
    "received>15m",
}
