"""An incident as queries look at it: its fields, its texts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from incidents.core import json_text
from incidents.core.query.instant import Instant, instant_of
from incidents.core.query.number import number_text
from incidents.core.query.tree import ARRAYS_MAX, Path
from incidents.core.words import fold, words_of

# ASCII alone: RFC 9110, section 5.6.2, has no other letters in names.
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class Texts:
    """The names, strings and numbers of a JSON value, folded; found when they are asked for."""

    def __init__(self, value: Any) -> None:
        self.value = value

    @cached_property
    def texts(self) -> list[str]:
        """All of them."""
        return [fold(each) for each in _texts_in(self.value)]

    @cached_property
    def sentences(self) -> list[str]:
        """Of each the words, with a space before and behind each of them."""
        return [f" {' '.join(words_of(each))} " for each in self.texts]


class Subject:
    """An incident, parsed; `bodies` are those that a query has to match one of."""

    def __init__(self, identity: "Identity", headers: Any, body: Any) -> None:
        self.id, self._hash, self._received_at, self.group = identity
        self.headers = Texts(headers)
        self.bodies = [Texts(each) for each in bodies_of(body)]

    @property
    def hash(self) -> str:
        """In hexadecimal."""
        return self._hash.hex()

    @cached_property
    def received(self) -> Instant:
        """When it was received."""
        return instant_of(self._received_at)


class Identity(NamedTuple):
    """What the server knows of an incident beside its texts.

    `group` is the key of its group; None if it is not grouped yet.
    """

    id: int
    hash: bytes
    received_at: datetime
    group: int | None = None


def subject_of(identity: Identity, headers: str, searched: str) -> Subject:
    """`headers` and `searched` are JSON texts; see the columns of the same names."""
    return Subject(identity, _parse(headers), _parse(searched))


def lower_ascii(name: str) -> str:
    """Equal for names of headers that are the same."""
    return name.lower() if name.isascii() else name.translate(_LOWER)


class Fields:
    """Finds the fields that a path leads to."""

    def __init__(self, path: Path) -> None:
        self._place = path.place
        self._is_body = path.place == "body" and not path.names
        names = ("body",) if self._is_body else path.names
        # From each name on: the ways to join it with the next ones, and where that leads.
        self._joined = [
            [(".".join(names[start:end]), end) for end in range(start + 1, len(names) + 1)]
            for start in range(len(names))
        ]
        self._in_headers = [(lower_ascii(key), end) for key, end in self._joined[0]]

    def of(self, headers: Any, body: Any) -> Iterator[Any]:
        """Each value that the field has, some of them twice; of an array its elements, too."""
        if self._is_body:
            yield from _with_elements(body, ARRAYS_MAX)
        if self._is_body or self._place != "body":
            yield from self._of_headers(headers)
        if self._place != "headers":
            yield from self._below(body, 0)

    def _of_headers(self, headers: Any) -> Iterator[Any]:
        if isinstance(headers, dict):
            for name, value in headers.items():
                lower = lower_ascii(name)
                for key, end in self._in_headers:
                    if key == lower:
                        yield from self._below(value, end)

    def _below(self, value: Any, start: int, arrays: int = ARRAYS_MAX) -> Iterator[Any]:
        if start == len(self._joined):
            yield from _with_elements(value, arrays)
        elif isinstance(value, list) and arrays:
            for each in value:
                yield from self._below(each, start, arrays - 1)
        elif isinstance(value, dict):
            for key, end in self._joined[start]:
                if key in value:
                    yield from self._below(value[key], end)


def bodies_of(body: Any) -> Sequence[Any]:
    """What a query has to match one of: the objects of an array that has some; else the body."""
    objects = [each for each in body if isinstance(each, dict)] if isinstance(body, list) else []
    return objects or [body]


def _with_elements(value: Any, arrays: int) -> Iterator[Any]:
    yield value
    if isinstance(value, list) and arrays:
        for each in value:
            yield from _with_elements(each, arrays - 1)


def _texts_in(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from value
            for each in value.values():
                yield from _texts_in(each)
        case list():
            for each in value:
                yield from _texts_in(each)
        case _:
            if (text := text_of(value)) is not None:
                yield text


def text_of(value: Any) -> str | None:
    """The text of a string or number; None of anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return number_text(value)
    return None


def _parse(text: str) -> Any:
    return json_text.parse(text, json_text.ANY_DEPTH, exact=True)
