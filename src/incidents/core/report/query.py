"""The parameters of a report's URL: those of the server, and those of the sender."""

import re
from collections.abc import Container
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl

from incidents.core.api_key import holds_key
from incidents.core.errors import BadParameter
from incidents.core.incident import REDACTED

T = TypeVar("T")

_BOOLEAN = {"true": True, "false": False}
_OWN = ("split", "status", "atomic")
_STATUS = {"200": 200, "201": 201}
# Names of secret parameters, besides those that would be secret as headers.
_SECRET = re.compile(r"key|sig", re.IGNORECASE)

# The header in which they are stored.
QUERY = "Incidents-Query"

# One value, or an array of them if the parameter is repeated.
Values = dict[str, str | list[str]]


class Query(NamedTuple):
    """`split`, `status` and `atomic` are the server's parameters; `sent` are all others.

    `validation_token` is what Microsoft Graph expects back.
    """

    split: bool
    status: int
    sent: Values
    validation_token: str | None = None
    atomic: bool = False


_NO_QUERY = Query(split=False, status=201, sent={})


def read_query(query: bytes, secret: Container[bytes]) -> Query:
    """The parameters of a URL's query. `secret` contains the lower-case names of secret headers.

    Secret values, and those that contain an API key, are redacted. Raises BadParameter if a
    parameter of the server has an unknown value.
    """
    if not query:
        return _NO_QUERY
    pairs = _pairs(query)
    own = {name: value for name, value in pairs if name in _OWN}
    return Query(
        split=_one_of(_BOOLEAN, "split", own.get("split", "false")),
        atomic=_one_of(_BOOLEAN, "atomic", own.get("atomic", "false")),
        status=_one_of(_STATUS, "status", own.get("status", "201")),
        sent=_sent(pairs, secret),
        validation_token=dict(pairs).get("validationToken"),
    )


def sent_values(query: bytes, secret: Container[bytes]) -> Values:
    """The sender's parameters, even where those of the server are invalid."""
    return _sent(_pairs(query), secret) if query else {}


def _pairs(query: bytes) -> list[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="replace")


def _sent(pairs: list[tuple[str, str]], secret: Container[bytes]) -> Values:
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in _OWN:
            sent.setdefault(name, []).append(_shown(name, value, secret))
    return {name: each[0] if len(each) == 1 else each for name, each in sent.items()}


def _shown(name: str, value: str, secret: Container[bytes]) -> str:
    as_header = name.lower().replace("_", "-").encode(errors="replace")
    is_secret = _SECRET.fullmatch(name) is not None or as_header in secret
    return REDACTED if is_secret or holds_key(value.encode(errors="replace")) else value


def _one_of(known: dict[str, T], name: str, value: str) -> T:
    try:
        return known[value]
    except KeyError:
        raise BadParameter(name, f"it is one of {', '.join(known)}") from None
