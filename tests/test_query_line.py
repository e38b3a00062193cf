"""The query line: what it means, its normal form, and what is wrong with it."""

import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.core import json_text, words
from incidents.core.errors import BadQuery
from incidents.core.query.description import described
from incidents.core.query.normal_form import normal_form, terms_of
from incidents.core.query.parser import DEPTH_MAX, parse_query
from incidents.core.query.tree import Tree
from tests import unicode_tables
from tests.api import Api
from tests.queries import trees

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "query.md"

HASH = "63bd7bae826f1198cd7710c7441a0c844b1f23ebad4a0dd8df28dfd968a56ddd"

# A line, and the normal form that says how it is understood.
LINES = {
    "": "",
    " \u00a0\t": "",
    "service=billing level=error": "service=billing level=error",
    "a AND b": "a b",
    "NOT a OR b c": "-a OR (b c)",
    "-(a OR b) ((c))": "-(a OR b) c",
    "NOT(a)AND b": "-a b",
    "-level=info -hash=" + HASH.upper(): f"level!=info hash!={HASH}",
    "-group=9F86D081884C7D65 group=0123456789abcdef": "group!=9f86d081884c7d65 "
    "group=0123456789abcdef",
    "NOT -a": "a",
    'a="42" b=42 c=-5 d="x" e=042': 'a="42" b=42 c=-5 d=x e=042',
    'a="" b="c d" c="\\u0041"': 'a="" b="c d" c=A',
    "a:=[1.50, 2] b=[1] c!={}": "a:=[1.50,2] b:=[1] -c:={}",
    "a>5 b<=-2.5e1 c>2026-11-23": "a>5 b<=-25 c>2026-11-23T00:00:00Z",
    'a<"2026-11-23 03:46:00.120+02:00"': "a<2026-11-23T01:46:00.12Z",
    'message:TimeOut a:"b c" user:* b:"*"': 'message:timeout a:"b c" user:* b:"*"',
    'Timeout "Connection-Reset" *Part* *"A b"*': 'timeout "connection reset" *part* *"a b"*',
    '{"b": 1, "a": 2} {"a": 3} x': '{"b": 1, "a": 2} {"a": 3} x',
    "{} OR -{}": "{} OR -{}",
    "id=013 id>=5 received>15m received<120m": "id=13 id>=5 received>15m received<2h",
    # What a path is, and what is text.
    "$a=1 @b=2 _c=3 é=4 a.1=5": "$a=1 @b=2 _c=3 é=4 a.1=5",
    '"a.b"=1 "a b".c=2 "a"=3 ""=4': '"a.b"=1 "a b".c=2 a=3 ""=4',
    "headers.x-a=1 body.id=2 headers=3 body=4": "headers.x-a=1 body.id=2 headers=3 body=4",
    '"headers".x=1 "body"=2 "id"=3': '"headers".x=1 "body"=2 "id"=3',
    "http://x/?a=b 10.0.0.1:8080 404=x": '"http x a b" "10 0 0 1 8080" "404 x"',
    "url=http://x url:https://y": "url=http://x url:https://y",
    "foo-bar failed. /var/log hello!": '"foo bar" failed "var log" hello',
    # Behind an operator all belongs to the value.
    "a=f(x) (b=g)": 'a="f(x)" b=g',
    "a=-b addr=:8080 accept=*/* c=d=e": 'a=-b addr=":8080" accept="*/*" c=d=e',
    "m:[x] m:a=b": 'm:"[x]" m:a=b',
    "a=AND AND=b": "a=AND AND=b",
}

# A line, where it is wrong, and what the error says.
WRONG = {
    "a==b": (1, "path=value"),
    "a=~b": (1, "path:text"),
    "a!~b": (1, "-path:text"),
    "a && b": (2, "AND"),
    "a=b||c": (3, "OR"),
    "status:[400 TO 499]": (7, "path>=1 path<=5"),
    "[1 TO 2]": (0, "path>=1 path<=5"),
    "a:/re/": (2, '"/re/"'),
    "x /re/i": (2, "path:text"),
    "a:>5": (1, "path>5"),
    "a=>5": (1, ">="),
    "a<>5": (1, "!="),
    "level:(error OR warn)": (6, "(path=a OR path=b)"),
    "ab*": (2, "*part*"),
    "a:b*": (3, "path:part"),
    "*": (0, "*part*"),
    "'a b'": (0, "double quotes"),
    "a=“b”": (2, "double quotes"),
    'ab"c"': (2, "quotes"),
    "tags[0]=x": (4, '"tags[0]"='),
    "a..b=1": (1, '"a..b"='),
    "a.b.c.d.e.f.g.h.i=1": (0, "at most 8 names"),
    '"a"."b"': (7, "="),
    '"a"b': (3, "space"),
    "status > 5": (7, "without spaces"),
    "!a": (0, "-path=value"),
    "a= b": (2, "without a space"),
    "TypeError: x": (10, "TypeError:"),
    "(a": (0, "not closed"),
    "a )": (2, "closes nothing"),
    "()": (1, "missing"),
    "a OR": (4, "behind a OR"),
    "OR a": (0, '"or"'),
    "a AND OR b": (6, "missing"),
    "- a": (0, "-path=value"),
    "--force": (0, '"--force"'),
    "a>15m": (2, "2026-11-23"),
    "a>2026-02-30": (2, "a time"),
    "a:=b": (3, "not JSON"),
    'a="b': (2, "not JSON"),
    '{"a":': (5, "not JSON"),
    '{"a": NaN}': (0, "NaN"),
    "…": (0, '*"…"*'),
    "id=abc": (0, "body.id"),
    "id:5": (0, "id=13"),
    "hash=12": (0, "64"),
    "received=2026-11-23": (0, "received>15m"),
    "group=1": (0, "body.group"),
    "a " * 101: (200, "100 terms"),
    "(" * 60: (DEPTH_MAX + 1, "50 levels"),
    "é" * 2049: (0, "4,096 bytes"),
    "a:=" + "[" * 2000: (3, "nested"),
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_a_normal_form_that_means_the_same(line: str) -> None:
    tree = parse_query(line, 100)

    assert normal_form(tree) == LINES[line]
    assert parse_query(LINES[line], 100) == tree


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line[:30])
def test_an_error_says_where_and_what_would_be_right(line: str) -> None:
    position, says = WRONG[line]

    with pytest.raises(BadQuery) as error:
        parse_query(line, 100)

    assert says in error.value.detail
    assert error.value.position == position


