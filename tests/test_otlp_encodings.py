"""OpenTelemetry's logs say the same in JSON and in protobuf."""

import json

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from incidents.core.errors import NotJSON, NotProtobuf, OverLimit, TooLarge
from incidents.core.incident import NOT_KEPT
from incidents.http.protocols import otlp_logs
from incidents.http.protocols.otlp_json import read_json
from incidents.http.protocols.otlp_protobuf import read_protobuf

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.one_of(
    st.builds(AnyValue),
    st.builds(AnyValue, string_value=TEXTS),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=8)),
)


def _deeper(values: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[AnyValue]:
    pairs = st.lists(st.builds(KeyValue, key=TEXTS, value=values), max_size=3)
    lists = st.lists(values, max_size=3)
    return st.one_of(
        st.builds(AnyValue, array_value=st.builds(ArrayValue, values=lists)),
        st.builds(AnyValue, kvlist_value=st.builds(KeyValueList, values=pairs)),
    )


VALUES = st.recursive(SCALARS, _deeper, max_leaves=6)
ATTRIBUTES = st.lists(st.builds(KeyValue, key=TEXTS, value=VALUES), max_size=3)
COUNTS = st.integers(0, 2**32 - 1)
NANOSECONDS = st.integers(0, 2**64 - 1)
RECORDS = st.builds(
    LogRecord,
    time_unix_nano=NANOSECONDS,
    observed_time_unix_nano=NANOSECONDS,
    severity_number=st.integers(0, 24),
    severity_text=TEXTS,
    body=st.none() | VALUES,
    attributes=ATTRIBUTES,
    dropped_attributes_count=COUNTS,
    flags=COUNTS,
    trace_id=st.sampled_from([b"", bytes(range(16))]),
    span_id=st.sampled_from([b"", b"\xfe" * 8]),
    event_name=TEXTS,
)
SCOPES = st.builds(
    ScopeLogs,
    scope=st.none() | st.fixed_dictionaries({"name": TEXTS, "version": TEXTS}),
    log_records=st.lists(RECORDS, max_size=3),
    schema_url=TEXTS,
)
RESOURCES = st.builds(
    ResourceLogs,
    resource=st.none() | st.fixed_dictionaries({"attributes": ATTRIBUTES}),
    scope_logs=st.lists(SCOPES, max_size=2),
    schema_url=TEXTS,
)


def as_json(request: ExportLogsServiceRequest) -> bytes:
    """As protobuf's own library writes it, but for the ids, which OTLP writes in hex."""
    value = MessageToDict(request, use_integers_for_enums=True)
    for logs, group in zip(value.get("resourceLogs", []), request.resource_logs, strict=True):
        for scope, other in zip(logs.get("scopeLogs", []), group.scope_logs, strict=True):
            for record, each in zip(scope.get("logRecords", []), other.log_records, strict=True):
                record.update(traceId=each.trace_id.hex(), spanId=each.span_id.hex())
    return json.dumps(value).encode()


def bodies(logs: otlp_logs.Logs) -> list[str]:
    return [each.text for each in logs.bodies()]


@given(st.lists(RESOURCES, max_size=2))
@settings(max_examples=60, deadline=None)
def test_the_same_logs_are_the_same_bodies(resources: list[ResourceLogs]) -> None:
    request = ExportLogsServiceRequest(resource_logs=resources)

    found = bodies(read_protobuf(request.SerializeToString()))

    assert found == bodies(read_json(as_json(request), 100))
    for each in found:
        json.loads(each)


def json_of(record: str, shared: str = "") -> bytes:
    return b'{"resourceLogs":[{%b"scopeLogs":[{"logRecords":[%b]}]}]}' % (
        shared.encode(),
        record.encode(),
    )


def test_a_record_is_a_plain_object_with_its_resource_and_scope() -> None:
    attribute = '[{"key": "%s", "value": {"%s": %s}}]'
    record = (
        '{"timeUnixNano": "1795937044123456789", "severityNumber": 17, "severityText": "ERROR", '
        '"body": {"kvlistValue": {"values": [{"key": "n", "value": {"intValue": "9007199254740993"'
        '}}]}}, "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174", '
        f'"attributes": {attribute % ("list", "arrayValue", attribute_list)}, "unknown": {{}}}}'
    )
    resource = attribute % ("service.name", "stringValue", '"shop"')
    raw = json_of(record, f'"resource": {{"attributes": {resource}}}, "schemaUrl": "https://x", ')

    (body,) = read_json(b"\xef\xbb\xbf" + raw, 100).bodies()

    assert json.loads(body.text) == {
        "timestamp": "2026-11-29T07:24:04.123456789Z",
        "severity_number": 17,
        "severity_text": "ERROR",
        "body": {"n": 9007199254740993},
        "attributes": {"list": [1.0, "NaN", None, "+/8="]},
        "trace_id": "5b8efff798038103d269b633813fc60c",
        "span_id": "eee19b7ec3c1b174",
        "resource": {"service.name": "shop"},
        "resource_schema_url": "https://x",
    }
    assert body.raw == record.encode()  # what came of it


attribute_list = (
    '{"values": [{"doubleValue": 1}, {"doubleValue": "NaN"}, {}, {"bytesValue": "-_8"}]}'
)


def test_what_came_in_protobuf_is_not_kept() -> None:
    (body,) = read_protobuf(request_of(LogRecord(severity_text="WARN"))).bodies()

    assert (body.text, body.raw) == ('{"severity_text": "WARN"}', NOT_KEPT)


def request_of(*records: LogRecord) -> bytes:
    logs = ResourceLogs(scope_logs=[ScopeLogs(log_records=records)])
    return ExportLogsServiceRequest(resource_logs=[logs]).SerializeToString()


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("7", "logRecords must be an array of objects"),
        ('{"severityNumber": "high"}', "severityNumber must be a whole number"),
        ('{"severityText": 5}', "severityText must be a string"),
        ('{"timeUnixNano": 1.5}', "timeUnixNano must be a whole number"),
        ('{"timeUnixNano": "18446744073709551616"}', "timeUnixNano must be"),
        ('{"attributes": {"a": 1}}', "attributes must be an array"),
        ('{"body": "text"}', "must be an object such as"),
        ('{"body": {"intValue": 9223372036854775808}}', "intValue must be"),
        ('{"body": {"boolValue": "true"}}', "boolValue must be true or false"),
        ('{"body": {"bytesValue": "!"}}', "bytesValue must be base64"),
        ('{"body": {"doubleValue": "x"}}', "doubleValue must be a number"),
        ('{"body": {"arrayValue": []}}', "arrayValue must be an object"),
        ('{"body": NaN}', "NaN"),
        ('{}]}], "scopeLogs": [{"logRecords": [', "stands twice"),
    ],
)
def test_json_that_is_no_logs_is_refused_and_the_reason_said(record: str, said: str) -> None:
    with pytest.raises(NotJSON, match=said):
        read_json(json_of(record), 100)


