"""What a request is known by when it is sent again: its Idempotency-Key, and what it brings.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple, Self

from incidents.core.incident import Incident

# The second is that of Standard Webhooks.
_HEADERS = (b"idempotency-key", b"webhook-id")
_HASH_BYTES = 32


def has_key(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the head of a request may have a key. Costs next to nothing."""
    return b"idempotency-key" in headers or b"webhook-id" in headers


class RequestKey(NamedTuple):
    """A request, whichever worker it comes to; `scope` is 32 bytes.

    `is_given`: by its client, so that it can come again.
    """

    scope: bytes
    is_given: bool = True

    @classmethod
    def of(cls, headers: Mapping[bytes, bytes], source: bytes | None) -> Self | None:
        """That of a request with these headers, from the holder of that key; None without one.

        Keys of the API are apart: nobody meets a value that another one chose.
        """
        value = next(filter(None, map(headers.get, _HEADERS)), None)
        if value is None:
            return None
        return cls(sha256(sha256(source or b"").digest() + value).digest())

    @classmethod
    def new(cls) -> Self:
        """One that no other request has."""
        return cls(secrets.token_bytes(_HASH_BYTES), is_given=False)

    @property
    def lock(self) -> int:
        """A number for it, as PostgreSQL's advisory locks have: 64 bits with a sign."""
        return int.from_bytes(self.scope[:8], "big", signed=True)

    def of_line(self, number: int, element: int = 0) -> bytes:
        """The key of a line of it, and of an element of that line. One report is line 1."""
        return sha256(b"%b %d %d" % (self.scope, number, element)).digest()


class Unit(NamedTuple):
    """What is stored once, all of it or nothing: mostly one incident, a line of its request.

    `content` is the same for the same bytes, `status` that of its answer.
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
        """The unit of these; without a key that of the first line."""
        return cls(request, key or request.of_line(1), content_of(incidents), status, incidents)


class Found(NamedTuple):
    """By their keys: what was `known` before, and what was `stored` now.

    What is in neither is in flight elsewhere.
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
    """32 bytes for what came of these; of redacted fields, for what is stored of them."""
    each = [sha256(incident.raw or incident.body.encode()).digest() for incident in incidents]
    return each[0] if len(each) == 1 else sha256(b"".join(each)).digest()


def hashes_in(joined: bytes) -> list[bytes]:
    """The hashes that were joined."""
    return [joined[at : at + _HASH_BYTES] for at in range(0, len(joined), _HASH_BYTES)]
