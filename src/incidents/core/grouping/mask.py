"""Texts without what differs from one incident of a problem to the next.

`#` stands for what varies: `order # of "…" from #`. It is one mark for numbers, hexadecimal ids,
UUIDs, addresses and times, because senders write the same thing now as one and now as another.
"""

import re
import string
from functools import lru_cache

# Of each text. What differs behind them does not make another group.
TEXT_CHARS_MAX = 400
# Names of code and of fields: the same ones again and again.
_REMEMBERED_MAX = 2048

MARK = "#"
_QUOTED_CHARS_MAX = 200
_ADDRESS_COLONS_MIN = 5
_CLOCK_COLONS_MIN = 2
_UUID_DASHES = 4
_HEX_MIN = 8

# Every pattern is read in one way only (possessive or bounded), and begins with a character or a
# set: so the time is in proportion to the length, and most of a text is skipped.
_HEX = "[0-9a-fA-F]"
_NO_WORD = "(?![0-9A-Za-z_])"
# What is quoted varies, but not a message in logfmt, nor the request of an access log.
_QUOTED = re.compile(
    "(?<![0-9A-Za-z_])(?<!msg=)(?<!message=)(?<!error=)(?<!err=)"
    '(?:"(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) )[^"]{0,N}"'
    "|'[^']{0,N}'|`[^`]{0,N}`|“[^”]{0,N}”|«[^»]{0,N}»)".replace("N", str(_QUOTED_CHARS_MAX))
    + _NO_WORD
)
_URL_HOST = re.compile(r"://[^\s/?\"'<>)\]]++")
_MAIL = re.compile(r"[0-9A-Za-z_.+-]{1,64}+@[0-9A-Za-z_.-]{1,255}+")
# From the first dot on; a name of three labels or more.
_HOST = re.compile(r"\.[a-z][a-z0-9_-]*+\.[a-z][a-z0-9._-]*+(?![A-Za-z(])")
_MONTH = "(?:an|eb|ar|pr|ay|un|ul|ug|ep|ct|ov|ec)"
_DAY_OR_MONTH = re.compile(
    rf"[SMTWFJAOND](?:(?:un|on|ue|ed|hu|ri|at)|{_MONTH})"
    rf"(?=,?[ /-]{{1,2}}(?:[0-9]|[SMTWFJAOND]{_MONTH}))"
)
_UUID = re.compile(rf"{_HEX}{_HEX}{{7}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}")
# Letters alone, at the start of a word; with a digit among them they are an id (`_without_id`).
_LETTERS_HEX = re.compile(rf"[a-fA-F](?<![0-9A-Za-z].)[a-fA-F]{{7}}{_HEX}*+")
# With what an address can have, and names of C++ do not.
_COLONS = re.compile(
    r"(?<![0-9A-Za-z_:])[0-9a-fA-F:]{2,40}+(?:\.[0-9]{1,3}+){0,3}+(?![0-9A-Za-z_:])"
)
# With the rest of its word (30ms, 0x7ffe), and with what is joined to it (10.0.0.1:80, 1, 2, 3).
_NUMBER = re.compile("([0-9][0-9A-Za-z]*+(?:(?:[.,:/+-]{1,2}+|, )[0-9][0-9A-Za-z]*+)*+)")
_SIZE = re.compile(rf"# (?:[KMGT]i?)?B{_NO_WORD}")
_SIGN = re.compile("-(?<![0-9A-Za-z].)#")
_OTHER_DIGIT = re.compile(r"\d")

_IN_NAME = re.compile("(?:0x)?[0-9a-fA-F]{8,}|[0-9]+")

_LETTERS = string.ascii_letters
_HEX_LETTERS = "abcdefABCDEF"
_LABEL = string.ascii_letters + string.digits + "_-"


def mask(text: str) -> str:
    """The beginning of the text on one line, with `#` for what varies and `"…"` for quoted text.

    Takes time in proportion to the length.
    """
    text = text[:TEXT_CHARS_MAX]
    is_ascii = text.isascii()
    if not is_ascii:
        text = _OTHER_DIGIT.sub("0", text)
    if "\n" in text or "  " in text or not text.isprintable():
        text = " ".join(text.split())
    if '"' in text or "'" in text or "`" in text or not is_ascii:
        text = _QUOTED.sub(lambda found: f"{found[0][0]}…{found[0][-1]}", text)
    if text.count("-") >= _UUID_DASHES:
        text = _UUID.sub(MARK, text)
    return _numbers(_LETTERS_HEX.sub(MARK, _addresses(text)))


@lru_cache(maxsize=_REMEMBERED_MAX)
def mask_name(name: str) -> str:
    """A name of code or of a field, with `#` for its numbers and hexadecimal ids."""
    return _IN_NAME.sub(MARK, name)


def _addresses(text: str) -> str:
    """Without hosts, mail addresses, IPv6 addresses, and names of days and months."""
    if "@" in text:
        text = _MAIL.sub(MARK, text)
    if "." in text and _HOST.search(text):
        *before, last = _HOST.split(text)
        text = MARK.join([*(each.rstrip(_LABEL) for each in before), last])
    if ":" in text:
        if "://" in text:
            text = _URL_HOST.sub(f"://{MARK}", text)
        if "::" in text or text.count(":") >= _ADDRESS_COLONS_MIN:
            text = _COLONS.sub(_address, text)
        if text.count(":") >= _CLOCK_COLONS_MIN:
            text = _DAY_OR_MONTH.sub(MARK, text)
    return text


def _address(found: re.Match[str]) -> str:
    """Of IPv6, or of a network card; a time with colons is a number."""
    text = found[0]
    if "::" not in text and text.count(":") < _ADDRESS_COLONS_MIN:
        return text
    # A colon behind an address is not the address's own: `fe80::1: timeout`.
    has_colon = text.endswith(":") and (not text.endswith("::") or text.endswith(":::"))
    return f"{MARK}:" if has_colon else MARK


def _numbers(text: str) -> str:
    pieces = _NUMBER.split(text)
    if len(pieces) == 1:
        return text
    for at in range(1, len(pieces), 2):
        if pieces[at - 1][-1:].isalpha():
            pieces[at - 1] = _without_id(pieces[at - 1], pieces[at])
        pieces[at] = MARK
    text = "".join(pieces)
    while "##" in text:
        text = text.replace("##", MARK)
    if "-#" in text:
        text = _SIGN.sub(MARK, text)
    return _SIZE.sub(MARK, text) if "B" in text else text


def _without_id(before: str, number: str) -> str:
    """What stands before a number, without the letters of the id that the number is part of.

    `db1` is a name and a number; `x2x7q` and `NffrFeU2Hib` are ids.
    """
    stem = before.rstrip(_LETTERS)
    name = before[len(stem) :]
    is_name = len(name) > 1 and (name.islower() or name.isupper() or name.istitle())
    is_hex = len(name) + len(number) >= _HEX_MIN and not name.strip(_HEX_LETTERS)
    return before if is_name and not is_hex and number.upper() == number.lower() else stem
