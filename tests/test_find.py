"""POST /find and GET /find."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.search import reading
from incidents.search.question import parse_time, write_cursor
from tests.api import JSON, Api
from tests.oracle import recomputed_hash

OpenApi = Callable[..., Awaitable[Api]]


async def test_an_entry_matches_in_the_headers_or_in_the_body(api: Api) -> None:
    both = await api.report({"some": {"unique": {"field": 1337}}}, X_Source="cron")
    body = await api.report({"some": {"unique": {"field": 1337}, "more": 1}})

    assert await api.find({"some": {"unique": {"field": 1337}}}) == [body, both]
    assert await api.find({"some": {"unique": {}}, "X-Source": "cron"}) == [both]
    assert await api.find({"X-Source": "cron", "absent": 1}) == []


async def test_everything_comes_newest_first_for_an_empty_example(api: Api) -> None:
    ids = [await api.report(number) for number in range(5)]

    assert await api.find({}) == ids[::-1]


async def test_names_of_headers_are_the_same_in_any_case(api: Api) -> None:
    event = await api.report({"spelt": "Like this"}, X_GitHub_Event="push")
    body = await api.report({"X-GitHub-Event": "push", "x-github-event": "fork"})
    both = await api.report({"level": "error"}, Service="billing")

    for name in ("x-github-event", "X-Github-Event", "X-GITHUB-EVENT"):
        assert await api.find({name: "push"}) == [event]
    assert await api.find({"X-GitHub-Event": "push"}) == [body, event]
    assert await api.find({"x-github-event": "fork"}) == [body]
    assert await api.find({"service": "billing", "level": "error"}) == [both]
    # Not so in bodies.
    assert await api.find({"Spelt": "Like this"}) == []
    assert await api.find({"service": "billing", "Level": "error"}) == []


async def test_one_element_of_an_array_matches_all_that_the_headers_do_not(api: Api) -> None:
    array = await api.report([{"a": 1, "b": 2}, {"b": 3}, "c"], X_Of="array")

    assert await api.find({"a": 1, "b": 2}) == [array]
    assert await api.find({"x-of": "array", "b": 3}) == [array]
    assert await api.find({"a": 1, "b": 3}) == []
    assert await api.find({"X-Of": "array"}) == [array]


async def test_a_body_that_is_an_array_matches_where_one_of_its_objects_does(api: Api) -> None:
    array = await api.report([{"a": 1}, 2, [{"a": 3}], {"b": {"c": 4}}])

    assert await api.find({"a": 1}) == [array]
    assert await api.find({"b": {"c": 4}}) == [array]
    assert await api.find({"a": 3}) == []


async def test_an_incident_is_shown_whole(api: Api) -> None:
    await api.report(b'{"b": 1.0, "a": "\\u0000"}')

    (shown,) = (await api.post("/find", b'{"b": 1}')).json["incidents"]

    assert list(shown) == ["id", "hash", "received_at", "body", "headers"]
    assert shown["hash"] == recomputed_hash(shown)


@pytest.mark.parametrize(
    "example",
    [{"a\0": "x"}, {"a\ufffd": "x"}, {"b": "\0"}, {"b": "\ufffd"}, {"c": ["\ud800"]}],
)
async def test_what_jsonb_cannot_hold_is_found_as_the_replacement_character(
    shared_api: Api, example: dict[str, object]
) -> None:
    id_ = await shared_api.report({"a\0": "x", "b": "\0", "c": ["\ud800", 1]})

    assert (await shared_api.find(example))[0] == id_


async def test_by_hash(api: Api) -> None:
    first = await api.post("/problems", b'{"a": 1}')
    again = await api.post("/problems", b'{"a": 1}')
    await api.report({"a": 2})

    for digits in (first.json["hash"], first.json["hash"].upper()):
        found = (await api.get(f"/find?h={digits}")).json["incidents"]
        permits = [f"/incidents/{incident['id']}" for incident in found]
        assert permits == [again.headers["location"], first.headers["location"]]
    assert (await api.get(f"/find?h={'0' * 64}")).text == '{"incidents": []}'


async def test_pages_follow_each_other_to_the_end(api: Api) -> None:
    ids = [await api.report({"n": number % 2}) for number in range(10)]

    seen, query = [], "limit=2"
    while True:
        page = (await api.post(f"/find?{query}", b'{"n": 1}')).json
        seen += [incident["id"] for incident in page["incidents"]]
        assert len(page["incidents"]) <= 2
        if page["next"] is None:
            break
        await api.report({"n": 1})
        query = f"limit=2&after={page['next']}"

    assert seen == ids[1::2][::-1]


async def test_a_page_that_holds_the_last_match_is_the_last(api: Api) -> None:
    hash_ = (await api.post("/problems", b"1")).json["hash"]

    assert (await api.post("/find?limit=1", b"{}")).json["next"] is None
    assert (await api.get(f"/find?h={hash_}&limit=5")).json["next"] is None


async def test_only_a_reply_with_a_limit_holds_next(api: Api) -> None:
    assert (await api.post("/find", b"{}")).text == '{"incidents": []}'
    assert (await api.post("/find?limit=3", b"{}")).text == '{"incidents": [], "next": null}'


async def test_a_statement_that_postgresql_refuses_is_told_and_tried_again(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where a partition goes between two statements; what is wrong with one shall be seen."""
    id_ = await api.report({"a": 1})
    refused = ["SELECT nothing"]
    rows = reading.Reading.rows

    async def once(of: reading.Reading, query: str, *values: object, seconds: float) -> Any:
        if refused:
            return await rows(of, refused.pop(), seconds=seconds)
        return await rows(of, query, *values, seconds=seconds)

    monkeypatch.setattr(reading.Reading, "rows", once)

    assert await api.find({"a": 1}, "limit=1") == [id_]
    assert not refused
    (told,) = [each for each in caplog.messages if "refused a statement" in each]
    assert 'column "nothing" does not exist' in told


