"""POST /v1/logs: logs of OpenTelemetry's exporters and Collectors (OTLP/HTTP).

Each log record is an incident. https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import json
import logging
from functools import partial
from http import HTTPStatus
from itertools import islice

from falcon.asgi import Request, Response

from incidents.core.api_key import masked
from incidents.core.errors import IncidentsError, OverLimit, UnsupportedType
from incidents.core.report.media_type import media_type
from incidents.core.report.query import read_query
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.http.message.body import check_size, read_body
from incidents.http.message.client import Client
from incidents.http.message.problem_details import Problems
from incidents.http.middleware.rejections import Rejections
from incidents.http.protocols.ndjson import Bulk
from incidents.http.protocols.otlp_json import read_json
from incidents.http.protocols.otlp_logs import JSON, PROTOBUF, Logs
from incidents.http.protocols.otlp_protobuf import read_protobuf
from incidents.ingest.service import Intake
from incidents.support.metrics.metrics import OTLP_RECORDS
from incidents.support.own_headers import OwnHeaders
from incidents.support.settings import Settings

_PROTOBUFS = frozenset({PROTOBUF, "application/protobuf"})
# A resource is repeated in each of its records: together they may be as large as a body, and this
# many times as large as the request.
_BODIES_TIMES_MAX = 64

# https://grpc.io/docs/guides/status-codes/
_INVALID = 3
_UNAVAILABLE = 14

log = logging.getLogger(__name__)


class OtlpLogs:
    """Accepts the log records of a request."""

    def __init__(
        self,
        intake: Intake,
        settings: Settings,
        problems: Problems,
        bulk: Bulk,
        rejections: Rejections,
    ) -> None:
        self._intake = intake
        self._rejections = rejections
        self._settings = settings
        self._problems = problems
        self._bulk = bulk
        self._headers = OwnHeaders(settings)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Answers as OTLP specifies, once every record that can be stored is on disk."""
        client = Client.of(req)
        async with self._rejections.keeping(client):
            encoding = _encoding(client)
        try:
            async with self._rejections.keeping(client):
                refused = await self._take(client, req, encoding)
        except IncidentsError as error:
            self._refuse(resp, encoding, error)
            return
        why = masked(f"the first: {refused[0].detail}") if refused else ""
        resp.content_type = encoding
        resp.data = _answer(encoding, len(refused), why)

    async def _take(self, client: Client, req: Request, encoding: str) -> list[IncidentsError]:
        """The errors of the records that are not on disk."""
        sent = req.scope["headers"]
        query = read_query(req.scope["query_string"], self._headers.secret)
        size = check_size(sent)
        headers = self._headers.text(sent, client.key_name, query.sent)
        with self._intake.sized_permit() as permit:
            raw = await read_body(client, permit, self._settings)
            permit.grow(size)
            logs = await self._read(raw, encoding)
            bytes_max = self._settings.body_bytes_max + _BODIES_TIMES_MAX * len(raw)
            count = logs.count_within(bytes_max)
            errors = await self._bulk.store(client, headers, islice(logs.bodies(), count))
        too_much = OverLimit(
            f"with their resources the records have more than {bytes_max} bytes: the limit of a "
            f"body, and {_BODIES_TIMES_MAX} times what came. Send fewer at once, or a smaller one"
        )
        if count < logs.count:
            self._rejections.keep(client, too_much, raw)
        errors += [too_much] * (logs.count - count)
        _count(logs.count, errors)
        return errors

    async def _read(self, raw: bytes, encoding: str) -> Logs:
        if encoding == PROTOBUF:
            return await self._intake.read_heavy(partial(read_protobuf, raw))
        read = partial(read_json, raw, self._settings.nesting_levels_max)
        heavy = len(raw) > LIGHT_BYTES_MAX and is_heavy(raw)
        return await self._intake.read_heavy(read) if heavy else read()

    def _refuse(self, resp: Response, encoding: str, error: IncidentsError) -> None:
        """Answers with a google.rpc.Status, which in JSON is one of our problems too."""
        problem = self._problems.of(error)
        told = problem.to_object()
        code = _UNAVAILABLE if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR else _INVALID
        resp.status = problem.status
        resp.set_headers(problem.to_headers())
        resp.content_type = encoding
        if encoding == JSON:
            resp.text = json.dumps({"code": code, **told})
        else:
            resp.data = _number(1, code) + _bytes(2, told["message"].encode())


def _encoding(client: Client) -> str:
    """The encoding of the request, and so of the response. Raises UnsupportedType."""
    name = media_type(client.headers.get(b"content-type", b"")).name
    if name == JSON:
        return JSON
    if name in _PROTOBUFS:
        return PROTOBUF
    raise UnsupportedType(
        f"the Content-Type must be {PROTOBUF} or {JSON}, not {name[:80] or 'none'}"
    )


def _count(all_: int, errors: list[IncidentsError]) -> None:
    OTLP_RECORDS.add(all_ - len(errors), "stored")
    OTLP_RECORDS.add(len(errors), "refused")
    if errors:
        log.warning("%s log records of a request were refused: %s", len(errors), errors[0].detail)


def _answer(encoding: str, refused: int, why: str) -> bytes:
    """An ExportLogsServiceResponse."""
    if encoding == JSON:
        partial_success = {"rejectedLogRecords": str(refused), "errorMessage": why}
        return json.dumps({"partialSuccess": partial_success} if refused else {}).encode()
    return _bytes(1, _number(1, refused) + _bytes(2, why.encode())) if refused else b""


# Only two kinds of fields are written, so protobuf is not loaded into each worker.
# https://protobuf.dev/programming-guides/encoding/


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    text = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        text.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*text, value])
