"""OpenTelemetry's logs: each log record as the body of an incident, whichever encoding it came in.

https://opentelemetry.io/docs/specs/otlp/#otlphttp
https://opentelemetry.io/docs/specs/otel/logs/data-model/
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, takewhile
from math import isfinite, isnan
from typing import Any, NamedTuple

from incidents.core.errors import TooLarge
from incidents.core.incident import Body

JSON = "application/json"
PROTOBUF = "application/x-protobuf"

# An exporter sends some hundreds, a Collector 8,192. A record can have two bytes, and is a row.
RECORDS_MAX = 50_000

# The member for what a record says.
BODY = "body"

_NANOS = 1_000_000_000

_encode = json.JSONEncoder(ensure_ascii=False).encode

Fields = dict[str, Any]


class Group(NamedTuple):
    """Log records of one resource and scope. All are members of JSON objects, without braces.

    `shared` are those of the resource and the scope. A record has its own, and what came of it.
    """

    shared: str
    records: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Logs:
    """What one request has."""

    groups: list[Group]

    @property
    def count(self) -> int:
        """How many log records these are."""
        return sum(len(group.records) for group in self.groups)

    def count_within(self, bytes_max: int) -> int:
        """How many of them, in order, have bodies of at most so many characters together.

        Each has its resource and its scope: a large resource of many small records is multiplied.
        """
        sizes = accumulate(len(body.text) for body in self.bodies())
        return sum(1 for _ in takewhile(lambda size: size <= bytes_max, sizes))

    def bodies(self) -> Iterator[Body]:
        """Their bodies, in order."""
        for group in self.groups:
            for members, raw in group.records:
                both = ", ".join(filter(None, (members, group.shared)))
                yield Body("{" + both + "}", raw)


def check_count(count: int) -> None:
    """Returns when a request may have so many log records. Raises TooLarge."""
    if count > RECORDS_MAX:
        raise TooLarge(
            f"the request has {count:,} log records; the limit is {RECORDS_MAX:,}: "
            "send fewer at once"
        )


def shared_members(
    resource: Fields, resource_dropped: int, resource_schema: str, scope: Fields
) -> str:
    """The members of a resource, whose attributes these are, and of a scope."""
    return members(
        {
            "resource": resource,
            "resource_dropped_attributes_count": resource_dropped,
            "resource_schema_url": resource_schema,
            "scope": {name: value for name, value in scope.items() if value},
        }
    )


def members(fields: Fields) -> str:
    """The members of a JSON object with these fields; those that are not set are left out.

    As in protobuf a field is not set where it is empty, zero or None; but a body that is there may
    be any of these.
    """
    return dumped({name: value for name, value in fields.items() if value or name == BODY})[1:-1]


def dumped(value: Any) -> str:
    """Its JSON text. A lone surrogate, which no encoding has, is escaped."""
    text = _encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def time_text(nanoseconds: int) -> str:
    """The time (of the Unix epoch) as RFC 3339 writes it, to the nanosecond; empty if not set."""
    if not nanoseconds:
        return ""
    seconds, rest = divmod(nanoseconds, _NANOS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def double(value: float) -> float | str:
    """A double as JSON can have it: what is no number by its name, as protobuf writes it."""
    if isfinite(value):
        return value
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def base64_text(value: bytes) -> str:
    """Bytes as JSON can have them."""
    return base64.b64encode(value).decode()