async def test_times_bound_when_it_was_received(api: Api) -> None:
    before = datetime.now(UTC)
    id_ = await api.report({})
    after = datetime.now(UTC)

    async def found(query: str) -> bool:
        return await api.find({}, query.replace("+", "%2B")) == [id_]

    assert await found(f"since={before.isoformat()}&until={after.isoformat()}")
    assert not await found(f"since={after.isoformat()}")
    assert not await found(f"until={before.isoformat()}")
    assert await found("since=15m")
    assert not await found("until=15m")
    assert await found("since=2w&until=0s")
    moved = after.astimezone(tz=None) + timedelta(seconds=1)
    assert await found(f"until={moved.isoformat().replace('T', 't')}")
    assert await found("since=2020-01-01t00:00:00z")


async def test_a_leap_second_is_the_second_after(api: Api) -> None:
    """RFC 3339, section 5.7."""
    now = datetime.now(UTC)

    leap = parse_time("since", "2016-12-31T23:59:60.25Z", now)

    assert leap == datetime(2017, 1, 1, 0, 0, 0, 250_000, UTC)
    assert await api.find({}, "since=2016-12-31T23:59:60Z") == []
    assert (await api.post("/find?since=2016-12-31T23:60:00Z", b"{}")).status == 400


async def test_a_date_is_its_midnight_in_utc(api: Api) -> None:
    now = datetime.now(UTC)
    id_ = await api.report({})

    assert parse_time("until", "2026-11-29", now) == datetime(2026, 11, 29, tzinfo=UTC)
    assert await api.find({}, "since=2026-01-01") == [id_]
    assert await api.find({}, "until=2026-01-01") == []
    assert (await api.post("/find?since=2026-13-01", b"{}")).status == 400


async def test_since_is_inclusive_and_until_exclusive(api: Api) -> None:
    id_ = await api.report({})
    moment = (await api.get(f"/incidents/{id_}")).json["received_at"]

    assert await api.find({}, f"since={moment}") == [id_]
    assert await api.find({}, f"until={moment}") == []


async def test_a_plus_sign_that_was_not_escaped_is_understood(api: Api) -> None:
    await api.report({})

    assert len(await api.find({}, "since=2020-01-01T00:00:00+02:00")) == 1


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("application/x-ndjson, */*", "application/x-ndjson"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/json, application/x-ndjson;q=0.5", "application/json"),
    ],
)
async def test_the_form_is_the_one_asked_for(shared_api: Api, accept: str, given: str) -> None:
    reply = await shared_api.post("/find", b"{}", {"Accept": accept})

    assert reply.headers["content-type"] == given


