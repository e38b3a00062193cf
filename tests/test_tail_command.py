"""`incidents tail`, and a server that stops while somebody listens."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.served import Served
from tests.server import Client, Server

Start = Callable[..., Server]


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Callable[..., "Terminal"]]:
    """Runs `incidents tail` in a terminal of its own."""
    terminals: list[Terminal] = []

    def run(*arguments: str) -> Terminal:
        terminals.append(Terminal(tmp_path / f"{len(terminals)}.err", *arguments))
        return terminals[-1]

    yield run
    for terminal in terminals:
        terminal.process.kill()
        terminal.process.wait()
        assert terminal.process.stdout is not None
        terminal.process.stdout.close()


class Terminal:
    def __init__(self, errors: Path, *arguments: str) -> None:
        self._errors = errors
        with errors.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "incidents", "tail", *arguments],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )

    def next(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def wait_until_said(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while text not in self.errors:
            assert time.monotonic() < deadline, self.errors
            time.sleep(0.05)


def report_until_heard(server: Client, terminal: Terminal, body: dict[str, Any]) -> None:
    """Reports until the terminal has begun to listen: it does not say when it does."""
    heard: list[Any] = []

    def hear() -> None:
        heard.append(terminal.next())

    hearing = threading.Thread(target=hear)
    hearing.start()
    while hearing.is_alive():
        server.report(body)
        hearing.join(0.2)
    assert heard[0]["body"] == body


def test_it_prints_what_matches_one_a_line(
    serve_here: Callable[..., Served], listen: Callable[..., Terminal]
) -> None:
    server = serve_here()
    terminal = listen('{"level": "error"}', "--url", f"http://127.0.0.1:{server.port}")
    report_until_heard(server, terminal, {"level": "error", "first": True})
    server.report({"level": "info"})
    server.report({"level": "error", "text": "two\nlines"})
    while (body := terminal.next()["body"]).get("first"):
        pass
    assert body == {"level": "error", "text": "two\nlines"}


def test_people_get_a_table_with_one_head(
    serve_here: Callable[..., Served], listen: Callable[..., Terminal]
) -> None:
    server = serve_here()
    url = f"http://127.0.0.1:{server.port}"
    terminal = listen("--format", "table", "--columns", "level,a.b,message", "--url", url)
    heard: list[str] = []
    hearing = threading.Thread(target=lambda: heard.extend(terminal.line() for _ in range(3)))
    hearing.start()
    while hearing.is_alive():
        server.report({"level": "error", "a": {"b": 7}, "message": "slow\ndisk"})
        hearing.join(0.2)

    assert heard[0].split() == ["LEVEL", "A.B", "MESSAGE"]
    assert [line.split() for line in heard[1:]] == [["error", "7", "slow", "disk"]] * 2


def test_it_goes_on_when_the_server_comes_back(
    start_server: Start, listen: Callable[..., Terminal]
) -> None:
    server = start_server("--workers", "2")
    terminal = listen("--url", f"http://127.0.0.1:{server.port}")
    report_until_heard(server, terminal, {"n": 0})
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 25, "the listener held the server up"
    terminal.wait_until_said("reconnecting")

    again = start_server("--port", str(server.port))
    again.report({"n": 1})
    while (body := terminal.next()["body"]) == {"n": 0}:
        pass
    assert body == {"n": 1}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a==1"], "position 1"),
        (["--url", "localhost:8000"], "looks like http://127.0.0.1:8000"),
        (["--url", "http://127.0.0.1:1"], "http://127.0.0.1:1 cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    serve_here: Callable[..., Served],
    listen: Callable[..., Terminal],
    arguments: list[str],
    said: str,
) -> None:
    if "--url" not in arguments:
        arguments = [*arguments, "--url", f"http://127.0.0.1:{serve_here().port}"]
    terminal = listen(*arguments)
    assert terminal.process.wait(60) in (1, 2, 3)
    assert said in terminal.errors
    assert terminal.errors.count("\n") == 1