# A line that is wrong, and the one that is suggested.
SUGGESTIONS = {
    "a==b && c=>5 || d<>1": "a=b AND c>=5 OR d!=1",
    "status:[400 TO 499] took:{5 TO *]": "status>=400 status<=499 took>5",
    'level:(error OR "too bad") x': '(level=error OR level="too bad") x',
    "host=~web message:conn*": "host:web message:conn",
    "status > 5 a= b": "status>5 a=b",
    "tags[0].x=1": "tags.x=1",
    "'disk full'": '"disk full"',
    "a=“b c”": 'a="b c"',
    "conn*": "*conn*",
    "!a": "-a",
    "(a OR b": "(a OR b)",
    "a=b)": "a=b",
    'a="b c': 'a="b c"',
    "a OR": "a",
    "host=~web.*": None,
    "hash=12": None,
    "a==b" + " " * 400: None,
}


@pytest.mark.parametrize("line", SUGGESTIONS, ids=lambda line: line[:30])
def test_what_was_probably_meant_is_suggested(line: str) -> None:
    with pytest.raises(BadQuery) as error:
        parse_query(line, 100)

    assert error.value.suggestion == SUGGESTIONS[line]


@settings(max_examples=300, deadline=None)
@given(tree=trees)
def test_each_tree_has_a_line_and_a_description(tree: Tree) -> None:
    assert parse_query(normal_form(tree), 100) == tree
    assert parse_query(" ".join(terms_of(tree)), 100) == tree
    assert json.loads(json_text.write(described(tree)))["type"]


@settings(max_examples=300, deadline=None)
@given(
    line=st.text(max_size=20)
    | st.lists(
        st.sampled_from([*'ab1 ()"*-=!<>:.{}[]\\/', "OR ", "AND ", "NOT ", "id=", "received>"]),
        max_size=12,
    ).map("".join)
)
def test_any_text_is_a_query_or_an_error_within_it(line: str) -> None:
    position = 0
    try:
        tree = parse_query(line, 100)
    except BadQuery as error:
        position = error.position
        parse_query(error.suggestion or "", 100)
    else:
        assert parse_query(normal_form(tree), 100) == tree
    assert 0 <= position <= len(line)


def test_the_examples_of_the_page_are_read() -> None:
    table = PAGE.read_text().split("\n## ")[0]
    lines = re.findall(r"`([^`]+)`", "\n".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)))

    assert len(lines) > 20
    for line in lines:
        parse_query(line.replace("63bd…", HASH), 100)


async def test_it_is_told_over_http(api: Api) -> None:
    reply = (await api.get("/query?q=" + quote('a.b=42 OR {"c": 1e2}'))).json
    example = (await api.get("/query?q=" + quote('{"c": 1.50} {"d": [12345678901234567890]}'))).text
    wrong = await api.get("/query?q=a+%3D+b")

    assert reply == {
        "query": 'a.b=42 OR {"c": 1E+2}',
        "terms": ['(a.b=42 OR {"c": 1E+2})'],
        "tree": {
            "type": "any",
            "terms": [
                {"type": "equals", "path": ["a", "b"], "in": None, "values": ["42", 42]},
                {"type": "entry", "key": "c", "value": 100.0},
            ],
        },
        "example": None,
    }
    assert example.endswith('"example":{"c": 1.50, "d": [12345678901234567890]}}')
    assert wrong.status == 400
    assert (wrong.json["position"], wrong.json["suggestion"]) == (2, "a=b")
    assert wrong.json["detail"].startswith("q: position 2: ")
    assert (await api.get("/query")).json["detail"].startswith("q: ")


def test_words_and_case_are_those_of_unicode() -> None:
    """Whatever Unicode this Python has: the table has those of one version."""
    for character in unicode_tables.characters():
        folded = words.fold(character)
        assert len(folded) == 1
        assert words.fold(folded) == folded
    if unicodedata.unidata_version == "14.0.0":
        assert unicode_tables.PATH.read_text() == unicode_tables.module()
    assert words.words_of("Ünï_1-ДЯ हिन्दी ẞ²") == ["ünï_1", "дя", "हिन्दी", "ß²"]
