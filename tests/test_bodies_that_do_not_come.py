"""What a client does not send holds up nobody, on any route, in clear text or over TLS."""

import asyncio
import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from incidents.auth.key_table import KeyTable
from tests.keys import make
from tests.served import Served
from tests.server import Client, Server
from tests.tls import Identity, make_identity

Start = Callable[..., Server]
Here = Callable[..., Served]

_SECONDS_MAX = 60

ROUTES = [
    *("GET /healthz", "GET /readyz", "GET /", "GET /openapi.json", "GET /metrics"),
    *("POST /login", "POST /logout", "GET /find", "POST /find", "GET /timeline", "POST /timeline"),
    *("GET /incidents/1", "GET /nowhere", "PUT /find", "POST /problems", "GET /problems"),
    *("OPTIONS /find", "BREW /x"),
]

FRAMES = [
    b"Content-Length: 10\r\n\r\n",
    b"Content-Length: 10\r\n\r\n1",
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    b"Content-Length: 10\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BODY", "HEADER"):
        monkeypatch.setenv(f"INCIDENTS_{name}_SECONDS_MAX", "1")


def head(line: str, more: bytes = b"") -> bytes:
    return line.encode() + (
        b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" + more
    )


def said_until_the_end(wire: socket.socket) -> bytes:
    """All that the server says; it, and not the client, ends the connection."""
    wire.settimeout(_SECONDS_MAX)
    said = b""
    with suppress(ConnectionError):
        while piece := wire.recv(65536):
            said += piece
    return said


@contextmanager
def connected(server: Server, identity: Identity | None) -> Iterator[socket.socket]:
    with server.connect() as raw:
        if identity is None:
            yield raw
        else:
            with identity.trust.wrap_socket(raw, server_hostname="localhost") as wire:
                yield wire


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("secure", ["clear text", "TLS"])
def test_each_ends_within_the_limits_and_so_does_the_server(
    start_server: Start, tmp_path: Path, secure: str
) -> None:
    identity = make_identity(tmp_path) if secure == "TLS" else None
    server = start_server(*(identity.flags if identity else ()))
    opened = []
    for route in ROUTES:
        for frame in FRAMES:
            wire = connected(server, identity)
            opened.append((wire, wire.__enter__()))
            opened[-1][1].sendall(head(route, frame))

    said = [said_until_the_end(wire) for _, wire in opened]

    for each in said:
        answer = each.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 "), said
        assert answer[9:12] not in (b"500", b"201"), said
    for wire, _ in opened:
        with suppress(OSError, ssl.SSLError):
            wire.__exit__(None, None, None)
    with connected(server, identity) as last:
        last.sendall(head("POST /find", FRAMES[0]))
        begun = time.monotonic()
        assert server.stop() == 0
    assert time.monotonic() - begun < 25  # the drain limit is 30 s
    assert "Traceback" not in server.output


NOT_WANTED = [
    ("POST /nowhere", b"Content-Length: 5\r\n", 404),
    ("PUT /find", b"Content-Length: 5\r\n", 405),
    ("POST /problems", b"Content-Length: 99999999\r\n", 413),
    ("POST /find", b"Content-Length: 99999999\r\n", 413),
    ("POST /problems", b"Content-Length: 5\r\nContent-Encoding: br\r\n", 415),
    ("POST /problems", b"Content-Length: 5\r\nSec-Fetch-Site: cross-site\r\n", 403),
    ("POST /find", b"Content-Length: 5\r\nSec-Fetch-Site: cross-site\r\n", 403),
    ("GET /healthz", b"Content-Length: 5\r\n", 200),
]


async def test_a_body_that_is_not_wanted_is_not_asked_for(
    serve_here: Here, table: KeyTable
) -> None:
    server = serve_here()
    for line, more, status in NOT_WANTED:
        assert _answer(server, line, more).startswith(b"HTTP/1.1 %d " % status), line
    await make(table, "report")
    while not _answer(server, "POST /find", b"").startswith(b"HTTP/1.1 401 "):  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    for line in ("POST /find", "POST /problems", "GET /incidents/1", "GET /nowhere"):
        assert _answer(server, line, b"Content-Length: 5\r\n").startswith(b"HTTP/1.1 401 "), line


def _answer(server: Client, line: str, more: bytes) -> bytes:
    """What is said to a client that waits to be asked for its body."""
    with server.connect() as wire:
        wire.sendall(head(line, more + b"Expect: 100-continue\r\n\r\n"))
        wire.settimeout(_SECONDS_MAX)
        return wire.recv(65536)


def test_a_body_that_is_wanted_is_asked_for(serve_here: Here) -> None:
    server = serve_here()
    with server.connect() as wire:
        wire.settimeout(_SECONDS_MAX)
        wire.sendall(head("POST /problems", b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"))
        assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"{}")
        assert wire.recv(1000).startswith(b"HTTP/1.1 201 ")


def test_a_find_of_one_who_left_is_not_answered_and_not_logged(start_server: Start) -> None:
    server = start_server()
    for number in range(100):
        with server.connect() as wire:
            wire.sendall(head("POST /find", b"Content-Length: 2\r\n\r\n{}"))
            wire.shutdown(socket.SHUT_WR)
            said = said_until_the_end(wire)
            # It may be found before the end is seen; an empty answer would be a lie.
            assert said == b"" or b'{"incidents": ' in said, number
    assert server.stop() == 0
    assert "Traceback" not in server.output
    assert "destroyed" not in server.output


def _refused(server: Client, body: bytes) -> str:
    reply = server.post("/problems", body, {"Content-Encoding": "gzip"})
    assert reply.status == 400, reply
    return str(reply.json["detail"])


def test_members_of_a_gzip_are_bounded(serve_here: Here) -> None:
    server = serve_here()
    empty = gzip.compress(b"", mtime=0)
    packed = gzip.compress(b'{"a": 1}', mtime=0)
    assert (
        server.post("/problems", empty * 999 + packed, {"Content-Encoding": "gzip"}).status == 201
    )
    assert "more than 1000 members" in _refused(server, empty * 1000 + packed)
    assert "more than 1000 members" in _refused(server, empty * 50_000 + packed)


def test_lines_in_many_members_are_taken_while_they_have_something_in_them(
    serve_here: Here,
) -> None:
    server = serve_here()
    line = json.dumps({"text": "x" * 20_000}).encode() + b"\n"
    body = gzip.compress(line, mtime=0) * 1500
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/x-ndjson"}
    reply = server.request("POST", "/problems", body, headers)
    assert reply.body.count(b'{"hash"') == 1500
    empty = gzip.compress(b"", mtime=0) * 1500
    assert b"more than 1000 members" in server.request("POST", "/problems", empty, headers).body


@pytest.mark.usefixtures("short")
def test_lines_that_come_a_byte_now_and_then_hold_no_place_for_ever(serve_here: Here) -> None:
    server = serve_here()
    ndjson = b"Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    with server.connect() as wire:
        wire.sendall(b"POST /problems HTTP/1.1\r\nHost: 127.0.0.1\r\n" + ndjson + b"2\r\n1\n\r\n")
        wire.settimeout(0.1)
        said, end = b"", time.monotonic() + _SECONDS_MAX
        while b"16384 bytes" not in said:
            assert time.monotonic() < end, said
            with suppress(TimeoutError):
                said += wire.recv(65536)
            with suppress(ConnectionError):
                wire.sendall(b"1\r\n \r\n")
    assert b'{"hash"' in said
    assert b'"status": 408' in said
