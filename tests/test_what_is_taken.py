"""POST /problems takes what real senders send: the body decides, not what its type says."""

import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.api import Api, Result
from tests.oracle import recomputed_hash

OpenApi = Callable[..., Awaitable[Api]]
FORM = "application/x-www-form-urlencoded"


async def shown(api: Api, result: Result) -> Any:
    assert result.status in (200, 201), result.text
    incident = (await api.get(result.headers["location"])).json
    assert incident["hash"] == result.json["hash"] == recomputed_hash(incident)
    return incident


async def raw(api: Api, result: Result) -> Result:
    return await api.get(f"{result.headers['location']}/raw")


async def report(api: Api, body: bytes, **headers: str) -> Result:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.request("POST", "/problems", body, named)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content_Type": "text/plain; charset=UTF-8"},
        {"Content_Type": "application/csp-report"},
        {"Content_Type": FORM},
        {"Content_Type": "application/octet-stream"},
        {"Content_Type": "nonsense"},
        {"Content_Type": "application/json", "Content_Encoding": "utf-8"},
        {"Content_Type": "application/json", "Content_Encoding": "none"},
    ],
)
async def test_json_is_kept_as_sent_whatever_it_is_said_to_be(
    shared_api: Api, headers: dict[str, str]
) -> None:
    result = await report(shared_api, b'{"Type": "Notification", "n": 1.0}', **headers)

    assert (await shown(shared_api, result))["body"] == {"Type": "Notification", "n": 1.0}
    sent = await raw(shared_api, result)
    assert sent.content == b'{"Type": "Notification", "n": 1.0}'
    assert (await shared_api.find({"Type": "Notification", "n": 1}))[0] == await shared_api.newest()


async def test_a_large_body_of_another_type_is_taken_too(shared_api: Api) -> None:
    body = json.dumps({"log": ["x" * 50] * 10_000}).encode()
    text = b"a line of a log\n" * 20_000

    first = await report(shared_api, body, Content_Type="text/plain")
    second = await report(shared_api, text, Content_Type="text/plain")

    assert (await shown(shared_api, first))["body"] == json.loads(body)
    assert (await shown(shared_api, second))["body"] == text.decode()
    assert (await raw(shared_api, second)).content == text


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b'\xef\xbb\xbf{"a": 1}', "application/json; charset=utf-8", {"a": 1}),
        ('{"a": "é"}'.encode("utf-16"), "application/json; charset=utf-16", {"a": "é"}),
        (b'{"a": "\xe9"}', "application/json", {"a": "é"}),
        (b"Body=disk+full&To=1&To=2", FORM, {"Body": "disk full", "To": ["1", "2"]}),
        (b"payload=%7B%22action%22%3A1%7D", FORM, {"action": 1}),
        (b"ERROR disk full\n", "text/plain", "ERROR disk full\n"),
        (b"ERROR disk full\n", "", "ERROR disk full\n"),
    ],
)
async def test_what_came_is_given_back_where_it_is_not_the_body(
    shared_api: Api, body: bytes, content_type: str, expected: object
) -> None:
    result = await report(
        shared_api, body, **({"Content_Type": content_type} if content_type else {})
    )

    assert (await shown(shared_api, result))["body"] == expected
    sent = await raw(shared_api, result)
    assert sent.content == body
    assert sent.headers["content-type"] == (content_type or "application/octet-stream")


async def test_what_came_is_never_shown_by_a_browser(api: Api) -> None:
    result = await report(api, b"<script>alert(1)</script>", Content_Type="text/html")

    sent = await raw(api, result)

    assert sent.headers["content-disposition"].startswith("attachment")
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["content-security-policy"] == "sandbox"
    for missing in ("/incidents/9/raw", "/incidents/x/raw"):
        assert (await api.get(missing)).status == 404


async def test_lines_of_json_are_lines_whatever_they_are_said_to_be(api: Api) -> None:
    lines = b'{"log": "disk full"}\n\n{"log": "retry"}\r\n[1]\n'

    result = await report(api, lines, Content_Type="application/json")

    assert result.status == 200
    assert result.headers["content-type"] == "application/x-ndjson"
    hashes = [json.loads(line)["hash"] for line in result.text.splitlines()]
    for id_, (hash_, body) in enumerate(
        zip(hashes, [{"log": "disk full"}, {"log": "retry"}, [1]], strict=True), 1
    ):
        stored = (await api.get(f"/incidents/{id_}")).json
        assert (stored["hash"], stored["body"]) == (hash_, body)


@pytest.mark.parametrize("name", ["x-ndjson", "ndjson", "jsonl", "x-json-stream", "stream+json"])
async def test_each_type_of_lines_is_known(shared_api: Api, name: str) -> None:
    body = b'\xef\xbb\xbf{"a": 1}\ntext\n"caf\xe9"\n'

    result = await report(shared_api, body, Content_Type=f"application/{name}")

    first, second, third = map(json.loads, result.text.splitlines())
    assert set(first) == set(third) == {"hash"}
    assert second["line"] == 2
    newest = f"/incidents/{await shared_api.newest()}"
    assert (await shared_api.get(newest)).json["body"] == "café"
    assert (await shared_api.get(f"{newest}/raw")).content == b'"caf\xe9"'


