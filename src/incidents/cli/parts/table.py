"""Incidents as rows for people, cut to the width of their terminal."""

import shutil
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from incidents.core.fields import Field, Line
from incidents.support.terminal import visible

# Columns beside each other; the last one takes what is left.
_GAP = "  "
_WIDTHS = {"id": 8, "level": 8, "service": 12, "hash": 12}
_WIDTH = 16
# From so many columns on a time has its year.
_WIDE = 100
_WIDTH_OF_TIME = {True: 20, False: 14}

Style = dict[str, Any]
_DIM: Style = {"dim": True}
_TONES: dict[str, Style] = {
    "bad": {"fg": "red", "bold": True},
    "warn": {"fg": "yellow"},
    "good": {"fg": "green"},
    "plain": {},
}


class Table:
    """Rows of those fields, as wide as the terminal is now. Times are in UTC, and say so."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._columns = shutil.get_terminal_size().columns
        self._wide = self._columns >= _WIDE
        self._year = str(datetime.now(UTC).year)

    @property
    def head(self) -> str:
        """The names of the columns."""
        names = ["received, UTC" if f.name == "received" else f.name for f in self._fields]
        return self._row(
            [name.upper() for name in names], dict.fromkeys(_names(self._fields), _DIM)
        )

    def row(self, text: str) -> str:
        """The incident of a line of JSON, with nothing in it that a terminal would obey."""
        line = Line(text)
        styles = {"received": _DIM, "level": _TONES[line.summary.tone]}
        return self._row([self._cell(field, line) for field in self._fields], styles)

    def _cell(self, field: Field, line: Line) -> str:
        text = field.of(line)
        if field.name != "received":
            return text
        if self._wide:
            return f"{text[:10]} {text[11:19]}Z"
        return f"{text[5:10]} {text[11:19]}" if text.startswith(self._year) else text[:10]

    def _row(self, cells: Sequence[str], styles: dict[str, Style]) -> str:
        shown: list[str] = []
        left, last = self._columns, self._fields[-1]
        for field, cell in zip(self._fields, cells, strict=True):
            text = _visible(cell) if field is last else self._padded(field.name, _visible(cell))
            style = styles.get(field.name)
            text = cut(text, left)
            shown.append(click.style(text, **style) if style else text)
            left -= width_of(text) + len(_GAP)
            if left <= 0:
                break
        return _GAP.join(shown)

    def _padded(self, name: str, text: str) -> str:
        if name == "id":
            return text.rjust(_WIDTHS[name])
        width = _WIDTHS.get(name, _WIDTH) if name != "received" else _WIDTH_OF_TIME[self._wide]
        shown = cut(text, width)
        return shown + " " * (width - width_of(shown))


def _names(fields: Sequence[Field]) -> list[str]:
    return [field.name for field in fields]


def _visible(text: str) -> str:
    return visible(text).replace("\n", "\\n").replace("\t", " ")


def fitted(line: str) -> str:
    """The line, cut to the terminal, with nothing in it that a terminal would obey."""
    return cut(visible(line).replace("\n", "\\n"), shutil.get_terminal_size().columns)


def cut(text: str, columns: int) -> str:
    """As much of a text as so many columns show; the last one says that there is more."""
    shown: list[str] = []
    width = 0
    for character in text:
        width += _width(character)
        if width > columns:
            return _cut_off(shown, columns)
        shown.append(character)
    return "".join(shown)


def _cut_off(shown: list[str], columns: int) -> str:
    while shown and width_of(shown) >= columns:
        shown.pop()
    return "".join(shown) + "…"


def width_of(text: Sequence[str]) -> int:
    """How many columns of a terminal a text takes."""
    return sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
