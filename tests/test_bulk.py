"""POST /problems with NDJSON: each line an incident, or a problem with its number."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any

import pytest

from incidents.core import json_text
from incidents.core.errors import Unavailable
from incidents.core.incident import Incident
from tests.api import Api, Result
from tests.proxy import Proxy
from tests.served import Served

OpenApi = Callable[..., Awaitable[Api]]

LINES = {"Content-Type": "application/x-ndjson"}


async def send(api: Api, body: bytes, headers: dict[str, str] | None = None) -> list[Any]:
    result = await post(api, body, headers)
    assert (result.status, result.is_cut) == (200, False), result.text
    return lines_of(result)


async def post(api: Api, body: bytes, headers: dict[str, str] | None = None) -> Result:
    result = await api.request("POST", "/problems", body, {**LINES, **(headers or {})})
    assert result.headers["content-type"] == "application/x-ndjson", result.text
    return result


def lines_of(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.text.splitlines()]


async def test_each_line_is_an_incident_with_the_headers_of_the_request(api: Api) -> None:
    replies = await send(api, b'{"n": 1}\n[2]\n"three"\n', {"X-Source": "cron"})

    found = (await api.post("/find", b'{"X-Source": "cron"}')).json["incidents"]
    assert [each["body"] for each in found] == ["three", [2], {"n": 1}]
    assert [each["hash"] for each in reversed(found)] == [each["hash"] for each in replies]


async def test_a_line_is_hashed_as_the_same_report_alone(api: Api) -> None:
    [reply] = await send(api, b'{"b": 1, "a": 2}')
    found = (await api.get(f"/find?h={reply['hash']}")).json["incidents"]
    assert found[0]["body"] == {"b": 1, "a": 2}


async def test_a_bad_line_is_refused_with_its_number_and_its_neighbours_are_stored(
    api: Api,
) -> None:
    replies = await send(api, b'{"n": 1}\n{"n": \n\n{"n": 4}\n1e999\n{"n": 6}')

    assert [each.get("line") for each in replies] == [None, 2, None, 5, None]
    assert [each.get("status") for each in replies] == [None, 400, None, 422, None]
    assert replies[1]["detail"] == replies[1]["message"]
    assert len(await api.find({})) == 3


async def test_every_end_of_a_line_is_one(api: Api) -> None:
    assert len(await send(api, b"1\r\n2\n\r\n \n3")) == 3
    assert b'"body": 1, ' in (await api.post("/find", b"{}")).content


@pytest.mark.parametrize("body", [b"", b"\n\n \r\n"])
async def test_a_body_without_a_line_is_refused(api: Api, body: bytes) -> None:
    result = await api.request("POST", "/problems", body, LINES)
    assert result.status == 400
    assert "empty" in result.json["detail"]


async def test_where_no_line_could_be_taken_the_status_says_so(api: Api) -> None:
    result = await post(api, b'{"n": NaN}\n1e999\n[\n')

    assert result.status == 400
    assert [(each["line"], each["status"]) for each in lines_of(result)] == [
        (1, 400),
        (2, 422),
        (3, 400),
    ]
    assert await api.find({}) == []


@pytest.mark.parametrize("line", [b"{]", b'"' + b"x" * 300 + b"\t"])
async def test_who_sends_something_else_than_lines_is_told_before_all_of_it_is_read(
    api: Api, line: bytes
) -> None:
    """The status cannot be held back for ever: then nothing is taken from there on."""
    result = await post(api, (line + b"\n") * 3000 + b"1\n")

    *refused, last = lines_of(result)
    assert result.status == last["status"] == 400
    assert last["type"] == "urn:incidents:problem:no-line-taken"
    assert last["line"] == len(refused) + 1 <= 1001
    assert len(result.content) < 128 * 1024
    assert await api.find({}) == []


async def test_a_line_that_is_stored_lets_any_number_be_refused(api: Api) -> None:
    replies = await send(api, b"1\n" + b"{]\n" * 3000 + b"2\n")
    assert len(replies) == 3002
    assert await bodies(api) == [1, 2]


async def test_gzip_is_unpacked_as_it_comes(api: Api) -> None:
    packed = gzip.compress(b"1\n2\n") + gzip.compress(b"3\n")
    assert len(await send(api, packed, {"Content-Encoding": "gzip"})) == 3


async def test_lines_before_a_fault_of_the_whole_are_stored_and_it_is_said_in_a_last_line(
    api: Api,
) -> None:
    packed = gzip.compress(b"1\n" * 100_000)
    result = await post(api, packed[:-20], {"Content-Encoding": "gzip"})

    *stored, last = lines_of(result)
    assert (result.status, result.is_cut) == (200, True)
    assert last["status"] == 400
    assert last["line"] == len(stored) + 1
    assert len(await api.find({})) == len(stored)


async def test_what_makes_a_request_unfit_is_a_status(open_api: OpenApi) -> None:
    api = await open_api(bulk_requests_max=1)
    unfit = await api.request("POST", "/problems", b"1", {**LINES, "Content-Encoding": "br"})
    large = await api.request("POST", "/problems", b"1", {**LINES, "X-Large": "x" * 70_000})
    assert (unfit.status, large.status) == (415, 431)
    with api.runtime.intake.bulk_window():
        busy = await api.request("POST", "/problems", b"1", LINES)
    assert busy.status == 503
    assert "bulk requests" in busy.json["detail"]
    assert len(await send(api, b"1")) == 1


async def test_a_line_over_the_limit_is_refused_and_the_next_is_taken(api: Api) -> None:
    replies = await send(api, b'"' + b"x" * 5_000_000 + b'"\n2\n')
    assert replies[0]["status"] == 413
    assert replies[0]["line"] == 1
    assert "hash" in replies[1]


async def test_however_many_lines_are_sent_only_so_many_are_under_way(open_api: OpenApi) -> None:
    api = await open_api(bulk_lines_max=10, batch_incidents_max=4)
    most = 0
    put = api.runtime.intake._bulk_queue.put
    waiting = api.runtime.intake._bulk_queue._tickets

    def counted(pending: Any) -> None:
        nonlocal most
        put(pending)
        most = max(most, len(waiting))

    api.runtime.intake._bulk_queue.put = counted  # type: ignore[method-assign]
    replies = await send(api, b"".join(b"%d\n" % n for n in range(1000)))

    assert len(replies) == 1000
    assert most <= 10
    assert len(await api.find({})) == 1000


async def test_ids_and_replies_are_in_the_order_of_lines(api: Api) -> None:
    replies = await send(api, b"".join(b"%d\n" % n for n in range(5000)))

    found = (await api.post("/find", b"{}")).json["incidents"]
    assert await bodies(api) == list(range(5000))
    by_body = {each["body"]: each["hash"] for each in found}
    assert [each["hash"] for each in replies] == [by_body[n] for n in range(5000)]


async def test_ids_are_in_the_order_of_lines_when_some_come_late(open_api: OpenApi) -> None:
    """Two batches are in flight at once; neither overtakes the other on its way to its ids."""
    api = await open_api(batch_incidents_max=16)
    store, random = api.runtime.intake._writers[0]._store, Random(1)
    reserve_ids, insert = store.reserve_ids, store.insert
    under_way = most = 0

    async def late(count: int) -> list[int]:
        await asyncio.sleep(random.uniform(0, 0.005))
        if random.random() < 0.1:
            raise Unavailable("for a moment")
        return await reserve_ids(count)

    async def counted(batch: Sequence[tuple[int, Incident]], **options: Any) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(random.uniform(0, 0.005))
        await insert(batch, **options)
        under_way -= 1

    store.reserve_ids, store.insert = late, counted  # type: ignore[method-assign]
    await send(api, b"".join(b"%d\n" % n for n in range(1000)))

    assert most == 2
    assert await bodies(api) == list(range(1000))


async def test_ids_are_in_the_order_of_lines_when_postgresql_refuses_some(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of lines whose ids were predicted, and gone with the refusal."""
    api = await open_api(batch_incidents_max=16)
    monkeypatch.setattr(json_text, "for_search", lambda *_: None)
    lines = [b'"\\u0000"\n' if n % 50 == 7 else b"%d\n" % n for n in range(1000)]

    replies = await send(api, b"".join(lines))

    assert [n for n, each in enumerate(replies) if "hash" not in each] == list(range(7, 1000, 50))
    assert await bodies(api) == [n for n in range(1000) if n % 50 != 7]


