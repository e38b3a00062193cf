"""OpenTelemetry's logs: each log record as the body of an incident, from either encoding.

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

# Exporters send some hundreds, a Collector 8,192. A record can have two bytes, and becomes a row.
RECORDS_MAX = 50_000

# The member for the record's body.
BODY = "body"

_NANOS = 1_000_000_000

_encode = json.JSONEncoder(ensure_ascii=False).encode

Fields = dict[str, Any]


class Group(NamedTuple):
    """Log records of one resource and scope, as members of JSON objects without braces.

    `shared` are those of the resource and the scope. Each record has its own, and its original
    text.
    """

    shared: str
    records: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of one request."""

    groups: list[Group]

    @property
    def count(self) -> int:
        """The number of log records."""
        return sum(len(group.records) for group in self.groups)

    def count_within(self, bytes_max: int) -> int:
        """How many records, in order, have bodies of at most so many characters together.

        Each body repeats its resource and scope, so a large resource with many small records
        multiplies.
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
    """Returns if the number of log records is allowed. Raises TooLarge."""
    if count > RECORDS_MAX:
        raise TooLarge(
            f"the request has {count:,} log records; the limit is {RECORDS_MAX:,}: "
            "send fewer at once"
        )


def shared_members(
    resource: Fields, resource_dropped: int, resource_schema: str, scope: Fields
) -> str:
    """The members of a resource with these attributes, and of a scope."""
    return members(
        {
            "resource": resource,
            "resource_dropped_attributes_count": resource_dropped,
            "resource_schema_url": resource_schema,
            "scope": {name: value for name, value in scope.items() if value},
        }
    )


def members(fields: Fields) -> str:
    """The members of a JSON object with these fields, without those that are not set.

    As in protobuf, an empty, zero or None field is not set; but a body that is there may be any of
    these.
    """
    return dumped({name: value for name, value in fields.items() if value or name == BODY})[1:-1]


def dumped(value: Any) -> str:
    """Its JSON text. Lone surrogates, which no encoding has, are escaped."""
    text = _encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def time_text(nanoseconds: int) -> str:
    """The time since the Unix epoch as RFC 3339, to the nanosecond; empty if not set."""
    if not nanoseconds:
        return ""
    seconds, rest = divmod(nanoseconds, _NANOS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def double(value: float) -> float | str:
    """A double for JSON: NaN and infinities by name, as protobuf writes them."""
    if isfinite(value):
        return value
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def base64_text(value: bytes) -> str:
    """Bytes for JSON."""
    return base64.b64encode(value).decode()
