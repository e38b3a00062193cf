"""HTTP/1.1 as the server speaks it, in clear text and over TLS: what goes over a connection."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

import pytest

from incidents.http.http1.connection import Connection
from incidents.http.http1.exchange import Exchange
from incidents.http.http1.head import Headers, answer_head, request_scope
from incidents.http.http1.limits import Limits
from incidents.http.http1.listener import Listener
from incidents.http.http1.tls import server_context
from tests.tls import Identity, TLSWriter, make_identity, open_tls

HOST = b"Host: localhost\r\n"
CHUNKED = b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    return make_identity(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True, params=["clear text", "TLS"])
def wire(
    request: pytest.FixtureRequest, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these tests holds over both."""
    monkeypatch.setattr(Server, "identity", identity if request.param == "TLS" else None)


def refuse(status: HTTPStatus, why: str) -> tuple[int, Headers, bytes]:
    return status, [], why.encode()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what it was asked, once the body is whole."""
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if event["type"] == "http.disconnect":
            body += b" and left"
        if not event.get("more_body"):
            break
    said = f"{scope['method']} {scope['path']} {scope['query_string'].decode()} ".encode() + body
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said})


class Peer:
    """A client that says what it likes."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter | TLSWriter
    ) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[bytes, bytes]:
        """The next head, and a body of the length that it says."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        return head, await self.reader.readexactly(int(length or 0))

    async def rest(self) -> bytes:
        """All until the server ends the connection."""
        return await self.reader.read()

    def half_close(self) -> None:
        self.writer.write_eof()


class Server:
    """A listener, and how to reach it: over TLS where there is an identity."""

    identity: Identity | None = None

    def __init__(self, listener: Listener, port: int) -> None:
        self.listener = listener
        self.port = port
        self.peers: list[Peer] = []

    async def connect(self) -> Peer:
        if self.identity is None:
            peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port))
        else:
            peer = Peer(*await open_tls(self.port, self.identity.trust))
        self.peers.append(peer)
        return self.peers[-1]


@asynccontextmanager
async def serving(
    application: Any = echo, at_once: Any = lambda _: False, **bounds: float
) -> AsyncIterator[Server]:
    given: dict[str, Any] = {
        "connections_max": 100,
        "head_bytes_max": 4096,
        "heads_bytes_max": 1_000_000,
        "head_seconds_max": 20,
        "body_seconds_max": 20,
        "send_seconds_max": 20,
        "refused_bytes_max": 1_000_000,
        "refused_seconds_max": 20,
        "refuse": refuse,
        **bounds,
    }
    listener = Listener(application, at_once, Limits(**given))
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    identity = Server.identity
    tls = server_context(identity.certificate, identity.private_key) if identity else None
    await listener.open(bound, tls)
    server = Server(listener, bound.getsockname()[1])
    try:
        yield server
    finally:
        for peer in server.peers:
            peer.writer.close()
        await listener.close(1)


def request(body: bytes = b"", path: bytes = b"/x", more: bytes = b"") -> bytes:
    length = b"Content-Length: %d\r\n" % len(body)
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + more + length + b"\r\n" + body


async def test_a_connection_is_kept_and_each_request_answered() -> None:
    async with serving() as server:
        peer = await server.connect()
        for body in (b"one", b"", b"three"):
            await peer.say(request(body, b"/a%20b?c=%20"))
            head, answer = await peer.answer()
            assert head.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
            assert b"connection" not in head
            assert answer == b"POST /a b c=%20 " + body


async def test_a_request_may_come_byte_by_byte() -> None:
    async with serving() as server:
        peer = await server.connect()
        for each in request(b"slow", more=b"X-Long: " + b"v" * 50 + b"\r\n"):
            await peer.say(bytes([each]))
            await asyncio.sleep(0)
        assert (await peer.answer())[1] == b"POST /x  slow"


async def test_requests_sent_ahead_are_answered_in_order() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(b"".join(request(b"%d" % n) for n in range(500)))
        for n in range(500):
            assert (await peer.answer())[1] == b"POST /x  %d" % n


async def test_a_body_in_chunks_ends_with_the_last_and_its_trailers_are_no_headers() -> None:
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await echo(scope, receive, send)
        seen.append(scope["headers"])

    async with serving(application) as server:
        peer = await server.connect()
        head = b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        await peer.say(
            head + b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n" + request(b"next")
        )
        assert (await peer.answer())[1] == b"POST /x  abcde"
        assert (await peer.answer())[1] == b"POST /x  next"
    assert [name for name, _ in seen[0]] == [b"host", b"transfer-encoding"]


async def test_a_client_that_asks_first_is_told_to_continue_when_the_body_is_wanted() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(
            request(more=b"Expect: 100-continue\r\n").replace(b"Length: 0", b"Length: 4")
        )
        assert await peer.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await peer.say(b"body")
        assert (await peer.answer())[1] == b"POST /x  body"


@pytest.mark.parametrize("body", [b"", b"kept"])
async def test_a_request_that_would_upgrade_is_taken_for_what_it_is(body: bytes) -> None:
    async with serving() as server:
        peer = await server.connect()
        upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n"
        await peer.say(request(body, more=upgrade))
        head, answer = await peer.answer()
        assert answer == b"POST /x  " + body
        assert b"connection: close" in head
        assert await peer.rest() == b""


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),  # HTTP/2
        (request(b"x", more=b"Transfer-Encoding: chunked\r\n"), 400),  # two lengths: smuggling
        (request(more=b"Content-Length: 7\r\n"), 400),
        (request(more=b"X-Folded: a\r\n b\r\n").replace(b"\r\n b", b"\n b"), 400),
        (b"GET / HTTP/1.1\r\nX: " + b"v" * 5000, 431),
        (b"GET /" + b"p" * 5000, 431),
        (b"GET / HTTP/1.1\r\nX: " + b"v" * 300_000, 431),
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_ends(
    data: bytes, status: int
) -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(data)
        said = await peer.rest()
        assert said.startswith(b"HTTP/1.1 %d " % status)
        assert b"connection: close" in said
        assert said.count(b"HTTP/1.1 ") == 1 or status == 400


async def test_what_is_no_request_does_not_harm_the_one_before() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(request(b"good") + request(b"too") + b"GARBAGE\r\n\r\n")
        assert (await peer.answer())[1] == b"POST /x  good"
        assert (await peer.answer())[1] == b"POST /x  too"
        assert (await peer.rest()).startswith(b"HTTP/1.1 400 ")


async def test_a_body_that_is_no_body_ends_the_request() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(request(b"before") + CHUNKED + b"2\r\nok\r\nZZ\r\n")
        assert (await peer.answer())[1] == b"POST /x  before"
        assert (await peer.rest()).startswith(b"HTTP/1.1 400 ")


async def test_a_client_that_closes_its_half_is_answered() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(request(b"all"))
        peer.half_close()
        assert (await peer.rest()).endswith(b"POST /x  all")


async def test_a_body_that_ends_early_is_told_from_one_that_is_whole() -> None:
    async with serving() as server:
        peer = await server.connect()
        await peer.say(request(b"half").replace(b"Length: 4", b"Length: 9"))
        peer.half_close()
        assert (await peer.rest()).endswith(b"half and left")


async def test_an_application_hears_that_its_client_left() -> None:
    left = asyncio.Event()

    async def application(_: Any, receive: Any, send: Any) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        left.set()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(request(b"{}"))
        await asyncio.sleep(0.05)
        assert not left.is_set()
        peer.writer.transport.abort()
        await asyncio.wait_for(left.wait(), 60)


async def pieces(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    for piece in (b"one", b"", b"two"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if scope["path"] == "/cut":
        raise ConnectionAbortedError
    await send({"type": "http.response.body", "body": b"end"})


@pytest.mark.parametrize(
    ("method", "version", "kept", "body"),
    [
        (
            "GET",
            "1.1",
            b"transfer-encoding: chunked",
            b"3\r\none\r\n3\r\ntwo\r\n3\r\nend\r\n0\r\n\r\n",
        ),
        ("GET", "1.0", b"connection: close", b"onetwoend"),
        ("HEAD", "1.1", b"transfer-encoding: chunked", b""),
    ],
)
async def test_an_answer_in_pieces(method: str, version: str, kept: bytes, body: bytes) -> None:
    async with serving(pieces) as server:
        peer = await server.connect()
        await peer.say(
            f"{method} / HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        head, _, said = (await peer.rest()).partition(b"\r\n\r\n")
        assert kept in head
        assert said == body


async def test_a_part_of_an_answer_is_not_taken_for_the_whole() -> None:
    async with serving(pieces) as server:
        peer = await server.connect()
        await peer.say(request(path=b"/cut"))
        said = b""
        with suppress(ConnectionResetError):
            said = await peer.rest()
        assert b"0\r\n\r\n" not in said


async def test_an_application_waits_for_a_client_that_reads_slowly() -> None:
    sent = 0

    async def application(_: Any, __: Any, send: Any) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while sent < 300:
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
            sent += 1
        await send({"type": "http.response.body"})

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(request())
        await peer.reader.readexactly(100)
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)
        assert sent < 300
        assert len(await _read(peer, 300 * 100_000)) == 300 * 100_000
        assert sent == 300


async def _read(peer: Peer, count: int) -> bytes:
    return await peer.reader.readexactly(count)


@pytest.mark.slow
async def test_a_client_waits_while_the_application_does_not_take_its_body() -> None:
    may_read = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await may_read.wait()
        await echo(scope, receive, send)

    async with serving(application) as server:
        peer = await server.connect()
        body = bytes(30_000_000)
        saying = asyncio.create_task(peer.say(request(body)))
        await asyncio.sleep(0.5)
        assert not saying.done()
        may_read.set()
        await saying
        assert len((await peer.answer())[1]) == len(b"POST /x  ") + len(body)


async def test_a_body_that_nobody_reads_does_not_break_the_answer() -> None:
    async def application(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": []})
        await send({"type": "http.response.body", "body": b"too much"})

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(request(bytes(300_000)))
        assert (await peer.rest()).endswith(b"too much")


async def test_one_connection_too_many_is_told_so() -> None:
    async with serving(connections_max=2) as server:
        first, second = await server.connect(), await server.connect()
        await first.say(request(b"1"))
        await first.answer()
        third = await server.connect()
        assert (await third.rest()).startswith(b"HTTP/1.1 503 ")
        await second.say(request(b"2"))
        assert (await second.answer())[1] == b"POST /x  2"
        first.writer.close()
        await first.writer.wait_closed()
        third.writer.close()
        await asyncio.sleep(0.1)
        fourth = await server.connect()
        await fourth.say(request(b"4"))
        assert (await fourth.answer())[1] == b"POST /x  4"


async def test_a_head_that_does_not_come_and_a_connection_that_is_idle_are_ended() -> None:
    async with serving(head_seconds_max=0.5) as server:
        idle, slow = await server.connect(), await server.connect()
        await slow.say(b"GET / HT")
        assert await idle.rest() == b""
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 ")


async def test_a_client_that_takes_nothing_is_cut_off() -> None:
    ended = asyncio.Event()

    async def application(_: Any, __: Any, send: Any) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send(
                    {"type": "http.response.body", "body": bytes(1_000_000), "more_body": True}
                )
        except ConnectionResetError:
            ended.set()

    async with serving(application, send_seconds_max=0.5) as server:
        peer = await server.connect()
        await peer.say(request())
        await asyncio.wait_for(ended.wait(), 60)


async def test_stopping_waits_for_what_was_begun_and_for_nothing_else() -> None:
    may_end = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await may_end.wait()
        await echo(scope, receive, send)

    async with serving(application) as server:
        idle, busy = await server.connect(), await server.connect()
        await busy.say(request(b"begun"))
        await asyncio.sleep(0.1)
        stopping = asyncio.create_task(server.listener.close(20))
        assert await idle.rest() == b""
        assert not stopping.done()
        may_end.set()
        said = await busy.rest()
        assert said.endswith(b"begun")
        assert b"connection: close" in said
        await stopping


async def test_stopping_cuts_off_what_does_not_end(caplog: pytest.LogCaptureFixture) -> None:
    async def application(*_: Any) -> None:
        await asyncio.sleep(3600)

    async with serving(application) as server:
        peer = await server.connect()
        await peer.say(request())
        await asyncio.sleep(0.1)
        await server.listener.close(0.1)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await peer.answer()
    assert "1 answers were cut short" in caplog.text


async def test_an_exchange_may_be_answered_without_the_application() -> None:
    def at_once(exchange: Exchange) -> bool:
        if exchange.scope["path"] != "/quick":
            return False
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, exchange.answer, 201, [(b"x", b"y")], exchange.whole_body())
        return True

    async with serving(at_once=at_once) as server:
        peer = await server.connect()
        await peer.say(request(b"1", b"/quick") + request(b"2") + request(b"3", b"/quick"))
        assert (await peer.answer())[1] == b"1"
        assert (await peer.answer())[1] == b"POST /x  2"
        head, body = await peer.answer()
        assert (head[:12], body) == (b"HTTP/1.1 201", b"3")
        assert b"x: y\r\n" in head


async def test_thousands_sent_ahead_that_are_answered_at_once_are_no_stack_too_deep() -> None:
    def at_once(exchange: Exchange) -> bool:
        exchange.answer(200, [], exchange.whole_body())
        return True

    async with serving(at_once=at_once) as server:
        peer = await server.connect()
        await peer.say(b"".join(request(b"%d" % n) for n in range(3000)))
        for n in range(3000):  # one that a packet ends in is answered by the application
            assert (await peer.answer())[1].removeprefix(b"POST /x  ") == b"%d" % n


@pytest.mark.slow
async def test_heads_that_are_not_whole_are_bounded_together() -> None:
    async with serving(heads_bytes_max=10_000, head_seconds_max=3) as server:
        small = await server.connect()
        await small.say(b"GET / HTTP/1.1\r\nX: 1")
        large = [await server.connect() for _ in range(4)]
        for peer in large:
            await peer.say(b"GET / HTTP/1.1\r\nX: " + b"v" * 3500)
        ended = [asyncio.create_task(peer.rest()) for peer in large]
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED, timeout=2.5)
        assert sum(each.done() for each in ended) == 2
        await small.say(b"\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        assert (await small.answer())[1] == b"GET /  "
        await asyncio.gather(*ended, return_exceptions=True)


def test_a_header_cannot_bring_another_one() -> None:
    with pytest.raises(ValueError, match="line break"):
        answer_head(200, [(b"location", b"/\r\nset-cookie: a=b")], 0, "1.1", keep_alive=True)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/a/b?c=d?e", "/a/b", b"c=d?e"),
        (b"//a", "//a", b""),
        (b"/%E2%82%AC%ff", "/€\ufffd", b""),
    ],
)
def test_targets(target: bytes, path: str, query: bytes) -> None:
    scope = request_scope("GET", target, "1.1", [], {})
    assert (scope["path"], scope["query_string"]) == (path, query)
    assert json.dumps(scope["path"])


async def test_a_connection_that_comes_in_the_moment_of_the_end_holds_nothing_up() -> None:
    async with serving() as server:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)  # noqa: FBT003 - it takes no name
        await server.listener.close(60)

        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: Connection(server.listener, loop), ours)

        async with asyncio.timeout(5):
            assert await loop.sock_recv(theirs, 1) == b""
            await server.listener.close(60)
        theirs.close()