@pytest.mark.parametrize("body", [b"[]", b'{"resourceSpans": []}', b'{"resource_logs": []}'])
def test_other_json_is_not_taken_for_no_logs(body: bytes) -> None:
    with pytest.raises(NotJSON, match="resourceLogs"):
        read_json(body, 100)


def test_no_logs_are_no_error() -> None:
    assert bodies(read_json(b"{}", 100)) == bodies(read_protobuf(b"")) == []
    assert bodies(read_json(b'{"resourceLogs": null}', 100)) == []


def nested(levels: int) -> AnyValue:
    value = AnyValue(int_value=1)
    for _ in range(levels):
        value = AnyValue(array_value=ArrayValue(values=[value]))
    return value


def test_depth_and_number_are_bounded() -> None:
    """Deeper than the limit, but readable, is refused by record later on."""
    raw = request_of(LogRecord(body=nested(40)))
    deep = as_json(ExportLogsServiceRequest.FromString(raw))
    assert bodies(read_protobuf(raw)) == bodies(read_json(deep, 30))
    with pytest.raises(OverLimit, match="nested deeper"):
        read_json(json_of('{"x": ' + "[" * 5000 + "]" * 5000 + "}"), 100)
    many = otlp_logs.RECORDS_MAX + 1
    with pytest.raises(TooLarge, match="50,001 log records"):
        read_json(json_of(",".join(["{}"] * many)), 100)
    with pytest.raises(TooLarge, match="50,001 log records"):
        read_protobuf(request_of(*[LogRecord()] * many))


@given(st.binary(max_size=64) | st.binary(max_size=64).map(lambda each: b"\x0a" + each))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        bodies(read_protobuf(raw))
    except NotProtobuf:
        return


def deep_bytes() -> bytes:
    """Deeper than protobuf's library parses."""
    raw: bytes = b""
    for _ in range(200):
        raw = field(5, field(1, raw))  # an array in an array
    return field(1, field(2, field(2, field(5, raw))))


def field(number: int, value: bytes) -> bytes:
    size, text = len(value), bytearray([number << 3 | 2])
    while size > 0x7F:
        text.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*text, size]) + value


def test_a_message_that_is_too_deep_is_refused() -> None:
    with pytest.raises(NotProtobuf, match="Depth"):
        read_protobuf(deep_bytes())


def test_the_multiple_of_a_resource_is_bounded() -> None:
    attribute = KeyValue(key="k", value=AnyValue(string_value="x" * 100))
    resource = Resource(attributes=[attribute])
    scopes = [ScopeLogs(log_records=[LogRecord(severity_text="I")] * 10)]
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource, scope_logs=scopes)]
    )

    logs = read_protobuf(request.SerializeToString())

    size = len(bodies(logs)[0])
    assert logs.count == 10
    assert [logs.count_within(bytes_) for bytes_ in (0, size - 1, size, 3 * size, 99 * size)] == [
        *(0, 0, 1, 3, 10)
    ]
