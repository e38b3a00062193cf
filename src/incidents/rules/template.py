"""Titles and texts of notifications: `{path}` is a field of the incident, and nothing is run."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from incidents.core.errors import BadParameter, BadQuery
from incidents.core.query.parser import parse_query
from incidents.core.query.subject import Fields, Subject, text_of
from incidents.core.query.tree import Exists, Path

# Of a template, of a value in it, and of what it becomes.
TEMPLATE_CHARACTERS_MAX = 2000
_VALUE_CHARACTERS_MAX = 300
TITLE_CHARACTERS_MAX = 300
TEXT_CHARACTERS_MAX = 4000

# What a template says of the rule itself.
OWN = ("rule", "when", "by", "count", "since")

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_CONSTANTS = {True: "true", False: "false", None: "null"}
_PATH_LEVELS_MAX = 8


class Template:
    """A text with places for values. Raises BadParameter with that name."""

    def __init__(self, text: str, name: str) -> None:
        if len(text) > TEMPLATE_CHARACTERS_MAX:
            raise BadParameter(name, f"it has at most {TEMPLATE_CHARACTERS_MAX:,} characters")
        self._pieces = _pieces(text, name)

    def filled(self, own: Mapping[str, str], subject: Subject | None) -> str:
        """The text with its values; what an incident does not have, or no incident, is empty."""
        return "".join([_filled(each, own, subject) for each in self._pieces])


class _Own(str):
    __slots__ = ()


def parse_path(text: str, name: str) -> Path:
    """The path of a field, as in a query. Raises BadParameter with that name."""
    try:
        tree = parse_query(f"{text}:*", _PATH_LEVELS_MAX)
    except BadQuery as error:
        raise BadParameter(name, f"{text[:80]!r} is no path such as labels.host: {error}") from None
    if not isinstance(tree, Exists):
        raise BadParameter(name, f"{text[:80]!r} is no path such as labels.host")
    return tree.path


def one_line(text: str, characters_max: int) -> str:
    """The text on one line, without control characters, cut where it is too long."""
    line = " ".join("".join([each if each.isprintable() else " " for each in text]).split())
    return line if len(line) <= characters_max else f"{line[: characters_max - 1]}…"


def lines(text: str, characters_max: int) -> str:
    """The same for a text of several lines."""
    kept = [one_line(each, characters_max) for each in text.split("\n")]
    joined = "\n".join(kept).strip()
    return joined if len(joined) <= characters_max else f"{joined[: characters_max - 1]}…"


def values_of(fields: Fields, subject: Subject, bodies: Sequence[Any]) -> list[str]:
    """The scalars of a field as texts, each once, in the order they come.

    Those of the bodies; of the headers only where these have none: every request has a `Host`.
    """
    found = [_scalars(fields.of({}, body)) for body in bodies]
    texts = {text: None for each in found for text in each}
    return list(texts or dict.fromkeys(_scalars(fields.of(subject.headers.value, {}))))


def _scalars(values: Iterable[Any]) -> list[str]:
    texts = []
    for value in values:
        if value is None or isinstance(value, bool):
            texts.append(_CONSTANTS[value])
        elif (text := text_of(value)) is not None:
            texts.append(text)
    return texts


def _pieces(text: str, name: str) -> list[str | _Own | Fields]:
    pieces: list[str | _Own | Fields] = []
    at = 0
    for found in _PIECE.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found[0] in ("{{", "}}"):
            pieces.append(found[0][0])
        elif found[1] is None:
            raise BadParameter(
                name, f"a {found[0]} that is no place for a value is written twice: {found[0] * 2}"
            )
        else:
            pieces.append(_place(found[1], name))
    return [*pieces, text[at:]]


def _place(inside: str, name: str) -> _Own | Fields:
    if inside.startswith("$"):
        if inside[1:] not in OWN:
            known = ", ".join(f"{{${each}}}" for each in OWN)
            raise BadParameter(name, f"{{{inside[:80]}}} is unknown; of the rule there are {known}")
        return _Own(inside[1:])
    return Fields(parse_path(inside, name))


def _filled(piece: str | _Own | Fields, own: Mapping[str, str], subject: Subject | None) -> str:
    match piece:
        case Fields():
            if subject is None:
                return ""
            values = values_of(piece, subject, [each.value for each in subject.bodies])
            return ", ".join(values)[:_VALUE_CHARACTERS_MAX]
        case _Own():
            return own[piece]
        case _:
            return piece
