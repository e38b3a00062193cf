"""ops/python/incidents_logging.py, in programs of its own, against a real server."""

import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from incidents.auth.key_table import KeyTable
from tests.command import SECONDS_MAX, Done
from tests.keys import bearer, make
from tests.ports import free_port
from tests.served import Served
from tests.server import Server

PYTHON = Path(__file__).parents[1] / "ops" / "python"

HANDLER = """
import logging, sys, time
from incidents_logging import IncidentsHandler
url, key = sys.argv[1:]
log = logging.getLogger("shop")
"""


def program(text: str, url: str, key: str = "") -> Done:
    """That program, at its end."""
    return subprocess.run(
        [sys.executable, "-c", HANDLER + textwrap.dedent(text), url, key],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        env={**os.environ, "PYTHONPATH": str(PYTHON), "PYTHONWARNINGS": "error"},
    )


@pytest.fixture
def server(serve_here: Callable[..., Served]) -> Served:
    return serve_here()


def url(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}"


def test_an_error_is_reported_with_all_that_was_logged(server: Served) -> None:
    done = program(
        """
        log.addHandler(IncidentsHandler(url, fields={"service": "shop"}))
        log.warning("not so bad")
        order = {"id": 7}
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("order %s failed", order["id"], extra={"order": order, "nan": 1e999})
        order["id"] = "changed"
        """,
        url(server),
    )

    assert (done.returncode, done.stderr) == (0, "")
    (body,) = server.find({"service": "shop"})
    assert body["message"] == "order 7 failed"
    assert body["extra"] == {"order": {"id": 7}, "nan": "inf"}
    assert body["exception"]["type"] == "builtins.ZeroDivisionError"
    assert body["exception"]["message"] == "division by zero"
    assert "1 / 0" in body["exception"]["traceback"] or "line" in body["exception"]["traceback"]
    assert (body["level"], body["logger"], body["thread"]) == ("ERROR", "shop", "MainThread")
    assert server.find({"template": "order %s failed", "extra": {"order": {"id": 7}}}) == [body]


def test_what_nobody_can_read_is_reported_as_well_as_it_can_be(server: Served) -> None:
    done = program(
        """
        class Odd:
            def __repr__(self):
                return "odd"
        loop = []
        loop.append(loop)
        log.addHandler(IncidentsHandler(url))
        log.error("%d apples", "no")
        log.error(Odd(), extra={"odd": Odd(), "loop": loop, "bytes": b"x", 3: "three"})
        log.error("\\ud800 \\0", stack_info=True)
        log.error("long" * 100_000, extra={f"x{n}": "\\u00e9" * 4000 for n in range(400)})
        """,
        url(server),
    )

    assert (done.returncode, done.stderr) == (0, "")
    long, surrogate, odd, wrong = server.find({})
    assert wrong["message"] == "'%d apples' % ('no',)"
    assert odd["message"] == "odd"
    assert odd["extra"] == {"odd": "odd", "loop": "[[...]]", "bytes": "b'x'", "3": "three"}
    assert surrogate["message"] == "\ud800 \0"
    assert "Stack" in surrogate["stack"]
    assert len(long["message"]) == 50_000
    assert long["extra"] == "400 fields were too long"


async def test_it_is_configured_by_a_dictionary_and_sends_its_key(
    serve_here: Callable[..., Served], table: KeyTable
) -> None:
    report, read = await make(table, "report"), await make(table, "read")
    server = serve_here()

    done = program(
        """
        import logging.config
        logging.config.dictConfig({
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {
                "incidents": {"class": "incidents_logging.IncidentsHandler",
                              "url": url, "key": key, "level": "WARNING"},
            },
            "root": {"handlers": ["incidents"], "level": "INFO"},
        })
        log.info("no")
        log.warning("yes")
        """,
        url(server),
        report,
    )

    assert (done.returncode, done.stderr) == (0, "")
    (incident,) = server.post("/find", b"{}", bearer(read)).json["incidents"]
    assert incident["body"]["message"] == "yes"
    assert incident["headers"]["Authorization"] == "[redacted]"


