"""Fields of an incident by name, as columns of a table: `received,level,context.user`."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from incidents.core.errors import BadParameter
from incidents.core.summary import Summary, summarize

# What one would call a table.
DEFAULT = "id,received,level,service,message"
FIELDS_MAX = 100
NAMES_MAX = 8

_OF_SUMMARY = ("level", "service", "message")
_FIELD = re.compile(r'((?:"(?:[^"\\]|\\.)*"|[^",])+)(?:,|$)')
# https://owasp.org/www-community/attacks/CSV_Injection; a number is none.
_FORMULA = re.compile(r"(?!-?\d+(\.\d+)?([eE][+-]?\d+)?$)[=+\-@\t\r]")
_NAME = re.compile(r'("(?:[^"\\]|\\.)*"|[^".]+)(?:\.|$)')


class Line:
    """One incident, from the line of JSON that it came in. Raises ValueError when it is none."""

    def __init__(self, text: str) -> None:
        self.incident: dict[str, Any] = json.loads(text, parse_float=Digits)
        self._body = text[text.index('"body": ') + 8 : text.rindex(', "headers": ')]
        self._summary: Summary | None = None

    @property
    def summary(self) -> Summary:
        """Its level, its service, and one line."""
        if self._summary is None:
            self._summary = summarize(self._body)
        return self._summary

    @property
    def body(self) -> str:
        """The JSON text of its body, as it was sent."""
        return self._body


class Digits(float):
    """A number with a fraction, and its digits as they were sent: 1.50."""

    def __new__(cls, text: str) -> Self:
        """The number of that text."""
        return super().__new__(cls, text)

    def __init__(self, text: str) -> None:
        self.text = text


class Field:
    """A column: `id`, `received`, `hash`; `level`, `service`, `message` of the summary; or a path.

    A path is looked for in the headers, in any case, and in the body; `headers.` or `body.` before
    it says where.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._path = _names_of(name)

    def of(self, line: Line) -> str:
        """Its text in an incident, empty where there is none: a string as it is, all else as JSON.

        Several values are a JSON array.
        """
        own = self._own(line)
        if own is not None:
            return own
        values = list(self._values(line.incident))
        return _text(values[0]) if len(values) == 1 else _text(values) if values else ""

    def _own(self, line: Line) -> str | None:
        if self.name in _OF_SUMMARY:
            return getattr(line.summary, self.name) or ""
        if self.name in ("id", "hash"):
            return _text(line.incident[self.name])
        if self.name == "received":
            return str(line.incident["received_at"])
        return line.body if self.name == "body" else None

    def _values(self, incident: Mapping[str, Any]) -> Iterator[Any]:
        place, *inner = self._path
        headers = {name.lower(): value for name, value in incident["headers"].items()}
        if place == "headers":
            yield from _at(headers if inner else incident["headers"], [x.lower() for x in inner])
        elif place == "body":
            yield from _at(incident["body"], inner)
        else:
            yield from _at(headers, [name.lower() for name in self._path])
            yield from _at(incident["body"], self._path)


def parse_fields(text: str) -> list[Field]:
    """The fields that a text names, with commas between. Raises BadParameter."""
    fields: list[Field] = []
    at = 0
    while at < len(text):
        found = _FIELD.match(text, at)
        if found is None:
            raise BadParameter("fields", f"a name is missing, or not whole, behind {text[:at]!r}")
        fields.append(Field(found[1].strip()))
        at = found.end()
    if not 1 <= len(fields) <= FIELDS_MAX or text.endswith(","):
        raise BadParameter("fields", f"1 to {FIELDS_MAX} names are needed, as in {DEFAULT}")
    return fields


def csv_rows(lines: Sequence[str], fields: Sequence[Field]) -> str:
    """A row of CSV for each incident, from the lines of JSON that they came in."""
    incidents = map(Line, lines)
    return "".join([csv_row([field.of(line) for field in fields]) for line in incidents])


def csv_row(cells: Sequence[str]) -> str:
    """The cells as a line of CSV (RFC 4180), its end included.

    Anybody may have reported them: what a spreadsheet would take for a formula has a ' before it.
    """
    row = io.StringIO()
    csv.writer(row).writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return row.getvalue()


def _names_of(path: str) -> list[str]:
    names: list[str] = []
    at = 0
    while at < len(path):
        found = _NAME.match(path, at)
        if found is None:
            raise BadParameter("fields", f"a name is missing, or not whole, in {path[:80]!r}")
        names.append(_unquoted(found[1]))
        at = found.end()
    if not 1 <= len(names) <= NAMES_MAX or path.endswith("."):
        raise BadParameter("fields", f"a path has 1 to {NAMES_MAX} names, not {path[:80]!r}")
    return names


def _unquoted(name: str) -> str:
    try:
        return str(json.loads(name)) if name.startswith('"') else name
    except ValueError as error:
        raise BadParameter("fields", f"{name[:80]} is no string as JSON has them") from error


def _at(value: Any, names: Sequence[str]) -> Iterator[Any]:
    """What stands there: `a.b` is the key `b` in `a`, and the key that is spelt `a.b`."""
    if not names:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _at(each, names)
    elif isinstance(value, dict):
        for count in range(1, len(names) + 1):
            key = ".".join(names[:count])
            if key in value:
                yield from _at(value[key], names[count:])


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.text if isinstance(value, Digits) else json.dumps(value, ensure_ascii=False)
