"""The log: for people on a terminal, for programs elsewhere."""

import asyncio
import json
import logging
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from incidents.core.api_key import new_key
from incidents.support.logs import LogFormat, fields, log_to_stderr
from incidents.support.metrics.cells import CELLS
from incidents.support.metrics.metrics import LOG_MESSAGES
from incidents.support.request_id import begin_request
from tests.server import Server
from tests.test_serve import until

Say = Callable[[LogFormat], logging.Logger]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Iterator[Say]:
    """Logs as a server does, and no more after the test."""
    level = logging.root.level

    def begin(log_format: LogFormat) -> logging.Logger:
        monkeypatch.setattr(logging.root, "handlers", [])
        log_to_stderr(logging.INFO, log_format)
        return logging.getLogger("test")

    yield begin
    logging.root.setLevel(level)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_each_line_is_an_object(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    say("json").warning("%d of\n%s", 3, "é")

    (line,) = lines(capsys)
    assert line == {
        "time": line["time"],
        "level": "warning",
        "logger": "test",
        "message": "3 of\né",
        "request_id": None,
        "pid": os.getpid(),
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"])
    assert abs(datetime.fromisoformat(line["time"]).timestamp() - datetime.now().timestamp()) < 60  # noqa: DTZ005 - both are of one moment


def test_an_exception_is_in_its_line(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    say("json").error("it failed", exc_info=ValueError("why"))

    (line,) = lines(capsys)
    assert "ValueError: why" in line["exception"]


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_what_a_line_says_by_names_is_in_it(
    say: Say, capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    say(log_format).info("slow", extra=fields(seconds=1.5, steps=[{"by": "walk"}], way="page"))

    said = capsys.readouterr().err
    if log_format == "json":
        line = json.loads(said)
        assert (line["seconds"], line["steps"], line["way"]) == (1.5, [{"by": "walk"}], "page")
    else:
        assert said.endswith(' INFO slow seconds=1.5 steps=[{"by": "walk"}] way=page\n')


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_key_is_in_a_line(
    say: Say, capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    key = new_key()
    say(log_format).error("a %s", key, exc_info=ValueError(key), extra=fields(given=key))

    said = capsys.readouterr().err
    assert said.count("incidents_key_[redacted]") == 3
    assert key not in said


@pytest.mark.parametrize("log_format", ["json", "text"])
async def test_a_line_has_the_id_of_the_request_that_it_is_about(
    say: Say, capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    log = say(log_format)

    async def request(name: bytes) -> None:
        begin_request(name)
        await asyncio.sleep(0)
        log.info("from %s", name.decode())

    await asyncio.gather(*[request(b"id-%d" % n) for n in range(20)])

    for line in capsys.readouterr().err.splitlines():
        if log_format == "json":
            found = json.loads(line)
            assert found["message"] == f"from {found['request_id']}"
        else:
            assert re.search(r"from (id-\d+) \[\1\]$", line)


def test_warnings_and_errors_are_counted(say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    log = say("json")

    def counted() -> list[float]:
        return [numbers[0] for _, numbers in LOG_MESSAGES.numbers(CELLS.totals())]

    before = counted()
    log.info("nothing")
    log.warning("something")
    log.error("more")
    log.critical("most")

    assert [now - then for now, then in zip(counted(), before, strict=True)] == [1, 2]
    assert len(lines(capsys)) == 4


def test_elsewhere_than_on_a_terminal_it_is_json(
    say: Say, capsys: pytest.CaptureFixture[str]
) -> None:
    say("auto").info("a")

    assert lines(capsys)[0]["message"] == "a"


def test_on_a_terminal_it_is_for_people() -> None:
    master, terminal = pty.openpty()
    script = (
        "import logging; from incidents.support.logs import log_to_stderr; "
        "log_to_stderr(logging.INFO, 'auto'); logging.warning('hello')"
    )
    subprocess.run([sys.executable, "-c", script], stderr=terminal, check=True)
    os.close(terminal)
    said = os.read(master, 10_000).decode()
    os.close(master)

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARNING hello\r\n", said)


SUPERVISOR = "incidents.http.server.supervisor"


def eventually(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def logged(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]


def test_whatever_a_server_logs_is_json(start_server: Callable[..., Server]) -> None:
    server = start_server()
    server.post("/problems", b"{}", {"Host": "evil.example", "X-Request-Id": "mine"})
    (worker,) = server.workers()
    worker.kill()
    # The process that watches logs this one.
    eventually(lambda: any(line["logger"] == SUPERVISOR for line in logged(server)))
    until(lambda: server.find({}))
    server.signal(signal.SIGTERM)
    assert server.wait() == 0

    said = logged(server)
    refused = next(line for line in said if "was refused" in line["message"])
    assert refused["request_id"] == "mine"
    assert refused["pid"] == worker.pid
    unexpected = next(line for line in said if line["logger"] == SUPERVISOR)
    assert "Unexpected exit" in unexpected["message"]
    # Nothing but what is said to people as it starts stands beside it.
    said_to_people = ("WARNING: fsync", "incidents is ready", "the data lies", "try it", "  curl ")
    for line in server.output.splitlines():
        assert line.startswith(("{", *said_to_people))
