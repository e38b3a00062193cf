"""How a repeated request is recognized: by its Idempotency-Key and its content.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple, Self

from incidents.core.incident import Incident

# The second name is that of Standard Webhooks.
_HEADERS = (b"idempotency-key", b"webhook-id")
_HASH_BYTES = 32


def has_key(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the headers of a request may contain a key. Costs next to nothing."""
    return b"idempotency-key" in headers or b"webhook-id" in headers


class RequestKey(NamedTuple):
    """The identity of a request in all workers; `scope` is 32 bytes.

    `is_given`: the client chose it, so the request can be repeated.
    """

    scope: bytes
    is_given: bool = True

    @classmethod
    def of(cls, headers: Mapping[bytes, bytes], source: bytes | None) -> Self | None:
        """The key of a request with these headers and that API key; None if it has none.

        Each API key has its own values: clients cannot collide with those of others.
        """
        value = next(filter(None, map(headers.get, _HEADERS)), None)
        if value is None:
            return None
        return cls(sha256(sha256(source or b"").digest() + value).digest())

    @classmethod
    def new(cls) -> Self:
        """A key that no other request has."""
        return cls(secrets.token_bytes(_HASH_BYTES), is_given=False)

    @property
    def lock(self) -> int:
        """Its number for PostgreSQL's advisory locks: 64 bits, signed."""
        return int.from_bytes(self.scope[:8], "big", signed=True)

    def of_line(self, number: int, element: int = 0) -> bytes:
        """The key of a line, and of an element of that line. A single report is line 1."""
        return sha256(b"%b %d %d" % (self.scope, number, element)).digest()


class Unit(NamedTuple):
    """What is stored once, as a whole or not at all: usually one incident, a line of its request.

    `content` is equal for equal bytes; `status` is that of the reply.
    """

    request: RequestKey
    key: bytes
    content: bytes
    status: int
    incidents: Sequence[Incident]

    @classmethod
    def of(
        cls,
        request: RequestKey,
        incidents: Sequence[Incident],
        *,
        key: bytes | None = None,
        status: int = HTTPStatus.OK,
    ) -> Self:
        """The unit of these incidents; without a key, that of the first line."""
        return cls(request, key or request.of_line(1), content_of(incidents), status, incidents)


class Found(NamedTuple):
    """By key: the units that were `known` before, and those `stored` now.

    Units in neither are in flight elsewhere.
    """

    known: "dict[bytes, Remembered]"
    stored: "dict[bytes, Remembered]"


class Remembered(NamedTuple):
    """What was stored under the key of a unit, now or before."""

    content: bytes
    status: int
    ids: Sequence[int]
    hashes: Sequence[bytes]


def content_of(incidents: Iterable[Incident]) -> bytes:
    """32 bytes that identify the original bytes; with redacted fields, the stored text."""
    each = [sha256(incident.raw or incident.body.encode()).digest() for incident in incidents]
    return each[0] if len(each) == 1 else sha256(b"".join(each)).digest()


def hashes_in(joined: bytes) -> list[bytes]:
    """The hashes that were concatenated."""
    return [joined[at : at + _HASH_BYTES] for at in range(0, len(joined), _HASH_BYTES)]
