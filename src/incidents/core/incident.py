"""An incident: what is stored of a request."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from incidents.core import json_text
from incidents.core.api_key import holds_key
from incidents.core.grouping.keys import GroupKeys, keys_of
from incidents.core.hashing import fingerprint

REDACTED = "[redacted]"
# The `raw` of an incident whose original bytes are not kept. A report is never empty.
NOT_KEPT = b""

# Only the server sets headers with this prefix.
OWN_PREFIX = b"incidents-"


class Body(NamedTuple):
    """The JSON text of a body. `raw` has the bytes as they came, unless they are the text in UTF-8.

    `raw` is NOT_KEPT if the original bytes must not be stored.
    """

    text: str
    raw: bytes | None = None


class Incident(NamedTuple):
    """One report, ready to be stored; the database gives it an id.

    `headers` and `body` are JSON texts. `body_for_search` is None unless `jsonb` cannot hold the
    body: then it is the text that is searched instead. `hash` is 32 bytes. `raw` has the bytes as
    they came; None if they are the body in UTF-8, NOT_KEPT if they are not kept. The last three
    say which group it can belong to (see core/grouping/keys.py).
    """

    received_at: datetime
    hash: bytes
    headers: str
    body: str
    body_for_search: str | None
    raw: bytes | None
    group: int
    old_group: int | None
    service_group: int


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """One incident, read from the database."""

    id: int
    received_at: datetime
    hash: bytes
    headers: str
    body: str
    raw: bytes | None = None
    group: int | None = None

    def to_json(self) -> str:
        """The incident as a JSON object, with the body as it was sent."""
        return (
            f'{{"id": {self.id}, "hash": "{self.hash.hex()}", '
            f'"received_at": "{rfc3339(self.received_at)}", '
            f'"body": {self.body}, "headers": {self.headers}}}'
        )

    def to_line(self) -> str:
        """The same on one line. Unescaped line breaks in JSON are white space, so they can go."""
        return self.to_json().replace("\r", " ").replace("\n", " ")


def rfc3339(time: datetime) -> str:
    """The time in UTC, with microseconds, as RFC 3339 writes it."""
    # strftime takes ten times as long.
    return time.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def make_incident(
    headers: str, raw: bytes, received_at: datetime, nesting_levels_max: int
) -> Incident:
    """The incident of a request, ready to be stored.

    `headers` is the canonical text of what `stored_headers` returns, `raw` the bytes of the body.
    Raises NotJSON and OverLimit as `json_text.parse` does.
    """
    return incident_of(headers, Body(json_text.decode(raw)), received_at, nesting_levels_max)


def incident_of(
    headers: str, body: Body, received_at: datetime, nesting_levels_max: int
) -> Incident:
    """As `make_incident`, for a body whose text is known."""
    return of_derived(headers, body, received_at, derived(headers, body.text, nesting_levels_max))


class Derived(NamedTuple):
    """What follows from the headers and the body of an incident."""

    hash: bytes
    body_for_search: str | None
    groups: GroupKeys


def derived(headers: str, body: str, nesting_levels_max: int) -> Derived:
    """What follows from these texts. Raises as `make_incident` does.

    For the process that parses heavy reports, too, which does not build the incident itself.
    """
    value = json_text.parse(body, nesting_levels_max)
    return Derived(
        fingerprint(headers, value),
        json_text.for_search(body, nesting_levels_max),
        keys_of(headers, value),
    )


def of_derived(headers: str, body: Body, received_at: datetime, derived_: Derived) -> Incident:
    """The incident of these texts, of which it is known what follows from them."""
    hash_, for_search, groups = derived_
    return Incident(received_at, hash_, headers, body.text, for_search, body.raw, *groups)


def stored_headers(raw: Sequence[tuple[bytes, bytes]], secret: Container[bytes]) -> dict[str, str]:
    """The headers as they are stored: without secrets, each name once.

    `raw` are pairs of a lower-case name and a value, in the order they came; `secret` contains the
    lower-case names of secret headers. A value or name that contains an API key is redacted
    whatever the name. Repeated headers are joined with ", " (RFC 9110, section 5.3), cookies with
    "; " (RFC 9113, section 8.2.3). Headers that only the server sets are dropped.
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
    """Redacts the parts of a repeated header if one of them, or all joined, contains a key."""
    parts: dict[bytes, list[bytes]] = {name: [] for name in names}
    for name, value in raw:
        if name in parts:
            parts[name].append(value)
    for name, values in parts.items():
        if any(map(holds_key, values)) or holds_key(b"".join(values)):
            headers[header_name(name)] = REDACTED


@lru_cache(maxsize=1024)
def header_name(raw: bytes) -> str:
    """`content-type` as `Content-Type`; REDACTED if the name contains a key."""
    if holds_key(raw):
        return REDACTED
    return "-".join(word.capitalize() for word in raw.decode("latin-1").split("-"))


def header_value(raw: bytes) -> str:
    """The value as it is stored."""
    # Bytes beyond ASCII have no charset (RFC 9110, section 5.5). Most senders mean UTF-8.
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