async def test_an_array_is_one_incident_unless_it_is_to_be_split(api: Api) -> None:
    body = b' [ {"a": 1.0} , "x" ] '

    whole = await report(api, body)
    split = await api.request("POST", "/problems?split=true", body)
    lines = await api.request(
        "POST",
        "/problems?split=true",
        b'[1, 2]\n[]\n{"a": []}\n',
        {"Content-Type": "application/x-ndjson"},
    )

    assert whole.status == 201
    assert (split.status, len(split.text.splitlines())) == (200, 2)
    assert len(lines.text.splitlines()) == 4
    bodies = [(await api.get(f"/incidents/{id_}")).json["body"] for id_ in range(1, 8)]
    assert bodies == [[{"a": 1.0}, "x"], {"a": 1.0}, "x", 1, 2, [], {"a": []}]
    assert (await api.get("/incidents/2/raw")).content == b'{"a": 1.0}'


@pytest.mark.parametrize("path", ["/problems/", "//problems", "/problems"])
async def test_the_place_has_three_spellings_and_says_how_to_report(
    shared_api: Api, path: str
) -> None:
    assert (await shared_api.request("POST", path, b"{}")).status == 201
    for method in ("GET", "HEAD"):
        result = await shared_api.request(method, path)
        assert result.status == 200
        assert result.headers["content-type"].startswith("text/plain")


async def test_a_sender_that_takes_only_200_for_success_can_have_it(api: Api) -> None:
    result = await api.request("POST", "/problems?status=200", b"{}")

    assert result.status == 200
    assert "Incidents-Query" not in (await shown(api, result))["headers"]
    wrong = await api.request("POST", "/problems?status=204", b"{}")
    assert wrong.status == 400
    assert wrong.json["detail"] == "status: it is one of 200, 201"


async def test_the_parameters_of_the_url_are_a_header_of_ours(api: Api) -> None:
    sent = {"Incidents-Query": '{"source": "forged"}', "Incidents-Key": "forged", "X-A": "1"}
    result = await api.request(
        "POST",
        "/problems?source=zabbix&tag=a&tag=b&token=s3cret&sig=s3cret&status=201",
        b"{}",
        sent,
    )

    headers = (await shown(api, result))["headers"]

    assert headers["Incidents-Query"] == {
        "source": "zabbix",
        "tag": ["a", "b"],
        "token": "[redacted]",
        "sig": "[redacted]",
    }
    assert "Incidents-Key" not in headers
    assert await api.find({"Incidents-Query": {"source": "zabbix"}}) == [1]
    assert await api.find({"Incidents-Query": {"tag": ["b"]}}) == [1]


async def test_handshakes_are_answered_as_their_senders_want(api: Api) -> None:
    slack = {"type": "url_verification", "challenge": "3eZbrw1", "token": "x"}
    grid = [
        {
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "data": {"validationCode": "512d38b6"},
        }
    ]
    for _ in range(2):  # the second time their heads are known
        first = await report(api, json.dumps(slack).encode(), Content_Type="application/json")
        second = await report(
            api, json.dumps(grid).encode(), Aeg_Event_Type="SubscriptionValidation"
        )
        assert (first.status, second.status) == (200, 200)
        assert first.json["challenge"] == "3eZbrw1"
        assert second.json["validationResponse"] == "512d38b6"
        assert (await shown(api, first))["body"] == slack

    graph = await api.request("POST", "/problems?validationToken=a%20b%3Cx%3E", b"")
    assert (graph.status, graph.text) == (200, "a b<x>")
    assert graph.headers["content-type"].startswith("text/plain")
    assert graph.headers["x-content-type-options"] == "nosniff"
    long = await api.request("POST", f"/problems?validationToken={'x' * 4097}", b"")
    assert long.status == 400
    events = await api.request(
        "OPTIONS", "/problems", headers={"WebHook-Request-Origin": "events.example"}
    )
    assert events.headers["webhook-allowed-origin"] == "events.example"
    assert len(await api.find({})) == 4


async def test_files_are_refused_before_they_are_read(api: Api) -> None:
    result = await report(api, b"--x\r\n", Content_Type="multipart/form-data; boundary=x")

    assert result.status == 415
    assert "multipart/form-data" in result.json["detail"]
    unsaid = await report(api, gzip.compress(b"{}"), Content_Type="application/json")
    assert unsaid.status == 400
    assert "Content-Encoding: gzip" in unsaid.json["detail"]


async def test_an_allowed_page_may_use_send_beacon_and_another_one_nothing(
    open_api: OpenApi,
) -> None:
    api = await open_api(allowed_origins=("https://shop.example",))
    preflight = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    beacon = {
        "Origin": "https://shop.example",
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "no-cors",
        "Content-Type": "text/plain;charset=UTF-8",
    }

    allowed = await api.request("OPTIONS", "/problems", headers=preflight)
    reading = await api.request("OPTIONS", "/find", headers=preflight)
    sent = await api.request("POST", "/problems", b'{"a": 1}', beacon)
    foreign = {**beacon, "Origin": "https://evil.example"}
    refused = await api.request("POST", "/problems", b'{"a": 1}', foreign)

    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert allowed.headers["access-control-allow-credentials"] == "true"
    assert "access-control-allow-credentials" not in reading.headers
    assert (sent.status, refused.status) == (201, 403)
