"""POST /v1/logs: OpenTelemetry's exporters report here, and each log record is an incident."""

import gzip
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from incidents.auth.key_table import KeyTable
from tests.api import Api
from tests.keys import bearer, make
from tests.node_programs import run_node
from tests.scrape import Scrape
from tests.served import Served
from tests.test_otlp_encodings import deep_bytes, nested

OpenApi = Callable[..., Awaitable[Api]]
PROTOBUF = "application/x-protobuf"

PROGRAM = """
import sys
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

provider = LoggerProvider(resource=Resource.create({"service.name": "shop", "replicas": [1, 2]}))
exporter = OTLPLogExporter(endpoint=sys.argv[1], compression=Compression.Gzip)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
logger = provider.get_logger("checkout", "1.2")
for number in range(1500):
    logger.emit(LogRecord(
        timestamp=1795937044123456789 + number,
        severity_number=SeverityNumber.ERROR,
        severity_text="ERROR",
        body={"text": "card declined", "number": number},
        attributes={"user.id": number, "tags": ["a", "b"], "nested": {"deep": True}},
        trace_id=0x5B8EFFF798038103D269B633813FC60C,
        span_id=0xEEE19B7EC3C1B174,
        trace_flags=1,
    ))
assert provider.force_flush(60000)
"""


@pytest.fixture
def server(serve_here: Callable[..., Served]) -> Served:
    return serve_here()


def stored(server: Served) -> float:
    """The records stored so far, by this test and those before."""
    scrape = Scrape.of(server.request("GET", "/metrics").body.decode())
    return scrape("otlp_records_total", outcome="stored")


def endpoint_of(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}/v1/logs"


def test_the_exporter_of_python_reports(server: Served) -> None:
    """In protobuf, packed with gzip."""
    stored_before = stored(server)
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, endpoint_of(server)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    (found,) = server.find({"attributes": {"user.id": 1499}})
    assert found["timestamp"] == "2026-11-29T07:24:04.123458288Z"
    of_shop = {"resource": {"service.name": "shop"}, "severity_text": "ERROR"}
    assert len(server.find(of_shop)) == 1500
    for example in (
        {"trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174"},
        {"scope": {"name": "checkout", "version": "1.2"}, "resource": {"replicas": [2]}},
        {"body": {"text": "card declined"}, "attributes": {"nested": {"deep": True}}},
    ):
        assert len(server.find({**example, "attributes": {"user.id": 7}})) == 1
    assert stored(server) - stored_before == 1500


def test_the_exporter_of_node_reports(server: Served) -> None:
    """In JSON."""
    assert run_node("otlp.js", endpoint_of(server)) == ""

    (found,) = server.find({"severity_text": "WARN"})
    assert found.pop("observed_timestamp")
    assert found == {
        "timestamp": "2026-11-29T07:24:04.123456789Z",
        "severity_number": 13,
        "severity_text": "WARN",
        "body": {"text": "mailbox full", "tries": 3, "last": 0.5},
        "attributes": {"user.id": 7, "tags": ["a", "b"], "bytes": "AQI="},
        "resource": {"service.name": "mail"},
        "scope": {"name": "smtp", "version": "3.1"},
    }


def request_of(*records: LogRecord) -> bytes:
    logs = ResourceLogs(scope_logs=[ScopeLogs(log_records=records)])
    return ExportLogsServiceRequest(resource_logs=[logs]).SerializeToString()


def json_of(*bodies: str) -> bytes:
    records = [{"body": {"stringValue": each}} for each in bodies]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()


async def post(
    api: Api, body: bytes, kind: str = "application/json", path: str = "/v1/logs", **more: str
) -> tuple[int, str, bytes]:
    headers = {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in more.items()}}
    result = await api.request("POST", path, body, headers)
    return result.status, result.headers["content-type"], result.content


async def test_what_is_stored_is_answered_in_the_encoding_it_came_in(api: Api) -> None:
    packed = gzip.compress(json_of("a", "b"))

    assert await post(api, packed, Content_Encoding="gzip") == (200, "application/json", b"{}")
    assert await post(api, request_of(LogRecord(severity_text="INFO")), PROTOBUF) == (
        *(200, PROTOBUF, b""),
    )
    assert await api.find({}) == [3, 2, 1]
    assert (await api.get("/incidents/2/raw")).json == {"body": {"stringValue": "b"}}
    missing = await api.get("/incidents/3/raw")
    assert missing.status == 404
    assert "protobuf" in missing.json["detail"]
    # Nothing to store is no error.
    assert await post(api, b"{}") == (200, "application/json", b"{}")
    assert await post(api, b"", PROTOBUF) == (200, PROTOBUF, b"")


