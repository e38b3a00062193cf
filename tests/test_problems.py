"""POST /problems."""

import gzip
import json

import pytest

from tests.api import JSON, Api
from tests.oracle import recomputed_hash


async def test_it_answers_with_the_hash_and_the_place(shared_api: Api) -> None:
    result = await shared_api.post("/problems", b'{"some": {"unique": {"field": 1337}}}')

    assert result.status == 201
    assert result.headers["content-type"] == "application/json"
    shown = (await shared_api.get(result.headers["location"])).json
    assert result.text == f'{{"hash": "{shown["hash"]}"}}'
    assert shown["hash"] == recomputed_hash(shown)


@pytest.mark.parametrize(
    "body",
    [
        b'{"b": 1, "a": [1.0, 1.00, 1e2, -0], "a": 2}',
        b' {\r\n\t"deep" : { } }\n',
        b'"\\u00e9\\u0000\\ud800 \\/"',
        '"é 😀 \u2028"'.encode(),
        b"12345678901234567890.12345678901234567890",
        b"1e-20000",
        b'{"a": 0e99999999999}',
        b"1e-99999999999999999999",
        b"null",
        b"[]",
        b"0." + b"1" * 20_000,
    ],
)
async def test_the_body_comes_back_byte_for_byte(shared_api: Api, body: bytes) -> None:
    id_ = await shared_api.report(body)

    shown = await shared_api.get(f"/incidents/{id_}")

    assert b'"body": ' + body + b', "headers": {' in shown.content
    assert shown.json["hash"] == recomputed_hash(shown.json)


async def test_the_order_of_keys_does_not_change_the_hash(shared_api: Api) -> None:
    hashes = {
        (await shared_api.post("/problems", body)).json["hash"]
        for body in (b'{"a": {"x": 1, "y": 2}, "b": 3}', b'{"b": 3, "a": {"y": 2, "x": 1}}')
    }

    assert len(hashes) == 1


async def test_secrets_never_reach_the_database(shared_api: Api) -> None:
    id_ = await shared_api.report(
        {}, Authorization="Bearer s3cret", Cookie="s=s3cret", X_Api_Key="s3cret"
    )

    shown = await shared_api.get(f"/incidents/{id_}")

    assert "s3cret" not in shown.text
    assert shown.json["headers"]["Authorization"] == "[redacted]"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json"],
)
async def test_every_json_type_is_taken(shared_api: Api, content_type: str) -> None:
    assert await shared_api.report({"a": 1}, Content_Type=content_type)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
async def test_a_gzipped_body_is_stored_unpacked(shared_api: Api, encoding: str) -> None:
    packed = gzip.compress(b'{"a":') + gzip.compress(b" 1}")

    id_ = await shared_api.report(packed, Content_Encoding=encoding)

    assert '"body": {"a": 1}, ' in (await shared_api.get(f"/incidents/{id_}")).text


def packed(body: bytes) -> bytes:
    """The same bytes at any time: they stand in the name of a test."""
    return gzip.compress(body, mtime=0)


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"<a/>", {"Content-Type": "application/xml"}, 415, "application/xml"),
        (b"{}", {"Content-Type": "multipart/form-data; boundary=x"}, 415, "send JSON"),
        (b"{}", {"Content-Type": "image/png"}, 415, "send JSON"),
        (b"{}", {"Content-Encoding": "br"}, 415, "gzip"),
        (b"", {}, 400, "empty"),
        (b"{", {}, 400, "line 1 column 2"),
        (b"{} {}", {}, 400, "line 1 column 4"),
        (b"[NaN]", {}, 400, "NaN"),
        (b"\xff", {}, 400, "line 1 column 1"),
        (b"{}", {"Content-Encoding": "gzip"}, 400, "not gzip"),
        (packed(b"{}")[:-4], {"Content-Encoding": "gzip"}, 400, "cut off"),
        (packed(b"{}") + b"x", {"Content-Encoding": "gzip"}, 400, "gzip"),
        (b"[" * 101 + b"]" * 101, {}, 422, "100 levels"),
        (b"[1e400]", {}, 422, "double"),
        (b"9" * 4301, {}, 422, "4,300 digits"),
        (b'"' + b"x" * 1024 * 1024 + b'"', {}, 413, "1048576 bytes"),
        (packed(b" " * 50_000_000), {"Content-Encoding": "gzip"}, 413, "1048576 bytes"),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_the_reason_said(
    shared_api: Api, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    sent = {name: value for name, value in {**JSON, **headers}.items() if value}
    before = await shared_api.newest()

    result = await shared_api.request("POST", "/problems", body, sent)

    assert result.status == status
    assert result.headers["content-type"] == "application/problem+json"
    assert said in result.json["detail"]
    assert result.json["message"] == result.json["detail"]
    assert result.json["status"] == status
    known = {"type", "title", "status", "detail", "message", "request_id"}
    assert set(result.json) == known
    assert await shared_api.newest() == before


async def test_headers_are_bounded_and_counted(shared_api: Api) -> None:
    result = await shared_api.post("/problems", b"{}", {"X-Large": "x" * 70_000})

    assert result.status == 431
    assert "65536" in result.json["detail"]


async def test_a_body_of_just_the_limit_is_taken(shared_api: Api) -> None:
    body = b'"' + b"x" * (1024 * 1024 - 2) + b'"'

    assert await shared_api.report(body)
    assert await shared_api.report(gzip.compress(body), Content_Encoding="gzip")


async def test_its_time_is_kept_to_the_microsecond(shared_api: Api) -> None:
    first, second = await shared_api.report(1), await shared_api.report(2)

    times = [
        (await shared_api.get(f"/incidents/{id_}")).json["received_at"] for id_ in (first, second)
    ]

    assert times[0] < times[1]
    assert json.dumps(times).count("Z") == 2
