"""JSON texts (RFC 8259): parsed within limits, and made fit for PostgreSQL's `jsonb`.

A text is always stored as it was sent. What `jsonb` cannot hold is replaced only in a second text,
for searching: U+0000 and lone surrogates become U+FFFD, and numbers with more decimal places than
`numeric` has become the nearest double.
"""

import json
import re
from decimal import Decimal, InvalidOperation
from json import JSONDecodeError, JSONDecoder
from math import isinf
from typing import Any, NoReturn

from incidents.core.errors import NotJSON, OverLimit

# Python's own default, which the recomputed hash depends on (sys.set_int_max_str_digits).
INTEGER_DIGITS_MAX = 4300

# Of what was taken already: whatever is stored was within the limit of its day.
ANY_DEPTH = 1_000_000

# PostgreSQL's numeric has up to 16383 digits after the decimal point:
# https://www.postgresql.org/docs/current/datatype-numeric.html
_FRACTION_DIGITS_MAX = 16383

# Matches whole strings too, so that a constant is only found outside of them.
_STRING_OR_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')
_SPACE = " \t\n\r"
_UNFIT_CHARACTER = re.compile("[\x00\ud800-\udfff]")

# Finds what may not fit jsonb. Fast, because each pattern begins with a literal.
_ESCAPES = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_EXPONENTS = {
    sign: re.compile(sign.replace("+", r"\+") + r"0*[1-9]\d{3}", re.ASCII)
    # A large exponent fits a double only if it is negative or the digits are zeros.
    for sign in ("e-", "E-", "0e", "0E", "0e+", "0E+")
}
# A run of so many digits is found by looking at every (half that)th character.
_LONG_RUN = 8192


class _Constant(Exception):
    """The text has NaN or Infinity, which Python's decoder accepts and JSON does not have."""


def _refuse_constant(_: str) -> NoReturn:
    raise _Constant


def _exact(digits: str) -> Decimal:
    if isinf(float(digits)):
        raise OverLimit(f"the number {digits[:40]} is out of the range of a double")
    try:
        return Decimal(digits)
    except InvalidOperation:  # the exponent has more digits than Decimal takes
        return Decimal(repr(float(digits)))


_decoder = JSONDecoder(parse_constant=_refuse_constant)
_exactly = JSONDecoder(parse_constant=_refuse_constant, parse_float=_exact).decode


def _plain(text: str) -> Any:
    """As `_decoder.decode`, without its cost of looking for surrounding white space first."""
    try:
        value, end = _decoder.raw_decode(text)
    except JSONDecodeError:
        return _decoder.decode(text)  # leading white space, or an error to report
    return value if end == len(text) or not text[end:].strip(_SPACE) else _decoder.decode(text)


def decode(raw: bytes) -> str:
    """The text of `raw`. Raises NotJSON if it is empty or not UTF-8."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise NotJSON(
            f"not UTF-8: line {line} column {column} (byte {error.start}): JSON is sent as UTF-8"
        ) from error
    if not text or text.isspace():
        raise NotJSON("the body is empty: send a JSON text, for example {}")
    if text[0] == "\ufeff":
        raise NotJSON(
            "not JSON: line 1 column 1: a byte order mark, which JSON does not begin with"
        )
    return text


def parse(text: str, nesting_levels_max: int, *, exact: bool = False) -> Any:
    """The value of a JSON text; with `exact`, numbers that are not integers are Decimals.

    Raises NotJSON (with line and column if known), and OverLimit if it is nested deeper than
    `nesting_levels_max` or has an integer of more than 4,300 digits.
    """
    try:
        value = (_exactly if exact else _plain)(text)
    except JSONDecodeError as error:
        raise NotJSON(f"not JSON: {error}") from error
    except _Constant as error:
        raise _constant_found(text) from error
    except RecursionError as error:
        raise _too_deep(nesting_levels_max) from error
    except ValueError as error:  # int() exceeds sys.get_int_max_str_digits()
        raise OverLimit(
            f"an integer has more than {INTEGER_DIGITS_MAX:,} digits, the limit"
        ) from error
    _check_depth(text, value, nesting_levels_max)
    return value


def is_json(text: str) -> bool:
    """Whether it is a JSON text, of any depth and with any numbers."""
    try:
        parse(text, ANY_DEPTH)
    except NotJSON:
        return False
    except OverLimit:
        return True
    return True


def for_search(text: str, nesting_levels_max: int) -> str | None:
    """None if `jsonb` can hold the text as it is; otherwise the text to search instead.

    `text` must be one that `parse` accepted.
    """
    if not _may_be_unfit(text):
        return None
    return write(parse(text, nesting_levels_max, exact=True))


def _may_be_unfit(text: str) -> bool:
    if "\\u" in text and _ESCAPES.search(text):
        return True
    # Loops instead of any(): this runs for every report, and a generator would cost more than the
    # rest.
    for sign, found in _EXPONENTS.items():
        if sign in text and found.search(text):
            return True
    return any(map(str.isdigit, text[_LONG_RUN // 2 :: _LONG_RUN // 2]))


def searchable(text: str) -> str:
    """The text as it is compared: characters that `jsonb` cannot hold are U+FFFD."""
    return _UNFIT_CHARACTER.sub("\ufffd", text)


def write(value: Any) -> str:
    """The JSON text of a value parsed with `exact`: all digits kept, and fit for `jsonb`."""
    match value:
        case str():
            return json.dumps(searchable(value), ensure_ascii=False)
        case dict():
            return "{" + ",".join(f"{write(k)}:{write(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ",".join(map(write, value)) + "]"
        case Decimal():
            return _number(value)
        case _:
            return json.dumps(value)


def _number(value: Decimal) -> str:
    if not value:
        return "0"  # whatever its exponent
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -_FRACTION_DIGITS_MAX
    return str(value) if fits else repr(float(value))


def _check_depth(text: str, value: Any, levels_max: int) -> None:
    # The depth is at most the number of opening brackets: most texts need no walk.
    if text.count("[") + text.count("{") <= levels_max:
        return
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, (dict, list))]:
        depth += 1
        if depth > levels_max:
            raise _too_deep(levels_max)
        level = [
            child for each in level for child in (each.values() if isinstance(each, dict) else each)
        ]


def _too_deep(levels_max: int) -> OverLimit:
    return OverLimit(f"arrays and objects are nested deeper than {levels_max} levels, the limit")


def _constant_found(text: str) -> NotJSON:
    # Everything before the first constant is well-formed, so the search ends there.
    found = next(each for each in _STRING_OR_CONSTANT.finditer(text) if each[1])
    at = JSONDecodeError(f"{found[1]} is no JSON number", text, found.start())
    return NotJSON(f"not JSON: {at}")