async def bodies(api: Api) -> list[Any]:
    """What is stored, in the order of ids."""
    found = (await api.post("/find", b"{}")).json["incidents"]
    return [each["body"] for each in reversed(found)]


def test_a_reply_that_is_cut_short_arrives_but_for_its_end(
    serve_here: Callable[..., Served],
) -> None:
    server = serve_here()
    broken = gzip.compress(b"1\n" * 20_000)[:-4] + b"oops"

    with server.connect() as connection:
        head = (
            "POST /problems HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Encoding: gzip\r\n"
            f"Content-Type: application/x-ndjson\r\nContent-Length: {len(broken)}\r\n\r\n"
        )
        connection.sendall(head.encode() + broken)
        reply = b""
        while piece := connection.recv(65536):
            reply += piece

    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"type": "urn:incidents:problem:bad-encoding"' in reply
    assert reply.endswith(b"}\n\r\n")  # of the chunk that the last problem is in


async def test_a_coding_that_is_broken_from_the_start_is_a_status(api: Api) -> None:
    for packed in (b"no gzip at all", gzip.compress(b"1")[:14]):
        sent = {**LINES, "Content-Encoding": "gzip"}
        result = await api.request("POST", "/problems", packed, sent)
        assert (result.status, result.json["status"]) == (400, 400)
    assert await api.find({}) == []


