"""A rejected report: the part that arrived, and why it was refused."""

import json
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from incidents.core.incident import rfc3339

# Bytes of each body that are stored.
BODY_BYTES_MAX = 64 * 1024
# The statuses of refusals that are stored: errors that an authorized client can fix in its report.
# (424: another line of an atomic request was refused.)
STATUSES = (400, 409, 413, 415, 422, 424)

# Roughly the overhead of a row, and of an entry in the queue.
_OVERHEAD_BYTES = 512

_decoder = getincrementaldecoder("utf-8")


class Rejection(NamedTuple):
    """A report, or a line of one, that was just refused.

    `headers` and `query` are as they came, with secrets; `signature` is the result of the signature
    check, if there was one. `body` is what arrived of it, at most BODY_BYTES_MAX; None if bodies
    are not stored.
    """

    received_at: datetime
    status: int
    detail: str
    headers: Sequence[tuple[bytes, bytes]]
    query: bytes
    address: str | None
    key: str | None
    body: bytes | None
    is_truncated: bool
    signature: str | None = None

    @property
    def size(self) -> int:
        """Roughly its memory in bytes."""
        headers = sum([len(name) + len(value) for name, value in self.headers])
        return _OVERHEAD_BYTES + headers + len(self.query) + len(self.body or b"")


class RejectedReport(NamedTuple):
    """A rejected report, ready to be stored: `headers` is a JSON text without secrets."""

    received_at: datetime
    status: int
    detail: str
    headers: str
    address: str | None
    key: str | None
    body: bytes | None
    is_truncated: bool

    @property
    def size(self) -> int:
        """Roughly the bytes of its row."""
        body = 0 if self.body is None else len(self.body)
        return _OVERHEAD_BYTES + len(self.headers) + len(self.detail) + body


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """A rejected report, read from the database."""

    id: int
    received_at: datetime
    status: int
    detail: str
    headers: str
    address: str | None
    key: str | None
    body: bytes | None
    is_truncated: bool

    def to_json(self) -> str:
        """As a JSON object."""
        known = {
            "id": self.id,
            "received_at": rfc3339(self.received_at),
            "status": self.status,
            "detail": self.detail,
            "address": self.address,
            "key": self.key,
            "body": None if self.body is None else self._shown(self.body),
            "truncated": self.is_truncated,
        }
        return f'{json.dumps(known)[:-1]}, "headers": {self.headers}}}'

    def _shown(self, body: bytes) -> Any:
        """The text, without a last character that was cut; base64 if it is not UTF-8."""
        try:
            return _decoder().decode(body, final=not self.is_truncated)
        except UnicodeDecodeError:
            return {"base64": b64encode(body).decode()}
