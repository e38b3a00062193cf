"""The rate limit of the log: no client fills the disk with it."""

import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from incidents.core.errors import KeyNeeded, KeyTooNarrow
from incidents.support.log_rate import LogRate
from tests.command import incidents
from tests.server import Server
from tests.tls import make_identity

log = logging.getLogger(__name__)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def record(*args: object, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("a", logging.WARNING, "a.py", line, "said %s", args, None)


def due(rate: LogRate, **how: Any) -> list[tuple[str, int]]:
    return [(each.getMessage(), each.fields["repeated"]) for each in rate.due(**how)]  # type: ignore[attr-defined]


def test_the_first_is_written_and_then_their_number_once_a_minute() -> None:
    clock = Clock()
    rate = LogRate(clock)

    assert [rate.is_exceeded(record(n)) for n in range(1000)] == [False] + [True] * 999
    clock.now = 59.9
    assert due(rate) == []
    clock.now = 60
    assert due(rate) == [("said 999", 999)]
    assert rate.is_exceeded(record(1000))
    clock.now = 120
    assert due(rate) == [("said 1000", 1)]
    # A minute without any: the next one is the first again.
    clock.now = 180
    assert due(rate) == []
    assert not rate.is_exceeded(record(1001))


def test_what_was_counted_is_told_at_the_end() -> None:
    rate = LogRate()
    assert not rate.is_exceeded(record(1))
    assert rate.is_exceeded(record(2))
    assert due(rate, all_=True) == [("said 2", 1)]


def test_each_place_and_each_class_of_error_is_a_kind_and_nothing_that_a_client_sends() -> None:
    rate = LogRate()
    kinds = [
        record("text"),
        record("text", line=2),
        record(KeyNeeded("a")),
        record(KeyTooNarrow("read", "a")),
    ]
    assert [rate.is_exceeded(each) for each in kinds] == [False] * 4
    assert rate.is_exceeded(record("another text"))
    assert rate.is_exceeded(record(KeyNeeded("b")))


def test_the_kinds_are_bounded() -> None:
    rate = LogRate()
    written = [rate.is_exceeded(record(line=n)) for n in range(10_000)].count(False)
    assert written <= 257
    assert sum(count for _, count in due(rate, all_=True)) == 10_000 - written


def logged(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]


def send(server: Server, data: bytes, *, hear: bool = True) -> None:
    with server.connect() as connection:
        connection.sendall(data)
        if hear:
            connection.recv(65536)


def test_a_flood_of_bad_requests_takes_a_few_lines(
    start_server: Callable[..., Server], database: str
) -> None:
    incidents("keys", "create", "a", "--scope", "report", "--database-url", database)
    server = start_server()
    head = b"POST /problems HTTP/1.1\r\nHost: a\r\n"
    for n in range(50):
        assert server.post("/find", b"{}", {"Authorization": f"Bearer {n}"}).status == 401
        assert server.post("/find", b"{}", {"Origin": f"https://{n}.example"}).status == 403
        assert server.request("GET", f"/{n}").status == 401
        send(server, b"\x16\x03\x01 %d\r\n\r\n" % n)  # TLS, spoken to who does not
        send(server, b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x%d\r\n\r\n" % n)
        send(server, head + b"Content-Length: 100\r\n\r\n{", hear=False)
        send(server, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        send(server, head, hear=False)
    assert server.stop() == 0

    said = logged(server)
    refused = [line for line in said if "was refused" in line["message"]]
    # Of each kind the first, and at the end the last with their number.
    assert len(refused) == 4
    assert sum(line.get("repeated", 1) for line in refused) >= 3 * 50
    assert len(said) <= 20, server.output
    assert not any("exception" in line for line in said)


def test_listeners_and_finds_that_break_off_take_a_few_lines(
    start_server: Callable[..., Server],
) -> None:
    server = start_server()
    for n in range(30):
        server.report({"n": n, "long": "-" * 50_000})
    asked = b"POST /find HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    for _ in range(30):
        for data in (
            b"GET /tail HTTP/1.1\r\nHost: a\r\n\r\n",
            asked + b"Content-Length: 2\r\n\r\n{}",
            asked + b"Content-Length: 2\r\nAccept: application/x-ndjson\r\n\r\n{}",
        ):
            with server.connect() as connection:
                connection.sendall(data)
                connection.recv(10)
                # The connection is reset, not closed: something of the answer is not read.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert server.stop() == 0
    assert len(logged(server)) <= 10, server.output


def test_handshakes_that_fail_take_a_few_lines(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    identity = make_identity(tmp_path)
    server = start_server(*identity.flags)
    hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
    for data in (b"GET / HTTP/1.1\r\n\r\n", hello, hello[:3], b"\x16\x03\x01\xff\xff" * 9):
        for _ in range(50):
            send(server, data, hear=False)
    assert server.stop() == 0
    assert len(logged(server)) <= 10, server.output
