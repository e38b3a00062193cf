import json
from decimal import Decimal

import pytest

from incidents.core import json_text
from incidents.core.errors import NotJSON, OverLimit

LEVELS = 100


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b'{"a": \xff}', "line 1 column 7"),
        (b'{\n"a": "\xc3("}', "line 2 column 7"),
        ('"é'.encode("utf-16"), "not UTF-8"),
        ("\ufeff{}".encode(), "byte order mark"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_where(raw: bytes, said: str) -> None:
    with pytest.raises(NotJSON, match=said):
        json_text.decode(raw)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1 column 2"),
        ('{"a": 1}\n{"b": 2}', "line 2 column 1"),
        ("[1,\n  NaN]", r"NaN.*line 2 column 3"),
        ('["NaN", -Infinity]', r"-Infinity.*line 1 column 9"),
        ('["\x00"]', "control character"),
    ],
)
def test_a_text_that_is_no_json_is_refused_with_where(text: str, said: str) -> None:
    with pytest.raises(NotJSON, match=said):
        json_text.parse(text, LEVELS)


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_nesting_is_taken_up_to_the_limit_and_not_beyond(brackets: str) -> None:
    opening, closing = ("[", "]") if brackets == "[]" else ('{"a":', "}")

    def nested(levels: int) -> str:
        return opening * levels + "1" + closing * levels

    json_text.parse(nested(LEVELS), LEVELS)
    with pytest.raises(OverLimit, match="100 levels"):
        json_text.parse(nested(LEVELS + 1), LEVELS)
    with pytest.raises(OverLimit, match="100 levels"):
        json_text.parse(nested(100_000), LEVELS)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(json_text.parse("[" + "[]," * 5000 + "[]]", LEVELS)) == 5001


def test_an_integer_has_at_most_4300_digits() -> None:
    assert json_text.parse("9" * 4300, LEVELS) == int("9" * 4300)
    with pytest.raises(OverLimit, match="4,300"):
        json_text.parse("9" * 4301, LEVELS)
    with pytest.raises(OverLimit, match="double"):
        json_text.parse("[1e400]", LEVELS, exact=True)


def test_an_ordinary_text_is_searched_as_it_is() -> None:
    for text in (
        '{"a": "some-thing e-2"}',
        '"\\u00e9 \\ud83d\\ude00"',
        "1e-300",
        "[" + "0.5," * 9000 + "1]",
        '"' + "7" * 20_000 + '"',
    ):
        searched = json_text.for_search(text, LEVELS)
        assert searched is None or json.loads(searched) == json.loads(text)
    assert json_text.for_search('{"a": 1}', LEVELS) is None


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ('"a\\u0000b"', '"a\ufffdb"'),
        ('["\\ud800", "\\udfff\\ud83d"]', '["\ufffd","\ufffd\ufffd"]'),
        ('{"\\u0000": 1.50}', '{"\ufffd":1.50}'),
        ("1e-20000", "0.0"),
        ("0e99999999999", "0"),
        ("[-0.0E+123456]", "[0]"),
        ("1e-99999999999999999999", "0"),
        ("0." + "1" * 17_000, repr(float("0." + "1" * 17_000))),
    ],
)
def test_what_jsonb_cannot_hold_is_replaced_for_searching(text: str, searched: str) -> None:
    assert json_text.for_search(text, LEVELS) == searched


def test_a_text_that_is_made_to_be_slow_is_refused_at_once() -> None:
    with pytest.raises(NotJSON, match="NaN"):
        json_text.parse('[NaN,"' + '\\"' * 500_000, LEVELS)


def test_a_text_written_again_keeps_every_digit() -> None:
    text = '{"a":[1.10,1e5,-0,123456789012345678901234567890,0.1000000000000000000001,true,null]}'

    written = json_text.write(json_text.parse(text, LEVELS, exact=True))

    assert json.loads(written, parse_float=Decimal) == json.loads(text, parse_float=Decimal)
    assert "0.1000000000000000000001" in written