async def test_lines_hold_one_incident_each(api: Api) -> None:
    id_ = await api.report(b'{"a":\n\r\n1}')
    other = await api.report({"a": 1})

    reply = await api.post("/find", b"{}", {"Accept": "application/x-ndjson"})
    page = await api.post("/find?limit=1", b"{}", {"Accept": "application/x-ndjson"})

    assert reply.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in reply.text.splitlines()] == [other, id_]
    incident, next_ = map(json.loads, page.text.splitlines())
    assert incident["id"] == other
    assert next_ == {"next": write_cursor(other)}


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/find", b"[]", "an array"),
        ("/find", b'"x"', "a string"),
        ("/find", b"1.5", "a number"),
        ("/find", b"true", "a boolean"),
        ("/find", b"null", "null"),
        ("/find", b"{", "line 1"),
        ("/find?limit=0", b"{}", "limit"),
        ("/find?limit=-1", b"{}", "limit"),
        ("/find?limit=x", b"{}", "limit"),
        ("/find?limit=", b"{}", "limit"),
        ("/find?limit=1&limit=2", b"{}", "limit"),
        ("/find?limit=99999999999999999999", b"{}", "limit"),
        ("/find?limit=%D9%A1", b"{}", "limit"),
        ("/find?after=x", b"{}", "after"),
        ("/find?after=" + "A" * 5000, b"{}", "after"),
        ("/find?since=yesterday", b"{}", "since"),
        ("/find?since=2026-11", b"{}", "since"),
        ("/find?since=2026-13-23T00:00:00Z", b"{}", "since"),
        ("/find?until=999999999w", b"{}", "until"),
        ("/find?until=", b"{}", "until"),
    ],
)
async def test_what_cannot_be_read_is_named(
    shared_api: Api, path: str, body: bytes, said: str
) -> None:
    result = await shared_api.post(path, body)

    assert result.status == 400
    assert said in result.json["detail"]


@pytest.mark.parametrize(
    "query", ["", "?h=", "?h=12", f"?h={'g' * 64}", f"?h={'0' * 65}", f"?h={'0 ' * 32}"]
)
async def test_a_hash_is_64_digits(shared_api: Api, query: str) -> None:
    result = await shared_api.get(f"/find{query}")

    assert result.status == 400
    assert result.json["detail"].startswith("h: ")


async def test_an_example_must_be_json_within_the_limits(shared_api: Api) -> None:
    assert (await shared_api.post("/find", b'{"a": 1e400}')).status == 422
    assert (await shared_api.post("/find", b'{"a":' * 101 + b"1" + b"}" * 101)).status == 422
    assert (await shared_api.request("POST", "/find", b"{}")).status == 415
    assert (await shared_api.post("/find", b'{"a": "' + b"x" * 2**20 + b'"}')).status == 413


async def test_a_search_beyond_the_bound_is_told_to_come_back(open_api: OpenApi) -> None:
    api = await open_api(searches_max=1)

    with api.runtime.search.permit():
        result = await api.post("/find", b"{}")
    after = await api.post("/find", b"{}")

    assert (result.status, result.headers["retry-after"]) == (503, "1")
    assert after.status == 200


async def test_csv_is_a_table_of_the_fields_that_one_names(open_api: OpenApi) -> None:
    api = await open_api()
    for n in range(3):
        body = {"n": n, "level": 3, "a": {"b": [{"c": 1.50}, {"c": "x"}]}, "said": '=1, "q"'}
        await api.report(body, X_Host="db1")
    # So much is made into rows in the process beside the worker.
    await api.report({"message": "large", "text": "x" * 100_000})

    async def csv(query: str) -> Any:
        return await api.request("POST", f"/find?{query}", b"{}", {**JSON, "Accept": "text/csv"})

    found = await csv("fields=id,level,body.level,a.b.c,x-host,said,no&until=9999-01-01")
    newest = await csv("limit=2")
    both = await api.request("POST", "/find?fields=id", b"{}", JSON)
    wrong = await csv("fields=id,,x")

    assert found.headers["content-type"] == "text/csv; charset=utf-8"
    assert found.text.splitlines() == [
        "id,level,body.level,a.b.c,x-host,said,no",
        "4,,,,,,",
        *(f"{n}" + ',error,3,"[1.5, ""x""]",db1,"\'=1, ""q""",' for n in (3, 2, 1)),
    ]
    assert newest.text.startswith("id,received,level,service,message\r\n4,")
    assert newest.text.count("\r\n") == 3
    assert (both.status, wrong.status) == (400, 400)
    assert "send Accept: text/csv" in both.json["detail"]
