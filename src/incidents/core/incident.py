"""An incident, and what of a request it keeps."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from incidents.core import json_text
from incidents.core.api_key import holds_key
from incidents.core.hashing import fingerprint

REDACTED = "[redacted]"
# The `raw` of an incident of which what came is not kept. No report is empty.
NOT_KEPT = b""

# Headers that come from the server alone.
OWN_PREFIX = b"incidents-"


class Body(NamedTuple):
    """The JSON text of a body; `raw` is what came, where that is not the UTF-8 of the text.

    It is NOT_KEPT where that must not be stored.
    """

    text: str
    raw: bytes | None = None


class Incident(NamedTuple):
    """One report as it goes to disk; it gets its id when it is stored.

    `headers` and `body` are JSON texts. `body_for_search` is None unless `jsonb` cannot
    hold the body, and then the text that is searched in its place. `hash` is 32 bytes. `raw` is
    what came, where that is not the UTF-8 of the body, else None; NOT_KEPT where it is nowhere.
    """

    received_at: datetime
    hash: bytes
    headers: str
    body: str
    body_for_search: str | None
    raw: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """One incident as it came back from disk."""

    id: int
    received_at: datetime
    hash: bytes
    headers: str
    body: str
    raw: bytes | None = None

    def to_json(self) -> str:
        """The incident as a JSON object, its body as it was sent."""
        return (
            f'{{"id": {self.id}, "hash": "{self.hash.hex()}", '
            f'"received_at": "{rfc3339(self.received_at)}", '
            f'"body": {self.body}, "headers": {self.headers}}}'
        )

    def to_line(self) -> str:
        """The same on one line: a line break in JSON is white space, or it is escaped."""
        return self.to_json().replace("\r", " ").replace("\n", " ")


def rfc3339(time: datetime) -> str:
    """The time in UTC, with microseconds, as RFC 3339 writes it."""
    # Not strftime, which takes ten times as long.
    return time.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def make_incident(
    headers: str, raw: bytes, received_at: datetime, nesting_levels_max: int
) -> Incident:
    """The incident of a request, ready to store.

    `headers` is the canonical text of what `stored_headers` makes, `raw` the body's bytes.
    Raises NotJSON and OverLimit as `json_text.parse` does.
    """
    return incident_of(headers, Body(json_text.decode(raw)), received_at, nesting_levels_max)


def incident_of(
    headers: str, body: Body, received_at: datetime, nesting_levels_max: int
) -> Incident:
    """The same of a body whose text is known."""
    value = json_text.parse(body.text, nesting_levels_max)
    return Incident(
        received_at=received_at,
        hash=fingerprint(headers, value),
        headers=headers,
        body=body.text,
        body_for_search=json_text.for_search(body.text, nesting_levels_max),
        raw=body.raw,
    )


def hashed(headers: str, body: str, nesting_levels_max: int) -> tuple[bytes, str | None]:
    """Of an incident with these texts: `hash` and `body_for_search`. Raises as `make_incident`.

    For where the incident itself is made elsewhere.
    """
    value = json_text.parse(body, nesting_levels_max)
    return fingerprint(headers, value), json_text.for_search(body, nesting_levels_max)


def stored_headers(raw: Sequence[tuple[bytes, bytes]], secret: Container[bytes]) -> dict[str, str]:
    """The headers as they are stored: no secret among them, no name twice.

    `raw` are pairs of a lower-case name and a value, in the order they came; `secret` has
    the lower-case names of secrets. A value with one of our keys in it is a secret whatever its
    name, and so is such a name. A name that came twice is joined with ", " (RFC 9110, section 5.3),
    cookies with "; " (RFC 9113, section 8.2.3). Those that only the server says are left out.
    """
    headers: dict[str, str] = {}
    repeated = set()
    for raw_name, raw_value in raw:
        if raw_name.startswith(OWN_PREFIX):
            continue
        name = header_name(raw_name)
        if raw_name in secret or name is REDACTED or holds_key(raw_value):
            headers[name] = REDACTED
        elif name not in headers:
            headers[name] = header_value(raw_value)
        else:
            repeated.add(raw_name)
            joint = "; " if raw_name == b"cookie" else ", "
            headers[name] += joint + header_value(raw_value)
    if repeated:
        _redact_split(headers, raw, repeated)
    return headers


def _redact_split(
    headers: dict[str, str], raw: Iterable[tuple[bytes, bytes]], names: set[bytes]
) -> None:
    """Redacts what was sent in parts of which one holds a key, or all together do."""
    parts: dict[bytes, list[bytes]] = {name: [] for name in names}
    for name, value in raw:
        if name in parts:
            parts[name].append(value)
    for name, values in parts.items():
        if any(map(holds_key, values)) or holds_key(b"".join(values)):
            headers[header_name(name)] = REDACTED


@lru_cache(maxsize=1024)
def header_name(raw: bytes) -> str:
    """`content-type` as `Content-Type`; REDACTED where there is a key in it."""
    if holds_key(raw):
        return REDACTED
    return "-".join(word.capitalize() for word in raw.decode("latin-1").split("-"))


def header_value(raw: bytes) -> str:
    """The value as it is stored."""
    # RFC 9110, section 5.5: beyond ASCII the bytes are opaque. Nearly all who send such mean UTF-8.
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