async def test_records_that_are_refused_keep_none_out(open_api: OpenApi) -> None:
    """Partial success, which tells an exporter not to send again."""
    deep = LogRecord(body=nested(45))
    good = LogRecord(severity_text="INFO")
    api = await open_api(nesting_levels_max=40)

    status, _, content = await post(api, request_of(deep, good, deep), PROTOBUF)

    told = ExportLogsServiceResponse.FromString(content).partial_success
    assert (status, told.rejected_log_records) == (200, 2)
    assert "deeper than 40 levels" in told.error_message
    assert await api.find({"severity_text": "INFO"}) == [1]


async def test_a_resource_is_not_multiplied_without_bound(api: Api) -> None:
    """Fifty kilobytes would be ten megabytes."""
    resource = Resource(attributes=[KeyValue(key="k", value=AnyValue(string_value="x" * 50_000))])
    scope = ScopeLogs(log_records=[LogRecord(severity_text="INFO")] * 200)
    request = ExportLogsServiceRequest(
        resource_logs=[ResourceLogs(resource=resource, scope_logs=[scope])]
    )

    status, _, content = await post(api, request.SerializeToString(), PROTOBUF)

    told = ExportLogsServiceResponse.FromString(content).partial_success
    assert status == 200
    assert 100 < told.rejected_log_records < 120
    assert "64 times what came" in told.error_message
    assert len(await api.find({"severity_text": "INFO"}, "limit=1000")) == (
        200 - told.rejected_log_records
    )


async def test_what_can_never_be_read_is_answered_with_a_status(api: Api) -> None:
    for body in (b"no protobuf", deep_bytes()):
        status, kind, content = await post(api, body, PROTOBUF)
        told = Status.FromString(content)
        assert (status, kind, told.code) == (400, PROTOBUF, 3)
        assert "ExportLogsServiceRequest" in told.message
    status, kind, content = await post(api, b'{"resourceSpans": []}')
    assert (status, kind) == (400, "application/json")
    assert json.loads(content).items() >= {"code": 3, "status": 400}.items()
    assert "resourceLogs" in json.loads(content)["message"]
    status, kind, content = await post(api, b"{}", "text/plain")
    assert (status, kind) == (415, "application/problem+json")
    assert await api.find({}) == []


async def test_what_may_be_stored_later_is_answered_so(open_api: OpenApi) -> None:
    api = await open_api(bulk_requests_max=1)

    for body, kind in ((json_of("a"), "application/json"), (b"", PROTOBUF)):
        with api.runtime.intake.bulk_window():  # the only one
            result = await api.request("POST", "/v1/logs", body, {"Content-Type": kind})
        assert (result.status, result.headers["content-type"]) == (503, kind)
        assert int(result.headers["retry-after"]) > 0
        assert (await post(api, body, kind))[0] == 200
    assert await api.find({}) == [1]


async def test_keys_headers_and_redaction_are_those_of_reports(
    open_api: OpenApi, table: KeyTable
) -> None:
    key = await make(table, "report")
    reader = await make(table, "read", "reader")
    api = await open_api(redacted_fields=["attributes.password"])
    password = KeyValue(key="password", value=AnyValue(string_value="hunter2"))
    record = LogRecord(attributes=[password])

    assert (await post(api, request_of(record), PROTOBUF))[0] == 401
    path = "/v1/logs?source=collector"
    status, *_ = await post(api, request_of(record), PROTOBUF, path, **bearer(key))
    assert status == 200
    found = await api.request("GET", "/incidents/1", b"", bearer(reader))
    assert found.json["headers"]["Incidents-Query"] == {"source": "collector"}
    assert found.json["headers"]["Incidents-Key"]
    assert found.json["headers"]["Authorization"] == "[redacted]"
    assert found.json["body"] == {"attributes": {"password": "[redacted]"}}
