"""CloudEvents are reports: structured, binary, and in batches."""

import json
from typing import Any

import pytest

from tests.api import Api

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "type": "com.example.order.failed",
    "source": "/shop",
    "id": "A234-1234-1234",
    "datacontenttype": "application/json",
    "data": {"order": 7},
}
BATCH = {"Content-Type": "application/cloudevents-batch+json; charset=UTF-8"}


async def post(api: Api, body: Any, headers: dict[str, str]) -> Any:
    return await api.request("POST", "/problems", json.dumps(body).encode(), headers)


async def test_a_structured_event_is_the_body(api: Api) -> None:
    result = await post(api, EVENT, {"Content-Type": "application/cloudevents+json"})

    assert result.status == 201
    assert await api.find({"type": "com.example.order.failed", "data": {"order": 7}}) == [1]


@pytest.mark.parametrize(
    ("kind", "data"), [("application/json", {"order": 7}), ("text/plain", "order 7")]
)
async def test_a_binary_event_has_its_attributes_in_the_headers(
    api: Api, kind: str, data: Any
) -> None:
    named = {f"ce-{name}": EVENT[name] for name in ("specversion", "type", "source", "id")}
    body = data.encode() if isinstance(data, str) else json.dumps(data).encode()

    result = await api.request("POST", "/problems", body, {"Content-Type": kind, **named})

    assert result.status == 201
    assert await api.find({"Ce-Type": "com.example.order.failed", "Ce-Source": "/shop"}) == [1]
    assert (await api.get("/incidents/1")).json["body"] == data


async def test_each_event_of_a_batch_is_an_incident(api: Api) -> None:
    events = [{**EVENT, "id": str(number)} for number in range(3)]

    result = await post(api, events, BATCH)

    hashes = [json.loads(line)["hash"] for line in result.text.splitlines()]
    assert (result.status, len(hashes)) == (200, 3)
    assert [await api.find({"id": each["id"]}) for each in events] == [[1], [2], [3]]
    found = (await api.get("/incidents/2")).json
    assert (found["body"], found["hash"]) == (events[1], hashes[1])
    # One event is answered likewise.
    result = await post(api, [EVENT], BATCH)
    assert (result.status, len(result.text.splitlines())) == (200, 1)


async def test_one_bad_event_of_a_batch_keeps_none_out(api: Api) -> None:
    deep = '{"data": ' + "[" * 200 + "]" * 200 + "}"
    body = f"[{json.dumps(EVENT)}, {deep}, {json.dumps(EVENT)}]"

    result = await api.request("POST", "/problems", body.encode(), BATCH)

    first, second, third = map(json.loads, result.text.splitlines())
    assert (result.status, second["status"], second["line"]) == (200, 422, 2)
    assert first["hash"] == third["hash"]
    assert await api.find({"id": EVENT["id"]}) == [2, 1]


async def test_who_asks_may_send(api: Api) -> None:
    result = await api.request(
        "OPTIONS", "/problems", b"", {"WebHook-Request-Origin": "events.example"}
    )

    assert result.headers["webhook-allowed-origin"] == "events.example"
