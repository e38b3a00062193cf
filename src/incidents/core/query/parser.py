"""The grammar of the query line: a text becomes a tree.

    any   = all { "OR" all }
    all   = term { [ "AND" ] term }
    term  = ( "-" | "NOT" ) term | "(" any ")" | leaf

What a leaf is, `docs/reference/query.md` says.
"""

import json
from collections.abc import Callable

from incidents.core import json_text
from incidents.core.errors import BadQuery
from incidents.core.query import foreign
from incidents.core.query.fields import field_term
from incidents.core.query.lexer import Lexer
from incidents.core.query.suggestion import suggestion
from incidents.core.query.tree import (
    EVERYTHING,
    Entry,
    HasPart,
    HasWords,
    Tree,
    all_of,
    any_of,
    negated,
)
from incidents.core.words import fold, words_of

BYTES_MAX = 4096
TERMS_MAX = 100
# Of parentheses and NOT: who reads a tree goes as deep.
DEPTH_MAX = 50


def parse_query(line: str, nesting_levels_max: int) -> Tree:
    """The tree of a line; of one with nothing in it, EVERYTHING. Raises BadQuery."""
    if (count := len(line.encode(errors="surrogatepass"))) > BYTES_MAX:
        raise BadQuery(f"a query has at most {BYTES_MAX:,} bytes, not {count:,}", 0)

    def read(text: str) -> Tree:
        return _Parser(text, nesting_levels_max).whole()

    try:
        return read(line)
    except BadQuery as error:
        error.suggestion = suggestion(line, error, read)
        raise


class _Parser:
    def __init__(self, line: str, nesting_levels_max: int) -> None:
        self._lexer = Lexer(line, nesting_levels_max)
        self._depth = self._terms = 0

    def whole(self) -> Tree:
        self._lexer.skip_space()
        if not self._lexer.next:
            return EVERYTHING
        tree = self._any()
        if self._lexer.next:
            raise BadQuery(
                'this ) closes nothing: open it with (, or put it in quotes: ")"', self._lexer.at
            )
        return tree

    def _any(self) -> Tree:
        terms = [self._all()]
        while self._lexer.word_operator() == "OR":
            self._lexer.take("OR")
            terms.append(self._all())
        return any_of(terms)

    def _all(self) -> Tree:
        terms = [self._term()]
        while self._lexer.next not in ("", ")"):
            if (operator := self._lexer.word_operator()) == "OR":
                break
            if operator == "AND":
                self._lexer.take("AND")
            terms.append(self._term())
        return all_of(terms)

    def _term(self) -> Tree:
        lexer = self._lexer
        lexer.skip_space()
        start = lexer.at
        operator = lexer.word_operator()
        if operator in ("AND", "OR") or lexer.next in ("", ")"):
            raise BadQuery(self._missing(), start)
        if operator == "NOT":
            lexer.take("NOT")
            tree = negated(self._deeper(self._term))
        elif lexer.take("-"):
            tree = negated(self._deeper(self._negative))
        elif lexer.take("("):
            tree = self._deeper(self._any)
            if not lexer.take(")"):
                raise BadQuery('this ( is not closed: put ) behind it, or quotes: "("', start)
        else:
            tree = self._leaf()
            lexer.end_term()
        lexer.skip_space()
        return tree

    def _missing(self) -> str:
        before = self._lexer.line[: self._lexer.at].rstrip()
        behind = f"behind {before[-20:]}" if before else "before it"
        return f'a term is missing {behind}. To look for the words AND, OR, NOT: "and", "or", "not"'

    def _negative(self) -> Tree:
        following = self._lexer.next
        if not following or following.isspace() or following == "-":
            raise BadQuery(
                "- stands right before the term that it excludes: -path=value. "
                'In a text it stands in quotes: "--force"',
                self._lexer.at - 1,
            )
        return self._term()

    def _deeper(self, read: Callable[[], Tree]) -> Tree:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise BadQuery(
                f"parentheses and NOT are nested deeper than {DEPTH_MAX} levels", self._lexer.at
            )
        tree = read()
        self._depth -= 1
        return tree

    def _leaf(self) -> Tree:
        lexer = self._lexer
        self._terms += 1
        if self._terms > TERMS_MAX:
            raise BadQuery(f"a query has at most {TERMS_MAX} terms", lexer.at)
        foreign.check_start(lexer.line, lexer.at)
        match lexer.next:
            case "{":
                return self._example()
            case "*":
                return self._part()
        return field_term(lexer) or self._text()

    def _example(self) -> Tree:
        example, _ = self._lexer.json()
        return all_of([Entry(key, json_text.write(value)) for key, value in example.items()])

    def _part(self) -> Tree:
        """`*part*`, or `*"some part"*`."""
        lexer, start = self._lexer, self._lexer.at
        if lexer.line.startswith('*"', start):
            lexer.take("*")
            text = lexer.string()
            if text and lexer.take("*"):
                return HasPart(fold(text))
        else:
            text = lexer.bare()
            foreign.check_bare(text, start, takes_stars=True)
            part = text[1:-1]
            if text.endswith("*") and part and "*" not in part:
                return HasPart(fold(part))
        raise BadQuery(
            'a part stands between two stars: *part*, or *"a part"* with spaces or stars in it. '
            "An empty query finds everything",
            start,
        )

    def _text(self) -> Tree:
        lexer, start = self._lexer, self._lexer.at
        if lexer.next == '"':
            text = lexer.string()
        else:
            text = lexer.bare()
            foreign.check_bare(text, start)
        words = words_of(text)
        if not words:
            part = json.dumps(text, ensure_ascii=False)
            raise BadQuery(
                f"there is no word in it: words are letters, digits and _. *{part}* looks for it "
                "as it stands",
                start,
            )
        return HasWords(tuple(words))
