"""How incidents are printed: a table, CSV, or a line of JSON for each."""

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import click

from incidents.cli.parts.output import show
from incidents.cli.parts.table import Table
from incidents.core.errors import BadParameter
from incidents.core.fields import DEFAULT, Field, Line, csv_row, parse_fields

_NDJSON, _TABLE, _CSV = "ndjson", "table", "csv"


def _fields(_: click.Context, __: click.Parameter, value: str | None) -> list[Field] | None:
    if value is None:
        return None
    try:
        return parse_fields(value)
    except BadParameter as error:
        raise click.BadParameter(str(error).removeprefix("fields: ")) from error


_format = click.option(
    "--format",
    "format_",
    type=click.Choice([_TABLE, _CSV, _NDJSON]),
    help="A table (the default on a terminal), CSV, or one JSON line for each (in a pipe).",
)
_columns = click.option(
    "--columns",
    callback=_fields,
    metavar="NAMES",
    help="Columns of the table or CSV: id, received, hash, level, service, message, or paths in "
    f"the headers or the body, with commas between.  [default: {DEFAULT}]",
)


def shown_options(command: Callable[..., None]) -> Callable[..., None]:
    """The flags of a command that prints incidents; it gets what prints them as `shown`."""

    @_format
    @_columns
    @wraps(command)
    def run(
        *arguments: Any, format_: str | None, columns: list[Field] | None, **others: Any
    ) -> None:
        command(*arguments, shown=Shown(format_, columns), **others)

    return run


class Shown:
    """Prints incidents, each at once; a table or CSV begins with its head."""

    def __init__(self, format_: str | None, columns: list[Field] | None) -> None:
        default = _TABLE if sys.stdout.isatty() else _CSV if columns else _NDJSON
        self._format = format_ or default
        if columns and format_ == _NDJSON:
            raise click.UsageError("--columns is for a table or CSV: NDJSON has all of an incident")
        self._columns = columns or parse_fields(DEFAULT)
        self._table = Table(self._columns)
        self._count = 0
        self.is_chosen = format_ is not None or columns is not None

    @property
    def is_table(self) -> bool:
        """Whether people read it."""
        return self._format == _TABLE

    def show(self, line: str) -> None:
        """Prints the incident of a line of JSON."""
        for text in self._texts(line):
            if self.is_table:
                click.echo(text)
            else:
                show(text)
        self._count += 1
        sys.stdout.flush()

    def show_all(self, lines: Iterator[str]) -> int:
        """Prints them, and returns how many there were."""
        for line in lines:
            self.show(line)
        return self._count

    def _texts(self, line: str) -> Iterator[str]:
        begins = not self._count
        if self._format == _NDJSON:
            yield line
        elif self.is_table:
            yield from [self._table.head] * begins
            yield self._table.row(line)
        else:
            incident = Line(line)
            yield from [self._csv([field.name for field in self._columns])] * begins
            yield self._csv([field.of(incident) for field in self._columns])

    @staticmethod
    def _csv(cells: list[str]) -> str:
        return csv_row(cells).removesuffix("\r\n")
