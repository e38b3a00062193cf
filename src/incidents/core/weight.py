"""What a text costs those who work on it, estimated from what it is made of.

A report is parsed and hashed here, stored and indexed by PostgreSQL. Its share of both grows with
its bytes and, faster, with its values. What is heavy is parsed beside the event loop, and stored in
a transaction of its own (docs/decisions/*-group-commit.md).
"""

import re

# Nothing so short is heavy: most reports are known by their length alone.
LIGHT_BYTES_MAX = 1024

# In bytes of plain text that cost as much: about 0.1 µs each, here and in PostgreSQL together.
HEAVY_BYTES_MIN = 16 * 1024
_VALUE = 60
# PostgreSQL's `numeric` keeps each digit behind the point: 1e-9999 has 5,000 bytes.
_TINY_NUMBER = 1000
_TINY_NUMBERS = (re.compile(rb"e-0*[1-9]\d{3}"), re.compile(rb"E-0*[1-9]\d{3}"))


def is_heavy(raw: bytes) -> bool:
    """Whether a JSON text costs so much that others would notice: more than some milliseconds."""
    weight = len(raw)
    if weight < HEAVY_BYTES_MIN:
        weight += _VALUE * raw.count(b",")
    # Looked for where there can be enough of them: to look takes longer than all else here.
    at_most = _TINY_NUMBER * (raw.count(b"e-") + raw.count(b"E-"))
    if weight < HEAVY_BYTES_MIN <= weight + at_most:
        weight += _TINY_NUMBER * _tiny_numbers(raw)
    return weight >= HEAVY_BYTES_MIN


def _tiny_numbers(raw: bytes) -> int:
    return sum([len(each.findall(raw)) for each in _TINY_NUMBERS])
