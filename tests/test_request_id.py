"""The id of a request, from its header to its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from faults.wire import read_reply

from incidents.core.api_key import new_key
from incidents.support.request_id import begin_request, request_id
from tests.api import Api
from tests.served import Served

OpenApi = Callable[..., Awaitable[Api]]


@pytest.mark.parametrize(
    "given",
    [
        "7",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        "123e4567-e89b-12d3-a456-426614174000",
        "Root=1-67891233-abcdef012345678912345678;Self=1:2",
        "aGVsbG8gd29ybGQ+/w==",
        "x" * 128,
    ],
)
async def test_the_clients_own_id_comes_back(shared_api: Api, given: str) -> None:
    result = await shared_api.get("/nothing", **{"X-Request-Id": given})

    assert result.json["request_id"] == given
    assert result.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 129, "a b", 'a"b', "a\\b", "a\x7fb", "é", "<b>", "a,b", "\x1b[31m"]
)
async def test_what_could_do_harm_is_replaced(shared_api: Api, given: str) -> None:
    result = await shared_api.get("/nothing", **{"X-Request-Id": given})

    made = result.json["request_id"]
    assert made != given
    assert made.isascii()
    assert result.headers["x-request-id"] == made


async def test_a_key_is_no_id(shared_api: Api) -> None:
    result = await shared_api.get("/nothing", **{"X-Request-Id": new_key()})

    assert "incidents_key_" not in result.text + str(result.headers)


async def test_every_error_has_the_id_of_its_request(shared_api: Api) -> None:
    made = set()
    for method, path, body in (
        ("GET", "/nothing", b""),
        ("PUT", "/problems", b""),
        ("POST", "/problems", b"{"),
        ("POST", "/find", b"[]"),
        ("GET", "/find", b""),
        ("GET", "/incidents/7", b""),
        ("GET", "/tail?example=[]", b""),
        ("POST", "/login", b""),
    ):
        result = await shared_api.request(method, path, body, {"Content-Type": "application/json"})
        assert result.status >= 400
        assert result.headers["x-request-id"] == result.json["request_id"]
        made.add(result.json["request_id"])

    assert len(made) == 8


async def test_a_line_that_is_refused_has_the_id_of_its_request(shared_api: Api) -> None:
    result = await shared_api.post(
        "/problems", b"{\n", {"Content-Type": "application/x-ndjson", "X-Request-Id": "mine"}
    )

    assert json.loads(result.text)["request_id"] == "mine"
    assert result.headers["x-request-id"] == "mine"


async def test_an_answer_to_a_question_has_it_too(shared_api: Api) -> None:
    result = await shared_api.post("/find", b"{}", {"X-Request-Id": "mine"})

    assert result.headers["x-request-id"] == "mine"


async def test_the_headers_of_an_incident_are_those_that_came(shared_api: Api) -> None:
    first = await shared_api.report({"n": 1})
    second = await shared_api.report({"n": 2}, X_Request_Id="mine")

    assert "X-Request-Id" not in (await shared_api.get(f"/incidents/{first}")).json["headers"]
    assert (await shared_api.get(f"/incidents/{second}")).json["headers"]["X-Request-Id"] == "mine"


async def test_what_is_nobodys_work_has_none(open_api: OpenApi) -> None:
    assert request_id() is None
    begin_request(b"mine")

    # A task that was begun for a request goes on when that has ended.
    api = await open_api()
    assert (await api.get("/tail?example={", **{"X-Request-Id": "x"})).status == 400
    follower = api.runtime.tail._follower
    ids: list[str | None] = []
    follower._look = lambda: _fail(ids)  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await api.get("/tail")

    assert set(ids) == {None}


async def _fail(ids: list[str | None]) -> None:
    ids.append(request_id())
    await asyncio.sleep(10)


def test_requests_that_are_under_way_together_keep_their_own(
    serve_here: Callable[..., Served],
) -> None:
    server = serve_here()

    all_began = asyncio.Barrier(40)

    async def ask(number: int) -> None:
        begun = (
            f"POST /problems HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Request-Id: id-{number}\r\nContent-Length: 2\r\n\r\n{{"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(begun.encode())
        await all_began.wait()
        writer.write(b"!")
        reply = await read_reply(reader)
        writer.close()
        assert reply.status == 400
        assert reply.json["request_id"] == reply.headers["x-request-id"] == f"id-{number}"

    async def run() -> None:
        await asyncio.gather(*[ask(number) for number in range(40)])

    asyncio.run(run())
