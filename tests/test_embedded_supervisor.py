"""A PostgreSQL inside that ended is started again while the server goes on."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from incidents.core.errors import CannotStart
from incidents.embedded.postgresql import Embedded
from incidents.embedded.supervisor import supervised
from tests.server import Server
from tests.test_embedded import SECONDS, postmaster
from tests.test_migrate import fetch


def until_answers(url: str) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            assert fetch(url, "SELECT 1") == [(1,)]
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def until_ended(pid: int) -> None:
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_it_is_started_again_however_it_ended(tmp_path: Path, number: signal.Signals) -> None:
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    with supervised(embedded):
        first = postmaster(tmp_path)
        os.kill(first, number)
        until_ended(first)

        until_answers(embedded.url)

        assert postmaster(tmp_path) != first
    embedded.stop()
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_server_finds_again_what_it_stored_before_every_process_was_killed(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server(data=tmp_path)
    server.report({"before": 1})
    main = psutil.Process(postmaster(tmp_path))
    for process in (main, *main.children(recursive=True)):
        process.kill()

    server.report({"after": 1})

    assert server.find({}) == [{"after": 1}, {"before": 1}]
    assert server.stop() == 0
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_one_that_cannot_start_is_tried_again_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    tries = []
    start_again = embedded.start_again

    def fail_twice() -> None:
        tries.append(1)
        if len(tries) <= 2:
            raise CannotStart("there is no room")
        start_again()

    monkeypatch.setattr(embedded, "start_again", fail_twice)
    with supervised(embedded):
        os.kill(postmaster(tmp_path), signal.SIGINT)
        while len(tries) <= 2:
            time.sleep(0.01)
        until_answers(embedded.url)
    embedded.stop()


def test_a_start_waits_for_what_is_left_of_one_that_was_killed(tmp_path: Path) -> None:
    embedded = Embedded(tmp_path, SECONDS)
    embedded.start()
    main = psutil.Process(postmaster(tmp_path))
    left = main.children()
    for process in left:
        with suppress(psutil.NoSuchProcess):  # some come and go, like those of autovacuum
            process.suspend()
    main.kill()
    log = tmp_path / "postgres" / "start.log"

    again = Embedded(tmp_path, SECONDS)
    thread = threading.Thread(target=again.start)
    thread.start()
    while "shared memory block" not in log.read_text():
        time.sleep(0.01)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    thread.join(SECONDS)

    assert fetch(again.url, "SELECT 1") == [(1,)]
    again.stop()
    embedded.stop()
