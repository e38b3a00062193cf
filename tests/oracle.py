"""What the contract says, in plain Python: the truth that PostgreSQL's answers are held to."""

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def recomputed_hash(incident: dict[str, Any]) -> str:
    """The hash as anyone can recompute it, from an incident as it came back."""
    text = json.dumps({"1": incident["headers"], "2": incident["body"]}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def matches(example: str, headers: dict[str, str], body: str) -> bool:
    """Whether each entry of the example is contained in the headers or in the body.

    Of a body that is an array one element, with the headers, has to contain them all. The names of
    headers are the same in any case.
    """
    value = _searchable(_read(body))
    entries = _searchable(_read(example)).items()
    return any(
        all(_in_headers(headers, *entry) or _contains(place, dict([entry])) for entry in entries)
        for place in ([*value, None] if isinstance(value, list) else [value])
    )


def _in_headers(headers: dict[str, str], key: str, entry: Any) -> bool:
    return key.isascii() and any(
        name.lower() == key.lower() and _contains(value, entry) for name, value in headers.items()
    )


def _read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def _searchable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNFIT.sub("\ufffd", value)
    if isinstance(value, list):
        return [_searchable(each) for each in value]
    if isinstance(value, dict):
        return {_searchable(key): _searchable(each) for key, each in value.items()}
    return value


def _contains(left: Any, right: Any) -> bool:
    """`left @> right`, below the top level (PostgreSQL, section 8.14.3)."""
    if isinstance(right, dict):
        return isinstance(left, dict) and all(
            key in left and _contains(left[key], each) for key, each in right.items()
        )
    if isinstance(right, list):
        return isinstance(left, list) and all(
            any(_contains(candidate, each) for candidate in left) for each in right
        )
    return _kind(left) is _kind(right) and bool(left == right)


def _kind(value: Any) -> type:
    return (
        Decimal
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        else type(value)
    )