async def test_a_line_is_on_disk_before_its_reply_is_sent(api: Api) -> None:
    """Each reply is looked up, by its hash, the moment it comes."""
    arriving: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    found: list[int] = []

    async def reply_came(event: dict[str, Any]) -> None:
        for line in event.get("body", b"").splitlines():
            answer = await api.get(f"/find?h={json.loads(line)['hash']}")
            found.append(len(answer.json["incidents"]))
        if len(found) < 3 and event["type"] == "http.response.body":
            await arriving.put(piece(b"%d\n" % len(found), more=len(found) < 2))

    await arriving.put(piece(b"0\n", more=True))
    await asyncio.wait_for(api.stream("/problems", LINES, arriving.get, reply_came), 30)

    assert found == [1, 1, 1]


def piece(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_client_that_leaves_half_way_leaves_whole_lines(api: Api) -> None:
    events = [piece(b'{"n": 1}\n{"n": 1234', more=True), {"type": "http.disconnect"}]

    async def receive() -> dict[str, Any]:
        return events.pop(0) if events else await asyncio.Future()

    async def nobody(_: dict[str, Any]) -> None:
        """Reads nothing."""

    await api.stream("/problems", LINES, receive, nobody)

    found = (await api.post("/find", b"{}")).json["incidents"]
    assert [each["body"] for each in found] == [{"n": 1}]


async def test_a_client_that_does_not_read_is_not_read_from(
    open_api: OpenApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incidents.http.app.SEND_SECONDS_MAX", 0.5)
    api = await open_api(bulk_lines_max=10)
    sent = 0

    async def receive() -> dict[str, Any]:
        nonlocal sent
        sent += 1
        return piece(b"1\n" * 5, more=True)

    async def never(event: dict[str, Any]) -> None:
        if event["type"] == "http.response.body":
            await asyncio.Future()

    await asyncio.wait_for(api.stream("/problems", LINES, receive, never), 60)

    assert sent < 20


async def test_postgresql_away_ends_the_request_and_says_from_which_line_on(
    open_api: OpenApi, database: str
) -> None:
    async with Proxy(database) as proxy:
        api = await open_api(proxy.url, bulk_lines_max=4, database_wait_seconds=1)
        assert len(await send(api, b"1\n2\n")) == 2
        await proxy.go_away()
        result = await post(api, b"3\n" * 100)

    *refused, last = lines_of(result)
    assert (result.status, result.headers["retry-after"]) == (503, "1")
    assert {each["status"] for each in (*refused, last)} == {503}
    assert [each["line"] for each in (*refused, last)] == list(range(1, len(refused) + 2))
    assert len(refused) < 10
