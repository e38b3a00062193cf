"""What a terminal would obey: shown on a terminal, and as it was sent in a pipe."""

import json
import logging
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.support.logs import TextFormatter
from incidents.support.terminal import visible
from tests.command import SECONDS_MAX
from tests.served import Served

# C1, DEL, overrides and marks of direction, what is invisible; C0 comes as an escape alone.
OBEYED = (
    "\x80\x85\x90\x9b31m\x9d0;title\x9c\x7f"
    "\u202a\u202e\u2066\u2069\u200e\u200f\u061c\u2028\U000e0041"
)
HARMLESS = "a é 漢\u3000字 👩 ✓\t"
BODY = json.dumps({"said": OBEYED + HARMLESS, OBEYED: 1}, ensure_ascii=False)

Start = Callable[..., Served]


@given(st.text())
def test_nothing_that_is_shown_is_obeyed_and_json_stays_json(text: str) -> None:
    shown = visible(text)
    assert all(each.isprintable() or each in "\t\n" or each.isspace() for each in shown)
    assert not set(shown) & set("\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029")
    written = json.dumps([text], ensure_ascii=False)
    assert json.loads(visible(written)) == [text]


def test_what_does_no_harm_is_left_alone() -> None:
    assert visible(HARMLESS + "\n") == HARMLESS + "\n"


def test_each_is_written_as_json_writes_it() -> None:
    assert visible("\x1b[2J\x9b\x7f\u202e\U000e0041\ud800") == (
        r"\u001b[2J\u009b\u007f\u202e\udb40\udc41\ud800"
    )


def test_a_line_of_the_log_is_one_line_that_nothing_moves() -> None:
    record = logging.LogRecord("a", logging.WARNING, "a", 1, "%s", (f"x\n{OBEYED}",), None)
    line = TextFormatter().format(record)
    assert r"x\n\u0080" in line
    assert line.isprintable()


@contextmanager
def on_a_terminal(
    *arguments: str, errors: bool = True
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A command whose standard output and error are a terminal, and the terminal's other end."""
    ours, theirs = pty.openpty()
    attributes = termios.tcgetattr(theirs)
    attributes[1] &= ~termios.OPOST  # the ends of lines as they are
    termios.tcsetattr(theirs, termios.TCSANOW, attributes)
    process = subprocess.Popen(
        [sys.executable, "-m", "incidents", *arguments],
        stdout=theirs,
        stderr=theirs if errors else subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait(SECONDS_MAX)
        os.close(ours)


def read_all(terminal: int) -> str:
    said = b""
    try:
        while piece := os.read(terminal, 65536):
            said += piece
    except OSError:  # the other end is closed
        pass
    return said.decode()


def in_a_pipe(*arguments: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "incidents", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        timeout=SECONDS_MAX,
    )
    return done.stdout


def check(shown: str) -> None:
    assert shown
    assert not set(shown) & (set(OBEYED) - set("31m0;tile"))
    assert "9b31m" in shown  # \\u009b, but for click, which says \\x9b


@pytest.fixture
def server(serve_here: Start) -> Served:
    server = serve_here()
    assert server.post("/problems", BODY.encode()).status == 201
    return server


def test_find_and_export(server: Served, database: str) -> None:
    url = ("--url", f"http://127.0.0.1:{server.port}")
    sent = server.request(
        "POST",
        "/find",
        b"{}",
        {"Accept": "application/x-ndjson", "Content-Type": "application/json"},
    ).body
    assert BODY.encode() in sent
    for command in (
        ("find", "--format", "ndjson", *url),
        ("export", "--database-url", database),
    ):
        piped = in_a_pipe(*command)
        if command[0] == "find":
            assert piped == sent
        assert BODY.encode() in piped
        with on_a_terminal(*command, errors=False) as (_, terminal):
            shown = read_all(terminal)
        check(shown)
        assert json.loads(shown) == json.loads(piped)
    with on_a_terminal("find", *url) as (_, terminal):
        shown = read_all(terminal)
    assert "RECEIVED" in shown
    assert not set(shown) & set("\x80\x9b\x9d\x7f\u202e\u2066")


def test_tail(server: Served) -> None:
    url = f"http://127.0.0.1:{server.port}"
    with on_a_terminal("tail", "--format", "ndjson", "--url", url) as (_, terminal):
        shown = b""
        os.set_blocking(terminal, False)
        while b"\n" not in shown:
            server.post("/problems", BODY.encode())
            try:
                shown += os.read(terminal, 65536)
            except BlockingIOError:
                continue
    line = shown.decode().partition("\n")[0]
    check(line)
    assert json.loads(line)["body"] == json.loads(BODY)


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", f"a{OBEYED}:=x"],
        ["find", f"--{OBEYED}"],
        [f"--{OBEYED}"],
        ["find", "--url", f"http://127.0.0.1:1/{OBEYED}"],
        ["find", "--url", OBEYED],
    ],
)
def test_errors_that_quote_what_was_given(arguments: list[str]) -> None:
    with on_a_terminal(*arguments) as (process, terminal):
        check(read_all(terminal))
        assert process.wait(SECONDS_MAX) in (1, 2, 3)


def test_an_answer_of_a_server_that_is_none_of_ours(serve_here: Start) -> None:
    server = serve_here()
    reply: Any = server.request("GET", "/find?h=%9b31m%E2%80%AE").json
    with on_a_terminal(
        "find", "--hash", "\x9b31m\u202e", "--url", f"http://127.0.0.1:{server.port}"
    ) as (_, terminal):
        shown = read_all(terminal)
    assert reply["detail"].split(":")[0] in shown
    assert not set(shown) & set("\x9b\u202e")
