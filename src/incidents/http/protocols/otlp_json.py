"""OpenTelemetry's logs in JSON: protobuf's mapping to JSON, with ids in hex.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

import base64
import binascii
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any

from incidents.core import json_text
from incidents.core.errors import NotJSON
from incidents.core.report.json_walk import spans_of
from incidents.http.protocols import otlp_logs
from incidents.http.protocols.otlp_logs import Fields, Group, Logs

_TIME_MAX = 2**64 - 1
_INT_MAX = 2**63 - 1
_RECORDS = ("resourceLogs", "scopeLogs", "logRecords")
# Levels of nesting for one AnyValue: {"arrayValue": {"values": [...]}}.
_LEVELS_A_VALUE = 4


def read_json(raw: bytes, nesting_levels_max: int) -> Logs:
    """The logs of a request, each with the original text of its record.

    Raises NotJSON, also if it is not an ExportLogsServiceRequest, OverLimit and TooLarge.
    """
    text = json_text.decode(raw.removeprefix(BOM_UTF8))
    value = json_text.parse(text, _LEVELS_A_VALUE * (nesting_levels_max + 2))
    if not isinstance(value, dict) or (value and _RECORDS[0] not in value):
        raise NotJSON('no logs of OpenTelemetry: send an object {"resourceLogs": […]}')
    came = [text[start:end].encode() for start, end in spans_of(text, _RECORDS)]
    otlp_logs.check_count(len(came))
    groups = []
    at = 0
    for logs in _objects(value, "resourceLogs"):
        for scope in _objects(logs, "scopeLogs"):
            records = [_record(each) for each in _objects(scope, "logRecords")]
            groups.append(Group(_shared(logs, scope), list(zip(records, came[at:], strict=False))))
            at += len(records)
    if at != len(came):
        raise NotJSON("resourceLogs, scopeLogs or logRecords stands twice in an object")
    return Logs(groups)


def _shared(logs: Fields, scope_logs: Fields) -> str:
    resource, scope = _object(logs, "resource"), _object(scope_logs, "scope")
    return otlp_logs.shared_members(
        _attributes(resource),
        _whole(resource, "droppedAttributesCount"),
        _text(logs, "schemaUrl"),
        {
            "name": _text(scope, "name"),
            "version": _text(scope, "version"),
            "attributes": _attributes(scope),
            "dropped_attributes_count": _whole(scope, "droppedAttributesCount"),
            "schema_url": _text(scope_logs, "schemaUrl"),
        },
    )


def _record(record: Fields) -> str:
    body = record.get("body")
    fields = {
        "timestamp": otlp_logs.time_text(_whole(record, "timeUnixNano")),
        "observed_timestamp": otlp_logs.time_text(_whole(record, "observedTimeUnixNano")),
        "severity_number": _whole(record, "severityNumber"),
        "severity_text": _text(record, "severityText"),
        "event_name": _text(record, "eventName"),
        **({} if body is None else {otlp_logs.BODY: _value(body)}),
        "attributes": _attributes(record),
        "dropped_attributes_count": _whole(record, "droppedAttributesCount"),
        "flags": _whole(record, "flags"),
        "trace_id": _text(record, "traceId").lower(),
        "span_id": _text(record, "spanId").lower(),
    }
    return otlp_logs.members(fields)


def _attributes(owner: Fields, name: str = "attributes") -> Fields:
    return {_text(each, "key"): _value(each.get("value")) for each in _objects(owner, name)}


def _value(value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise NotJSON('a value of OpenTelemetry must be an object such as {"stringValue": "…"}')
    for kind, read in _KINDS.items():
        if value.get(kind) is not None:
            return read(value, kind)
    return None


def _array(value: Fields, kind: str) -> list[Any]:
    values = _list(_object(value, kind), "values")
    return [_value(each) for each in values]


def _boolean(value: Fields, kind: str) -> bool:
    given = value[kind]
    if isinstance(given, bool):
        return given
    raise _wrong(kind, "true or false")


def _double(value: Fields, kind: str) -> float | str:
    given = value[kind]
    if isinstance(given, (int, float, str)) and not isinstance(given, bool):
        try:
            return otlp_logs.double(float(given))
        except (ValueError, OverflowError):
            pass
    raise _wrong(kind, "a number")


def _integer(value: Fields, kind: str) -> int:
    return _number(value[kind], kind, -_INT_MAX - 1, _INT_MAX)


def _bytes(value: Fields, kind: str) -> str:
    given = _text(value, kind)
    padded = given.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        return otlp_logs.base64_text(
            base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
        )
    except (binascii.Error, ValueError) as error:
        raise _wrong(kind, "base64") from error


def _objects(owner: Fields, name: str) -> list[Fields]:
    values = _list(owner, name)
    if not all(isinstance(each, dict) for each in values):
        raise _wrong(name, "an array of objects")
    return values


def _list(owner: Fields, name: str) -> list[Any]:
    value = owner.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong(name, "an array")
    return value


def _object(owner: Fields, name: str) -> Fields:
    value = owner.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(name, "an object")
    return value


def _text(owner: Fields, name: str) -> str:
    value = owner.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(name, "a string")
    return value


def _whole(owner: Fields, name: str) -> int:
    value = owner.get(name)
    return 0 if value is None else _number(value, name, 0, _TIME_MAX)


def _number(value: Any, name: str, lowest: int, highest: int) -> int:
    """A whole number, in JSON or as a string, as protobuf writes those of 64 bits."""
    if isinstance(value, (int, str, float)) and not isinstance(value, bool):
        try:
            number = int(value)
        except (ValueError, OverflowError):
            number = highest + 1
        if lowest <= number <= highest and (isinstance(value, str) or number == value):
            return number
    raise _wrong(name, f"a whole number from {lowest} to {highest}")


def _wrong(name: str, right: str) -> NotJSON:
    return NotJSON(f"no logs of OpenTelemetry: {name} must be {right}")


_KINDS: dict[str, Callable[[Fields, str], Any]] = {
    "stringValue": _text,
    "boolValue": _boolean,
    "intValue": _integer,
    "doubleValue": _double,
    "arrayValue": _array,
    "kvlistValue": lambda value, kind: _attributes(_object(value, kind), "values"),
    "bytesValue": _bytes,
}
