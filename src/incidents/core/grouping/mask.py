"""Texts without what differs from one incident of a problem to the next.

The marks stand in titles, so they are what a person can read: `order # of "…" from <ip>`.
"""

import re

# Of each text. What differs further back does not make another group.
TEXT_CHARS_MAX = 400

_QUOTED = re.compile(
    r"""(?<!\w)(?:"[^"\n]{0,200}"|'[^'\n]{0,200}'|`[^`\n]{0,200}`)(?!\w)""", re.ASCII
)
_QUOTES = ('"', "'", "`")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
# The first that fits; each is bounded, and none can be read in two ways.
_VARYING = re.compile(
    r"(?P<uuid>(?<![0-9a-fA-F])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    rf"|(?P<time>\d{{4}}[-/.]\d\d[-/.]\d\d(?:[T ]{_CLOCK})?(?:Z|[+-]\d\d:?\d\d)?"
    rf"|(?:{_DAY},? )?(?:\d\d?[ /-]{_MONTH}[ /-]\d{{4}}|{_MONTH} [ \d]\d)[ :]{_CLOCK}"
    rf"(?: ?(?:GMT|UTC|[+-]\d{{4}}))?"
    rf"|{_CLOCK})"
    r"|(?P<ip>\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|(?<![0-9a-zA-Z:])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{1,4}(?![0-9a-zA-Z:]))"
    r"|(?P<number>(?:0x)?[0-9a-fA-F]{8,}|-?\d+(?:[.,]\d+)*)",
    re.ASCII,
)
_MARKS = {"uuid": "<uuid>", "time": "<time>", "ip": "<ip>", "number": "#"}


def mask(text: str) -> str:
    """The beginning of the text on one line, with marks for what varies.

    `#` is a number, or a run of 8 or more hexadecimal digits; `<uuid>`, `<time>` and `<ip>` say
    what they are; `"…"` is quoted text. Takes time in proportion to the length.
    """
    text = " ".join(text[:TEXT_CHARS_MAX].split())
    if any(quote in text for quote in _QUOTES):
        text = _QUOTED.sub(lambda found: f"{found[0][0]}…{found[0][0]}", text)
    return _VARYING.sub(lambda found: _MARKS[found.lastgroup or "number"], text)
