"""What a query matches is what the oracle says."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from incidents.core import json_text
from incidents.core.query.instant import instant_of
from incidents.core.query.parser import parse_query
from incidents.core.query.query import matching, query_of
from incidents.core.query.subject import Identity
from incidents.core.query.tree import Tree, at
from tests.queries import NOW, pairs
from tests.query_oracle import Stored, matches

NOTE = {
    "service": "billing",
    "status": 502,
    "code": "502",
    "message": "Connection reset by peer-1",
    "labels": {"severity": "critical", "app.name": "cart"},
    "alerts": [{"status": "firing", "at": "2026-11-23T03:46:00+01:00"}, {"status": "resolved"}],
    "tags": ["prod", ["eu"]],
    "empty": [],
    "ok": True,
    "none": None,
    "body": "inner",
    "id": 7,
    "share": 1.50,
}
HEADERS = {"X-Trace": "4bf92f35-77b3", "Incidents-Query": {"source": "zabbix"}}


def incident(body: object, headers: object = HEADERS) -> Stored:
    return Stored(3, bytes(32), NOW, json.dumps(headers), json.dumps(body), -1)


def found(tree: Tree, stored: Stored) -> bool:
    """What the program says."""
    searched = json_text.for_search(stored.body, 100) or stored.body
    query = query_of(at(tree, instant_of(NOW)))
    return matching(Identity(*stored[:3], stored.group), stored.headers, searched, [query])[
        query.text
    ]


MATCHING = [
    *("", "service=billing", "service!=x", "nothing!=x", "-nothing:*", "none=null", "none:*"),
    *("status=502", "code=502", 'code="502"', "ok=true", "status>=502 status<503", "code>500"),
    *("alerts.status=firing alerts.status=resolved", "tags=eu", 'tags:=["prod"]', "empty:*"),
    *("labels.app.name=cart", '"app.name":*  OR labels."app.name"=cart', "share:1.5"),
    *("alerts.at<2026-11-23T02:46:01Z", "alerts.at>=2026-11-23", "message:RESET", "status:02"),
    *("reset", '"connection RESET"', "peer-1", "502", "severity", "*onnec*", '*"t b"*', "4bf92f35"),
    *("x-trace:4BF9", "headers.X-TRACE:*", "incidents-query.source=zabbix", "zabbix"),
    *("body.service=billing", "body=inner", "body.body=inner", 'body:={"ok": true}', "body.id=7"),
    *('{"service": "billing", "x-trace": "4bf92f35-77b3"}', "id=3", "hash=" + "0" * 64),
    *("group=" + "f" * 16, "group!=" + "0" * 16),
    *("received>15m", "received>2026-01-01 received<2027-01-01", "x=1 OR status=502"),
]
OTHER = [
    *("service=Billing", "service:=[]", 'status="502"', "status=502.5", "none=x", "-none=null"),
    *("labels=critical", '"labels.severity"=critical', "message>5", "service>2026-01-01"),
    *('"reset connection"', "rese", "ok:true", "SERVICE=billing", "headers.service=billing"),
    *("body.x-trace:*", "body:billing", "received<15m", "id>3", "empty.x:*", "status>2026-01-01"),
    *('"body"=x', '{"tags": "prod"}', "-{}", "cart critical prod y", '"id"=3'),
]


# Lines, bodies, and whether they match.
BODIES: list[tuple[str, object, bool]] = [
    ("a=1 b=2", [{"a": 1, "b": 2}, 3], True),
    ("a=1 b=2", [{"a": 1}, {"b": 2}], False),
    ("a=1 x-trace:4bf9", [{"a": 1}], True),
    ("-a=1", [{"a": 1}, {"a": 2}], True),
    ("-a=1", [{"a": 1}, 2], False),
    ("disk body:FULL", "disk full", True),
    ("body=1 2", [1, [2]], True),
    ("a=1", [[{"a": 1}]], True),
    ("straße", "STRAẞE", True),
    ('"a\\u0000b"', "a\0b", True),
    ("k", {"\u212a": 0}, True),
    ('"5 6"', [5, 6], False),
    ('"5 6"', {"a": "5-6"}, True),
    ('"a b"', {"a": "b"}, False),
    ('"b 1"', ["b", 1], False),
    ('"1 50"', {"a": 1.5, "b": "1.50"}, True),
    ("true", {"a": True}, False),
    ("true", {"a": "so true"}, True),
    ("null", {"a": None, "null": 1}, True),
]


@pytest.mark.parametrize("line", [*MATCHING, *OTHER])
def test_a_line_matches_what_it_says(line: str) -> None:
    tree = parse_query(line, 100)
    expected = line in MATCHING

    assert found(tree, incident(NOTE)) is expected
    assert matches(at(tree, instant_of(NOW)), incident(NOTE)) is expected


@pytest.mark.parametrize(("line", "body", "expected"), BODIES)
def test_of_a_body_one_object_matches_it_all(line: str, body: object, expected: bool) -> None:  # noqa: FBT001
    tree = parse_query(line, 100)

    assert found(tree, incident(body)) is expected
    assert matches(tree, incident(body)) is expected


def test_a_duration_is_back_from_now() -> None:
    ago = instant_of(NOW - timedelta(minutes=15))

    assert at(parse_query("-received>15m OR a", 100), instant_of(NOW)) == parse_query(
        f"-received>{ago} OR a", 100
    )
    assert str(instant_of(datetime(1969, 12, 31, 23, 59, 59, 250_000, UTC))) == (
        "1969-12-31T23:59:59.25Z"
    )
    assert ago.fraction == Decimal("0.5")


@settings(max_examples=200, deadline=None)
@given(pair=pairs())
def test_it_says_what_the_oracle_says(pair: tuple[Tree, Stored]) -> None:
    tree, stored = pair

    assert found(tree, stored) is matches(at(tree, instant_of(NOW)), stored)