async def test_a_server_that_refuses_is_said_and_not_asked_again(
    serve_here: Callable[..., Served], table: KeyTable
) -> None:
    await make(table, "report")
    server = serve_here()

    done = program(
        """
        log.addHandler(IncidentsHandler(url))
        for n in range(3):
            log.error("no")
        """,
        url(server),
    )

    assert done.returncode == 0
    assert "the server answered 401" in done.stderr
    assert f"log records not reported to {url(server)}/problems: 3" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_where_nobody_answers_the_program_goes_on_and_ends() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        began = time.monotonic()
        done = program(
            """
            log.addHandler(IncidentsHandler(url, records_max=5, seconds_max=0.5))
            begun = time.monotonic()
            for n in range(1000):
                log.error("error %s", n)
            print(time.monotonic() - begun)
            """,
            f"http://127.0.0.1:{silent.getsockname()[1]}",
        )

    assert done.returncode == 0
    # Sending one takes half a second: whoever waited for any would have waited longer.
    assert float(done.stdout) < 0.5 * 1000
    assert "/problems: 1000" in done.stderr
    assert time.monotonic() - began < SECONDS_MAX


def test_what_was_lost_is_in_the_next_report(server: Served) -> None:
    """The gate is shut while more is logged than the queue holds, then opened."""
    with socket.create_server(("127.0.0.1", 0)) as gate:
        opened = threading.Event()
        told = threading.Thread(target=_pass_when, args=(gate, opened, server), daemon=True)
        told.start()
        done = program(
            """
            import urllib.request
            log.addHandler(IncidentsHandler(url, records_max=2, seconds_max=60))
            for n in range(10):
                log.error("error %s", n)
            urllib.request.urlopen(url + "/open", b"")
            """,
            f"http://127.0.0.1:{gate.getsockname()[1]}",
        )

    assert (done.returncode, done.stderr) == (0, "")
    bodies = server.find({"logger": "shop"})
    assert sum(body.get("lost_before", 0) for body in bodies) + len(bodies) == 10
    assert 2 <= len(bodies) <= 3


def _pass_when(gate: socket.socket, opened: threading.Event, server: Served) -> None:
    """Hands requests on once /open was asked for."""

    def hand_on(connection: socket.socket) -> None:
        with connection:
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
            if b"/open" in head:
                opened.set()
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                return
            size = int(head.lower().partition(b"content-length:")[2].split()[0])
            while len(body) < size:
                body += connection.recv(65536)
            opened.wait()
            status = server.post("/problems", body).status
            connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)

    while True:
        try:
            connection, _ = gate.accept()
        except OSError:
            return
        threading.Thread(target=hand_on, args=(connection,), daemon=True).start()


def test_a_server_that_was_away_gets_what_waited(start_server: Callable[..., Server]) -> None:
    results: list[Done] = []
    port = free_port()
    program_ = threading.Thread(target=_late, args=(port, results))
    program_.start()
    server = start_server("--port", str(port))
    program_.join()

    (done,) = results
    assert (done.returncode, done.stderr) == (0, "")
    assert [body["message"] for body in server.find({})] == ["two", "one"]


def _late(port: int, results: list[Done]) -> None:
    results.append(
        program(
            """
            log.addHandler(IncidentsHandler(url, seconds_max=50))
            log.error("one")
            log.error("two")
            """,
            f"http://127.0.0.1:{port}",
        )
    )


def test_it_reports_from_both_sides_of_a_fork(server: Served) -> None:
    done = program(
        """
        import os, warnings
        warnings.simplefilter("ignore")  # of a fork beside a thread, from Python 3.12 on
        log.addHandler(IncidentsHandler(url))
        log.error("before")
        child = os.fork()
        log.error("parent" if child else "child")
        if child:
            os.waitpid(child, 0)
        """,
        url(server),
    )

    assert (done.returncode, done.stderr) == (0, "")
    said = sorted(body["message"] for body in server.find({}))
    assert said == ["before", "child", "parent"]


def test_it_follows_no_redirection(server: Served) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        told = threading.Thread(target=_redirect_once, args=(elsewhere, url(server)), daemon=True)
        told.start()
        done = program(
            """
            log.addHandler(IncidentsHandler(url, key=key))
            log.error("secret")
            """,
            f"http://127.0.0.1:{elsewhere.getsockname()[1]}",
            "incidents_key_1",
        )

    assert "the server answered 307" in done.stderr
    assert server.find({}) == []


def _redirect_once(listening: socket.socket, to: str) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(65536)
        answer = f"HTTP/1.1 307 X\r\nLocation: {to}/problems\r\nContent-Length: 0\r\n\r\n"
        connection.sendall(answer.encode())


def test_what_is_no_url_is_said_at_once() -> None:
    done = program('IncidentsHandler("incidents.example")', "")

    assert done.returncode == 1
    assert "a server's URL looks like" in done.stderr
    assert json.dumps("incidents.example")[1:-1] in done.stderr
