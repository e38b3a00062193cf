"""Another server evaluates the rules when the one that did is killed, or hangs."""

import json
import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from tests.command import SECONDS_MAX
from tests.server import Server

Start = Callable[..., Server]


def fired(server: Server, name: str) -> list[int]:
    """The incidents of the firings of a rule, once there are some."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        reply = server.request("GET", f"/rules/{name}/history").json
        if found := [each["incidents"] for each in reply["history"] if each["event"] == "firing"]:
            return [id_ for ids in found for id_ in ids]
        time.sleep(0.1)
    raise AssertionError(server.output)


def put(server: Server, name: str, query: str, when: str) -> None:
    given = json.dumps({"query": query, "when": when, "quiet": "1h"}).encode()
    headers = {"Content-Type": "application/json"}
    assert server.request("PUT", f"/rules/{name}", given, headers).status == 201


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_no_match_is_missed_and_none_counts_twice(
    start_server: Start, number: signal.Signals
) -> None:
    one = start_server()
    put(one, "first", "a=0", "any")
    put(one, "three", "a=1", "count >= 3 in 1h")
    one.report({"a": 0})
    assert fired(one, "first") == [1]
    for _ in range(2):
        one.report({"a": 1})
    other = start_server()
    processes = [psutil.Process(one.process.pid), *psutil.Process(one.process.pid).children()]
    for process in processes:
        os.kill(process.pid, number)

    other.report({"a": 1})

    assert len(set(fired(other, "three"))) == 3
