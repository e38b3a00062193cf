"""What somebody who wrote a wrong line probably meant."""

import re
from collections.abc import Callable

from incidents.core.errors import BadQuery

# A line can have the same mistake in several terms.
_REPAIRS_MAX = 10
# It protects the event loop: the patterns below take some milliseconds for such a line.
_CHARACTERS_MAX = 400

# From its first character on: each name is looked at once.
_NAME = r"(?<![^\s\"=!<>:(){}\[\]~])[^\s\"=!<>:(){}\[\]~]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_CONNECTIVES = ("AND", "OR", "NOT")


def suggestion(line: str, error: BadQuery, check: Callable[[str], object]) -> str | None:
    """A line that `check` reads, or None where none is known. `check` raises BadQuery."""
    if len(line) > _CHARACTERS_MAX:
        return None
    for _ in range(_REPAIRS_MAX):
        repaired = _repaired(line, error.position)
        if repaired is None:
            return None
        line = repaired
        try:
            check(line)
        except BadQuery as next_error:
            error = next_error
        else:
            return line
    return None


def _repaired(line: str, at: int) -> str | None:
    """The line without the mistake at that position."""
    for pattern, repair in _REPAIRS:
        for found in pattern.finditer(line):
            if found.start() <= at <= found.end():
                text = f"{line[: found.start()]}{repair(found)}{line[found.end() :]}".strip()
                if text != line:
                    return text
    return None


def _range(found: re.Match[str]) -> str:
    """`status:[400 TO 499]`; an end that is a star is none."""
    path, opened, low, high, closed = found.groups()
    lower = "" if low == "*" else f"{path}{'>=' if opened == '[' else '>'}{low}"
    upper = "" if high == "*" else f"{path}{'<=' if closed == ']' else '<'}{high}"
    return f"{lower} {upper}".strip() or f"{path}:*"


def _alternatives(found: re.Match[str]) -> str:
    """`level:(error OR warn)`."""
    path, inner = found.groups()
    words = re.findall(rf"{_QUOTED}|\S+", inner)
    return f"({' '.join(w if w in _CONNECTIVES else f'{path}={w}' for w in words)})"


def _to(text: str) -> Callable[[re.Match[str]], str]:
    return lambda found: found.expand(text)


# Where a mistake is at a position that one of these covers, what would be right: the first counts.
_REPAIRS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = [
    (
        re.compile(rf"({_NAME}):?([\[{{])\s*(\S+)\s+TO\s+([^\s\]}}]+)\s*([\]}}])"),
        _range,
    ),
    (re.compile(rf"({_NAME})[:=]\(([^()]*)\)"), _alternatives),
    (re.compile(r"!=="), _to("!=")),
    (re.compile(r"=="), _to("=")),
    (re.compile(r"<>"), _to("!=")),
    (re.compile(r"=([<>])"), _to(r"\1=")),
    (re.compile(r":([<>])"), _to(r"\1")),
    (re.compile(rf"(?:=~|~=)(?=[\w -]+(?:\s|$)|{_QUOTED})"), _to(":")),
    (re.compile(r"\s*&&\s*"), _to(" AND ")),
    (re.compile(r"\s*\|\|\s*"), _to(" OR ")),
    (re.compile(r"[\u2018-\u201e]([^\"\u2018-\u201e]*)[\u2018-\u201e]"), _to(r'"\1"')),
    (re.compile(r"['`]([^'`\"]*)['`]"), _to(r'"\1"')),
    (re.compile(rf"({_NAME})\[\d*\]"), _to(r"\1")),
    (re.compile(r"(?<=:)\*?([^\s*\"]+)\*"), _to(r"\1")),
    (re.compile(r"(?<![^\s(])\*?([^\s*\":=<>]+)\*?(?=[\s)]|$)(?<=\*)"), _to(r"*\1*")),
    (re.compile(rf"({_NAME}|{_QUOTED})\s*(!=|>=|<=|:=|[=<>:])\s+(?=[^\s=<>:!])"), _to(r"\1\2")),
    (re.compile(rf"({_NAME}|{_QUOTED})\s+(!=|>=|<=|:=|[=<>:])(?=[^\s=<>:!])"), _to(r"\1\2")),
    (re.compile(r"!(?=[\w\"(])"), _to("-")),
    (re.compile(r"\s+(?:AND|OR|NOT)\s*$"), _to("")),
    (re.compile(r"^\s*(?:AND|OR)\s+"), _to("")),
    (re.compile(r"-\s+(?=\S)"), _to("-")),
    (re.compile(r"(\((?:[^()\"]|\"[^\"]*\")*)$"), _to(r"\1)")),
    (re.compile(r"\s*\)(?=[^()]*$)"), _to("")),
    (re.compile(r'("[^"\\]*)$'), _to(r'\1"')),
]
