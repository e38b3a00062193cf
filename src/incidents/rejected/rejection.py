"""A rejected report: what came of it, and why it was refused."""

import json
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from incidents.core.incident import rfc3339

# Of each body so much is kept.
BODY_BYTES_MAX = 64 * 1024
# The statuses of refusals that are kept: what an authorized client can change in its report.
# (424 have lines of which all or none were to be stored: another one was refused.)
STATUSES = (400, 409, 413, 415, 422, 424)

# About what a row, and an entry of the queue, takes beside what it holds.
_OVERHEAD_BYTES = 512

_decoder = getincrementaldecoder("utf-8")


class Rejection(NamedTuple):
    """A report, or a line of one, that was refused just now.

    `headers` and `query` are as they came, with secrets; `signature` is what the server found of
    the signature, if it looked. `body` is what had come of it, at most BODY_BYTES_MAX; None where
    bodies are not kept.
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
        """About the bytes that it takes in memory."""
        headers = sum([len(name) + len(value) for name, value in self.headers])
        return _OVERHEAD_BYTES + headers + len(self.query) + len(self.body or b"")


class RejectedReport(NamedTuple):
    """One as it goes to disk: `headers` is a JSON text without secrets."""

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
        """About the bytes that its row takes."""
        body = 0 if self.body is None else len(self.body)
        return _OVERHEAD_BYTES + len(self.headers) + len(self.detail) + body


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """One as it came back from disk."""

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
        """A JSON object."""
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
        """The text, without what was cut off of its last character; or base64, where it is none."""
        try:
            return _decoder().decode(body, final=not self.is_truncated)
        except UnicodeDecodeError:
            return {"base64": b64encode(body).decode()}
