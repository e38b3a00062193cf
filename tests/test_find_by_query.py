"""`q=` on /find and /timeline: what the query line matches, and all else that is asked."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.core.query.instant import instant_of
from incidents.core.query.normal_form import normal_form
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import at
from tests.api import JSON, Api
from tests.queries import trees
from tests.query_oracle import Stored, matches

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODIES: list[Any] = [
    {"service": "billing", "status": 500, "message": "Connection reset by peer"},
    {"service": "billing", "status": "503", "a": {"b": ["x", {"c": None}]}},
    {"service": "Billing", "a.b": 1, "tags": ["prod", "eu"]},
    [{"service": "billing", "level": "info"}, {"service": "mail", "level": "error"}],
    {"host": "db1:9100", "when": "2026-11-23T03:46:00Z"},
    "connection reset",
    [1, [2, "x"]],
]
LINES = [
    *("service=billing", "service=billing status>=500", "-service=billing", '"connection reset"'),
    *('*"ection res"*', "status:*", "a.b=1", "a.b.c=null", "service=mail level=info", "tags:=[]"),
    *('{"service": "billing"} NOT status=500', "host:db1", "when>2026-11-01", "x-kind=a", "id>1"),
    *("received>1h", "received<2020-01-01", "id=2", "service=mail OR status=500", ""),
]


async def stored(api: Api) -> list[Stored]:
    """The incidents, as the oracle takes them. Some have a header that the others have not."""
    known = (await api.request("GET", "/find?q=")).json["incidents"]
    for number, body in enumerate(BODIES if not known else []):
        headers = {**JSON, **({"x-kind": "a"} if number % 2 else {})}
        await api.request("POST", "/problems", json.dumps(body).encode(), headers)
    lines = (await api.request("GET", "/find?q=", headers={"Accept": "application/x-ndjson"})).text
    return [_stored(json.loads(line)) for line in lines.splitlines()]


def _stored(incident: dict[str, Any]) -> Stored:
    return Stored(
        incident["id"],
        bytes.fromhex(incident["hash"]),
        datetime.fromisoformat(incident["received_at"]),
        json.dumps(incident["headers"]),
        json.dumps(incident["body"]),
    )


async def found(api: Api, line: str, more: str = "") -> list[int]:
    answer = await api.request("GET", f"/find?q={quote(line)}{more}")
    assert answer.status == 200, answer.text
    return [each["id"] for each in answer.json["incidents"]]


async def test_pages_and_streams_have_what_the_line_says(shared_api: Api) -> None:
    incidents = await stored(shared_api)
    now = instant_of(datetime.now(UTC))

    for line in LINES:
        tree = at(parse_query(line, 100), now)
        expected = [each.id for each in incidents if matches(tree, each)]
        assert await found(shared_api, line) == expected, line
        assert await found(shared_api, line, "&limit=100") == expected, line
        counted = await shared_api.request("GET", f"/timeline?q={quote(line)}&seconds=5")
        assert counted.json["count"] == len(expected), line


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(trees, min_size=8, max_size=8))
async def test_any_line_finds_what_the_oracle_says(shared_api: Api, batch: list[Any]) -> None:
    incidents = await stored(shared_api)
    for tree in batch:
        absolute = at(tree, instant_of(datetime.now(UTC)))
        expected = [each.id for each in incidents if matches(absolute, each)]
        assert await found(shared_api, normal_form(tree), "&limit=100") == expected


async def test_all_that_is_asked_has_to_match(shared_api: Api) -> None:
    newest, *_ = [each for each in await stored(shared_api) if "billing" in each.body]
    line, hash_ = quote("status=503 OR -status:*"), newest.hash.hex()

    by_hash = await shared_api.request("GET", f"/find?h={hash_}&q=-service=nobody")
    by_other = await shared_api.request("GET", f"/find?h={hash_}&q=service=nobody")
    example = json.dumps({"service": "billing"}).encode()
    by_example = await shared_api.request("POST", f"/find?q={line}&limit=9", example, JSON)
    by_line = await found(shared_api, f"hash={hash_}", "&limit=9")
    without_body = await shared_api.request("POST", f"/find?q={line}&limit=9")

    assert [each["id"] for each in by_hash.json["incidents"]] == [newest.id]
    assert by_other.json["incidents"] == []
    assert by_line == [newest.id]
    services = [
        each["body"]["service"]
        for each in by_example.json["incidents"]
        if isinstance(each["body"], dict)
    ]
    assert services == ["billing"]
    assert len(without_body.json["incidents"]) > len(by_example.json["incidents"])


async def test_what_cannot_be_read_is_refused(shared_api: Api) -> None:
    for url in ("/find?q=a==1", "/timeline?q=a==1", "/find", "/find?limit=1"):
        answer = await shared_api.request("GET", url)
        assert answer.status == 400, url
        assert answer.headers["content-type"] == "application/problem+json"
