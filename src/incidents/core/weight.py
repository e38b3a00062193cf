"""Estimates how much work a report is, for this program and for PostgreSQL.

The work grows with its bytes and, faster, with its number of values. A heavy report is parsed in a
process beside the event loop and stored in a transaction of its own
(docs/decisions/*-group-commit.md).
"""

import re

# No shorter text is heavy: for most reports the length alone decides.
LIGHT_BYTES_MAX = 1024

# In bytes of plain text that cost the same: about 0.1 µs each, here and in PostgreSQL together.
HEAVY_BYTES_MIN = 16 * 1024
_VALUE = 60
# PostgreSQL's `numeric` stores every decimal place: 1e-9999 takes 5,000 bytes.
_TINY_NUMBER = 1000
_TINY_NUMBERS = (re.compile(rb"e-0*[1-9]\d{3}"), re.compile(rb"E-0*[1-9]\d{3}"))


def is_heavy(raw: bytes) -> bool:
    """Whether a JSON text takes more than some milliseconds: other requests would notice."""
    weight = len(raw)
    if weight < HEAVY_BYTES_MIN:
        weight += _VALUE * raw.count(b",")
    # The pattern is only applied if there can be enough matches: it is slower than all the rest.
    at_most = _TINY_NUMBER * (raw.count(b"e-") + raw.count(b"E-"))
    if weight < HEAVY_BYTES_MIN <= weight + at_most:
        weight += _TINY_NUMBER * _tiny_numbers(raw)
    return weight >= HEAVY_BYTES_MIN


def _tiny_numbers(raw: bytes) -> int:
    return sum([len(each.findall(raw)) for each in _TINY_NUMBERS])
