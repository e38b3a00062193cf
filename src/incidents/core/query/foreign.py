"""What other query languages write: refused, with the name of what is meant here."""

import re

from incidents.core.errors import BadQuery

_OPERATORS = {
    "==": "one = says that a field equals a value: path=value",
    "=~": "there are no regular expressions: path:text looks for a text in a field",
    "!~": "there are no regular expressions: -path:text excludes a text in a field",
    "!==": "!= says that a field does not equal a value: path!=value",
    ":>": "a comparison stands without a colon: path>5",
    ":<": "a comparison stands without a colon: path<5",
    "=>": "at least is >=: path>=5",
    "=<": "at most is <=: path<=5",
    "<>": "!= says that a field does not equal a value: path!=value",
    "~=": "path:text looks for a text in a field",
    "!:": "-path:text excludes a text in a field",
}
_OPERATOR = re.compile("|".join(sorted(map(re.escape, _OPERATORS), key=len, reverse=True)))

_RANGE = re.compile(r"[\[{]\s*[^\s\"]+\s+TO\s")
_REGEX = re.compile(r"/.+/i?", re.DOTALL)
_CONNECTIVES = {"&&": "AND", "||": "OR"}
_QUOTES = "'`\u2018\u2019\u201c\u201d\u201e\u00ab"


def check_operator(line: str, at: int) -> None:
    """Returns when no operator of another language stands there."""
    if found := _OPERATOR.match(line, at):
        raise BadQuery(f"{found[0]} is not known; {_OPERATORS[found[0]]}", at)


def check_start(line: str, at: int) -> None:
    """Returns when a term or a value may begin so."""
    if _RANGE.match(line, at):
        raise BadQuery("a range is two comparisons: path>=1 path<=5", at)
    if line[at : at + 1] in _QUOTES and at < len(line):
        raise BadQuery(f'{line[at]} is no quote: a text stands in "double quotes"', at)


def check_bare(text: str, at: int, *, takes_stars: bool = False) -> None:
    """Returns when a bare value or text means no more than itself; it begins at `at`."""
    for sign, word in _CONNECTIVES.items():
        if sign in text:
            raise BadQuery(
                f"{sign} is not known; {word} between two terms says it. "
                f"In a value it stands in quotes",
                at + text.index(sign),
            )
    if _REGEX.fullmatch(text):
        raise BadQuery(
            "there are no regular expressions: path:text looks for a text in a field, "
            f'*part* anywhere. If the slashes are part of it, write "{text}"',
            at,
        )
    if text.startswith("("):
        raise BadQuery(
            "parentheses stand around whole terms: (path=a OR path=b). "
            "A value that begins with one stands in quotes",
            at,
        )
    if "*" in text and not takes_stars:
        raise BadQuery(
            f"a star stands on both sides, as in *part*, without a path. path:part looks for "
            f'a part of a field, path:* for any. A star itself stands in quotes: "{text}"',
            at + text.index("*"),
        )
