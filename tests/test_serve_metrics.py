"""/metrics of a real server: right across its workers, whatever becomes of them."""

import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from tests.scrape import Scrape
from tests.server import Server

Start = Callable[..., Server]
Counters = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(server: Server) -> Scrape:
    reply = server.request("GET", "/metrics")
    assert reply.status == 200
    return Scrape.of(reply.body.decode())


def counters(one: Scrape) -> Counters:
    endings = ("_total", "_count", "_bucket", "_sum")
    return {each: value for each, value in one.values.items() if each[0].endswith(endings)}


def test_any_worker_tells_what_all_counted(start_server: Start) -> None:
    server = start_server("--workers", "3")
    while scrape(server)("workers") < 3:  # it is ready as soon as one of them is
        time.sleep(0.05)
    for number in range(60):
        server.report({"n": number})

    # Each scrape is a connection of its own, that any of them takes.
    for _ in range(20):
        found = scrape(server)
        assert found("stored_total") == 60
        assert found("http_requests_total", route="/problems", status="201") == 60
        assert found("http_request_duration_seconds_count", route="/problems") == 60
        assert found("workers") == 3


def test_no_counter_goes_back_when_workers_are_killed(start_server: Start) -> None:
    server = start_server("--workers", "2")
    last = watch_until_there(server, {}, starts=2)  # it is ready when the first of them is
    stored = 0
    for round_ in range(3):
        for number in range(20):
            server.report({"round": round_, "n": number})
            stored += 1
        server.workers()[0].kill()
        last = watch_until_there(server, last, starts=3 + round_)

    found = scrape(server)
    assert found("stored_total") == stored
    assert found("worker_starts_total") == 5
    assert found("workers") == 2


def watch_until_there(server: Server, last: Counters, starts: int) -> Counters:
    """What is counted when two workers are there, and so many were started.

    No counter was lower than before, at any time.
    """
    deadline = time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline
        with suppress(OSError, HTTPException):  # a connection to the one that was killed
            found = scrape(server)
            now = counters(found)
            assert {each: now[each] for each in last if now[each] < last[each]} == {}
            last = now
            if found("worker_starts_total") == starts and found("workers") == 2:
                return last


def test_a_server_that_is_told_to_stop_leaves_nothing_behind(start_server: Start) -> None:
    server = start_server()  # it answers, so it is the one that has its seat
    files = {Path(each.path) for each in server.workers()[0].open_files()}
    (seat,) = [each for each in files if "incidents-metrics-" in str(each)]
    assert seat.exists()

    assert server.stop() == 0
    assert not seat.parent.exists()
