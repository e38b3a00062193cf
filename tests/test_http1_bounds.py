"""What a client may send, or not send, is bounded: bytes between data, and the time for a body."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from tests.test_http1 import (  # noqa: F401 - fixtures: each holds over both wires
    CHUNKED,
    HOST,
    Peer,
    Server,
    echo,
    identity,
    request,
    serving,
    wire,
)

WANTED = 4_000_000


async def until_ended(peer: Peer, pieces: bytes) -> tuple[bytes, int]:
    """What the server said, and how much was sent, before it ended the connection."""
    sent = 0
    with suppress(ConnectionError):
        while sent < WANTED and not peer.reader.at_eof():
            await peer.say(pieces)
            sent += len(pieces)
            await asyncio.sleep(0)
    said = b""
    with suppress(ConnectionError):
        while piece := await asyncio.wait_for(peer.reader.read(65536), 60):
            said += piece
    return said, sent


async def waits(*_: Any) -> None:
    """Reads no body."""
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("begun", "more"),
    [
        pytest.param(b"0\r\nX: ", b"v" * 4000, id="a trailer's value"),
        pytest.param(b"0\r\n", b"n" * 4000, id="a trailer's name"),
        pytest.param(b"0\r\n", b"X: y\r\n" * 700, id="many trailers"),
        pytest.param(b"5;a=", b"e" * 4000, id="a chunk's extension"),
        pytest.param(b"2\r\nok\r\n", b"1;" + b"e" * 4000 + b"\r\nx\r\n", id="extensions of chunks"),
        pytest.param(b"2;", b'"' + b"q" * 4000, id="a quoted extension"),
        pytest.param(b"1\r\nx\r\n", b"0" * 4000, id="zeros of a size"),
    ],
)
@pytest.mark.parametrize("application", [echo, waits])
async def test_what_stands_between_data_is_bounded(
    begun: bytes, more: bytes, application: Any
) -> None:
    async with serving(application, refused_bytes_max=100_000) as server:
        peer = await server.connect()
        await peer.say(CHUNKED + begun)
        said, sent = await until_ended(peer, more)
        assert said == b"" or said.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 ")), said[:80]
        assert sent < WANTED
        # All others are answered.
        other = await server.connect()
        await other.say(request(b"other"))
        if application is echo:
            assert (await other.answer())[1].endswith(b"other")


async def test_chunks_of_one_byte_are_a_body() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(CHUNKED + b"1\r\nx\r\n" * 100_000 + b"0\r\nDigest: x\r\n\r\n")
        assert (await peer.answer())[1] == b"POST /x  " + b"x" * 100_000
        await peer.say(CHUNKED + b"0000001;a=b\r\nx\r\n" * 10_000 + b"0\r\n\r\n")
        assert (await peer.answer())[1] == b"POST /x  " + b"x" * 10_000


async def test_what_is_behind_a_body_is_not_counted_with_it() -> None:
    async with serving() as server:
        peer = await server.connect()
        long = request(b"next", more=b"X: " + b"v" * 3000 + b"\r\n")
        await peer.say((CHUNKED + b"4\r\nbody\r\n0\r\nX: y\r\n\r\n" + long) * 20)
        for _ in range(20):
            assert (await peer.answer())[1] == b"POST /x  body"
            assert (await peer.answer())[1] == b"POST /x  next"


LATE = [
    pytest.param(b"Content-Length: 4\r\n\r\n", id="nothing of a length"),
    pytest.param(b"Content-Length: 4\r\n\r\nab", id="half of a length"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n", id="no chunk"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", id="no end"),
    pytest.param(b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n", id="in a trailer"),
    pytest.param(b"Content-Length: 4\r\nExpect: 100-continue\r\n\r\n", id="expects"),
    pytest.param(
        b"Content-Length: 4\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", id="upgrade"
    ),
]


@pytest.mark.parametrize("rest", LATE)
async def test_a_body_that_does_not_come_ends_in_408_wherever_it_is_waited_for(
    rest: bytes,
) -> None:
    ended = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while (event := await receive())["type"] != "http.disconnect":
            assert event["more_body"]
        ended.set()
        await send({"type": "http.response.start", "status": 400, "headers": []})
        with pytest.raises(ConnectionResetError):
            await send({"type": "http.response.body", "body": b"nobody hears this"})

    bounds = {"body_seconds_max": 0.4, "refused_seconds_max": 0.4}
    async with serving(application, **bounds) as server:
        peer = await server.connect()
        await peer.say(b"POST /x HTTP/1.1\r\n" + HOST + rest)
        said = (await asyncio.wait_for(peer.rest(), 60)).removeprefix(
            b"HTTP/1.1 100 Continue\r\n\r\n"
        )
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in said
        assert said.endswith(b"the body did not arrive within 0.4 s, the limit")
        await asyncio.wait_for(ended.wait(), 60)
        await gone(server)


async def gone(server: Server) -> None:
    """Returns when the listener holds no connection, though no client closed one.

    It stops only when each has ended; one that waits for a body would be waited for.
    """
    async with asyncio.timeout(60):
        await server.listener.close(3600)


@pytest.mark.parametrize("rest", LATE)
async def test_an_answer_does_not_wait_for_a_body_that_nobody_reads(rest: bytes) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"at once"})

    async with serving(application, refused_seconds_max=0.4) as server:
        peer = await server.connect()
        await peer.say(b"GET /x HTTP/1.1\r\n" + HOST + rest)
        said = await asyncio.wait_for(peer.rest(), 60)
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in said
        await gone(server)


@pytest.mark.slow
async def test_the_time_of_a_body_begins_when_its_request_is_answered() -> None:
    may_end = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/slow":
            await may_end.wait()
        await echo(scope, receive, send)

    async with serving(application, body_seconds_max=1) as server:
        peer = await server.connect()
        head, body = request(b"second")[:-6], b"second"
        await peer.say(request(b"first", b"/slow") + head)
        await asyncio.sleep(1.5)
        may_end.set()
        assert (await peer.answer())[1].endswith(b"first")
        await peer.say(body)
        assert (await peer.answer())[1].endswith(b"second")


async def test_a_head_behind_a_whole_request_in_one_packet_is_answered_when_its_body_comes() -> (
    None
):
    async with serving() as server:
        peer = await server.connect()
        head = request(b"two")[:-3]
        await peer.say(request(b"one") + head)
        assert (await peer.answer())[1].endswith(b"one")
        await peer.say(b"two")
        assert (await peer.answer())[1].endswith(b"two")


async def test_a_head_that_has_begun_behind_a_whole_request_is_no_known_head() -> None:
    """What was parsed before is looked for only where a request begins."""

    def at_once(exchange: Any) -> bool:
        exchange.memo = "known"
        exchange.answer(200, [], b"%d" % len(exchange.scope["headers"]))
        return True

    async with serving(at_once=at_once) as server:
        peer = await server.connect()
        await peer.say(request(b"known"))
        assert (await peer.answer())[1] == b"2"
        await peer.say(request(b"first") + b"POST /y HTTP/1.1\r\n" + HOST + b"X: ")
        assert (await peer.answer())[1] == b"2"
        await peer.say(request(b"known"))
        # The last header's value is `POST /x HTTP/1.1`; there are two Hosts.
        assert (await peer.rest()).startswith(b"HTTP/1.1 400 ")


async def test_stopping_is_not_held_up_by_bodies_that_do_not_come() -> None:
    bounds = {"body_seconds_max": 0.4, "refused_seconds_max": 0.4}
    async with serving(**bounds) as server:
        for _ in range(20):
            peer = await server.connect()
            await peer.say(b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\n")
        async with asyncio.timeout(60):
            await server.listener.close(3600)
