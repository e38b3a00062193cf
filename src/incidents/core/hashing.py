"""The hash of an incident.

`sha256(json.dumps({"1": headers, "2": body}, sort_keys=True))` with the other defaults of Python's
standard `json`. So anyone can recompute it from an incident.
"""

from hashlib import sha256
from json import JSONEncoder
from typing import Any

from incidents.core.errors import OverLimit

# One encoder for all calls: json.dumps builds a new one whenever an option is not the default.
# Parsed JSON has no cycles, so these are not checked for.
_encode = JSONEncoder(sort_keys=True, allow_nan=False, check_circular=False).encode


def canonical(value: Any) -> str:
    """The JSON text, in ASCII and with sorted keys, of a value from `json.loads`.

    Raises OverLimit for a number beyond a double: `json.loads` reads it as infinity, which JSON
    cannot express.
    """
    try:
        return _encode(value)
    except ValueError as error:
        raise OverLimit(
            "a number is out of the range of a double: nothing past ±1.7976931348623157e308"
        ) from error


def fingerprint(headers: str, body: Any) -> bytes:
    """32 bytes, the same for the same headers and body, whatever the order of keys.

    `headers` is the canonical text of the headers, `body` the parsed body. Raises OverLimit as
    `canonical` does.
    """
    return sha256(f'{{"1": {headers}, "2": {canonical(body)}}}'.encode("ascii")).digest()
