"""OpenTelemetry's logs in protobuf.

Only called in the process beside the worker: loading protobuf takes 50 ms, and a mebibyte of tiny
messages takes 80 MB. It parses messages of at most 100 levels.
"""

from typing import TYPE_CHECKING, Any

from incidents.core.errors import NotProtobuf
from incidents.core.incident import NOT_KEPT
from incidents.http.protocols import otlp_logs
from incidents.http.protocols.otlp_logs import Fields, Group, Logs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs


def read_protobuf(raw: bytes) -> Logs:
    """The logs of a request. Raises NotProtobuf, and TooLarge if there are too many."""
    from google.protobuf.message import DecodeError  # noqa: PLC0415
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (  # noqa: PLC0415
        ExportLogsServiceRequest,
    )

    try:
        request = ExportLogsServiceRequest.FromString(raw)
    except DecodeError as error:
        raise NotProtobuf(
            f"not an ExportLogsServiceRequest of OpenTelemetry in protobuf: {error}"
        ) from None
    otlp_logs.check_count(
        sum(len(scope.log_records) for each in request.resource_logs for scope in each.scope_logs)
    )
    return Logs(
        [_group(each, scope) for each in request.resource_logs for scope in each.scope_logs]
    )


def _group(logs: "ResourceLogs", scope: "ScopeLogs") -> Group:
    resource = logs.resource
    shared = otlp_logs.shared_members(
        _attributes(resource.attributes),
        resource.dropped_attributes_count,
        logs.schema_url,
        _scope(scope.scope, scope.schema_url),
    )
    return Group(shared, [(_record(each), NOT_KEPT) for each in scope.log_records])


def _scope(scope: "InstrumentationScope", schema_url: str) -> Fields:
    return {
        "name": scope.name,
        "version": scope.version,
        "attributes": _attributes(scope.attributes),
        "dropped_attributes_count": scope.dropped_attributes_count,
        "schema_url": schema_url,
    }


def _record(record: "LogRecord") -> str:
    body = {otlp_logs.BODY: _value(record.body)} if record.HasField("body") else {}
    fields = {
        "timestamp": otlp_logs.time_text(record.time_unix_nano),
        "observed_timestamp": otlp_logs.time_text(record.observed_time_unix_nano),
        "severity_number": record.severity_number,
        "severity_text": record.severity_text,
        "event_name": record.event_name,
        **body,
        "attributes": _attributes(record.attributes),
        "dropped_attributes_count": record.dropped_attributes_count,
        "flags": record.flags,
        "trace_id": record.trace_id.hex(),
        "span_id": record.span_id.hex(),
    }
    return otlp_logs.members(fields)


def _attributes(pairs: "Iterable[KeyValue]") -> Fields:
    return {each.key: _value(each.value) for each in pairs}


def _value(value: "AnyValue") -> Any:  # noqa: PLR0911 - one for each kind
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return otlp_logs.double(value.double_value)
        case "array_value":
            return [_value(each) for each in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case "bytes_value":
            return otlp_logs.base64_text(value.bytes_value)
        case _:
            return None
