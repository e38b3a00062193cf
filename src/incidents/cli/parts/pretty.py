"""JSON over several lines, in colours, as it was sent: digits, order and duplicate keys stay."""

import re
from collections.abc import Iterator

import click

from incidents.support.terminal import visible

_INDENT = "  "
# A key is a string with a colon behind it. White space is made anew.
_TOKEN = re.compile(
    r"""("(?:[^"\\]|\\.)*")(\s*:)?  # a string
    | ([\[{]\s*[\]}])              # what is empty
    | ([\[{]) | ([\]}]) | (,)
    | ([^\s,:\]}]+)                # a number, true, false, null
    """,
    re.VERBOSE,
)
_KEY, _STRING, _LITERAL = "blue", "green", "magenta"


def pretty(text: str) -> str:
    """The JSON text on a line for each value, with nothing in it that a terminal would obey."""
    return "".join(_pieces(visible(text)))


def _pieces(text: str) -> Iterator[str]:
    level = 0

    def line() -> str:
        return "\n" + level * _INDENT

    for token in _TOKEN.finditer(text):
        string, colon, empty, opening, closing, comma, literal = token.groups()
        if string:
            yield click.style(string, fg=_KEY if colon else _STRING) + (": " if colon else "")
        elif empty:
            yield empty[0] + empty[-1]
        elif opening:
            level += 1
            yield opening + line()
        elif closing:
            level -= 1
            yield line() + closing
        elif comma:
            yield comma + line()
        else:
            yield click.style(literal, fg=_LITERAL)
