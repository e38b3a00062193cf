"""What a query line is made of, piece by piece: strings, JSON, bare values, operators, paths."""

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any, NamedTuple

from incidents.core import json_text
from incidents.core.errors import BadQuery, NotJSON, OverLimit
from incidents.core.query import foreign

_decoder = JSONDecoder()

# What stands for itself in a name; the rest of a name that has more is quoted.
NAME = r"[^\s\".=!<>:()\[\]{},;&|~*?\\'`]+"
_NAME = re.compile(NAME)
_OPERATOR = re.compile(r"!=|>=|<=|:=|[=<>:]")
_WORD_OPERATOR = re.compile(r"(AND|OR|NOT)(?=[\s()]|$)")


class Name(NamedTuple):
    """A name of a path; one that is quoted means nothing but itself."""

    text: str
    is_quoted: bool = False


class Lexer:
    """A line, and how far it is read: each method reads what it says, or raises BadQuery."""

    def __init__(self, line: str, nesting_levels_max: int) -> None:
        self.line = json_text.searchable(line)
        self.at = 0
        self._nesting_levels_max = nesting_levels_max

    def skip_space(self) -> None:
        """Goes to what is no white space, or to the end."""
        while self.at < len(self.line) and self.line[self.at].isspace():
            self.at += 1

    @property
    def next(self) -> str:
        """The next character; empty at the end."""
        return self.line[self.at : self.at + 1]

    def take(self, text: str) -> bool:
        """Whether that text came next; then it is read."""
        there = self.line.startswith(text, self.at)
        if there:
            self.at += len(text)
        return there

    def word_operator(self) -> str | None:
        """Which of AND, OR and NOT comes next; it is not read."""
        found = _WORD_OPERATOR.match(self.line, self.at)
        return found[1] if found else None

    def operator(self) -> str | None:
        """The operator between a path and its value, or None. Raises for those of others."""
        foreign.check_operator(self.line, self.at)
        found = _OPERATOR.match(self.line, self.at)
        # A word with :// is text.
        if found is None or self.line.startswith("://", self.at):
            return None
        self.at = found.end()
        return found[0]

    def names(self) -> list[Name]:
        """The names of a path, as many as there are until something else comes."""
        names = [self._name()]
        while self.next == "." and self._is_name(self.at + 1):
            self.at += 1
            names.append(self._name())
        return names

    def _is_name(self, at: int) -> bool:
        return self.line.startswith('"', at) or _NAME.match(self.line, at) is not None

    def _name(self) -> Name:
        if self.next == '"':
            return Name(self.string(), is_quoted=True)
        found = _NAME.match(self.line, self.at)
        assert found is not None
        self.at = found.end()
        return Name(found[0])

    def string(self) -> str:
        """A string in quotes."""
        start = self.at
        value = self.json()[0]
        if not isinstance(value, str):
            raise BadQuery("a string in quotes is needed here", start)
        return json_text.searchable(value)

    def json(self) -> tuple[Any, str]:
        """A JSON value, exact, and its text as `json_text.write` writes it."""
        start = self.at
        try:
            _, end = _decoder.raw_decode(self.line, start)
            # As PostgreSQL holds it: what it cannot tell apart is one key.
            text = json_text.write(self._parse(self.line[start:end]))
            value = self._parse(text)
        except JSONDecodeError as error:
            message = error.msg[0].lower() + error.msg[1:]
            raise BadQuery(f"not JSON: {message}", error.pos) from error
        except (NotJSON, OverLimit) as error:
            raise BadQuery(str(error), start) from error
        except RecursionError as error:
            raise BadQuery("arrays and objects are nested too deep", start) from error
        self.at = end
        return value, text

    def _parse(self, text: str) -> Any:
        return json_text.parse(text, self._nesting_levels_max, exact=True)

    def bare(self) -> str:
        """What stands until white space or a `)` that closes nothing of its own; maybe nothing."""
        start, opened = self.at, 0
        while self.at < len(self.line) and not self.next.isspace():
            if self.next == '"':
                raise BadQuery(
                    "a quote within a value: put the whole value in quotes, "
                    'and \\" for a quote in it',
                    self.at,
                )
            opened += {"(": 1, ")": -1}.get(self.next, 0)
            if opened < 0:
                break
            self.at += 1
        return self.line[start : self.at]

    def value(self, *, takes_stars: bool = False) -> str:
        """A value without quotes, which is not empty and means no more than itself."""
        start = self.at
        text = self.bare()
        if not text:
            term = self.line[:start].split()[-1]
            raise BadQuery(
                f'a value is missing behind {term}, without a space between; "" is the empty one',
                start,
            )
        foreign.check_bare(text, start, takes_stars=takes_stars)
        return text

    def quoted_or_bare(self) -> str:
        """A value, in quotes or not."""
        foreign.check_start(self.line, self.at)
        return self.string() if self.next == '"' else self.value()

    def end_term(self) -> None:
        """Returns when a term may end here."""
        if self.next and not self.next.isspace() and self.next != ")":
            raise BadQuery("put a space between one term and the next", self.at)
