"""The hash of an incident.

`sha256(json.dumps({"1": headers, "2": body}, sort_keys=True))` with the defaults of Python's
standard `json` otherwise: anyone can recompute it from an incident that they were given.
"""

from hashlib import sha256
from json import JSONEncoder
from typing import Any

from incidents.core.errors import OverLimit

# One encoder for all: json.dumps builds one a call when an option differs from its default.
# What was parsed from a text holds no circle to check for.
_encode = JSONEncoder(sort_keys=True, allow_nan=False, check_circular=False).encode


def canonical(value: Any) -> str:
    """The one JSON text, in ASCII, of a value that `json.loads` made of any of its texts.

    Raises OverLimit for a number that a double cannot hold: `json.loads` makes such a one
    infinite, which JSON cannot say.
    """
    try:
        return _encode(value)
    except ValueError as error:
        raise OverLimit(
            "a number is out of the range of a double: nothing past ±1.7976931348623157e308"
        ) from error


def fingerprint(headers: str, body: Any) -> bytes:
    """The same 32 bytes for the same headers and body, whatever the order of their keys.

    `headers` is the canonical text of the headers, `body` what `json.loads` made of the
    body's text. Raises OverLimit as `canonical` does.
    """
    return sha256(f'{{"1": {headers}, "2": {canonical(body)}}}'.encode("ascii")).digest()
