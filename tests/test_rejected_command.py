"""incidents rejected: list, show, store."""

import json
from collections.abc import Callable

import pytest

from incidents.cli.rejected import _row
from tests.command import Done, incidents
from tests.server import Server

Start = Callable[..., Server]


@pytest.fixture
def server(start_server: Start, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = start_server("--workers", "2")
    monkeypatch.setenv("INCIDENTS_URL", f"http://127.0.0.1:{server.port}")
    return server


def listed(count: int, *flags: str) -> Done:
    """What the command says once there are so many: they are written a moment after the answer."""
    while True:
        done = incidents("rejected", "list", *flags)
        if done.returncode or len(done.stdout.splitlines()) >= count:
            return done


def test_what_was_refused_is_listed_shown_and_stored_once(server: Server) -> None:
    for n in range(3):
        assert server.post("/problems", b'{"n": %d' % n).status == 400
    assert server.post("/problems", b"\x89\n", {"Content-Type": "image/png"}).status == 415

    all_ = [json.loads(line) for line in listed(4).stdout.splitlines()]
    two = incidents("rejected", "list", "--status", "400", "--limit", "2").stdout.splitlines()
    shown = incidents("rejected", "show", str(all_[0]["id"]))
    ids = [str(each["id"]) for each in all_[:2]]
    stored, again = (incidents("rejected", "store", *ids) for _ in range(2))

    assert [each["status"] for each in all_].count(400) == 3
    assert [json.loads(line)["status"] for line in two] == [400, 400]
    assert json.loads(shown.stdout) == all_[0]
    assert (stored.returncode, stored.stdout) == (0, again.stdout)
    first, second = (line.split("\t") for line in stored.stdout.splitlines())
    assert [first[0], second[0]] == ["1", "2"]
    assert len(incidents("find", "--hash", first[1]).stdout.splitlines()) == 1
    gone = incidents("rejected", "show", ids[0])
    assert (gone.returncode, "there is no rejected report" in gone.stderr) == (1, True)
    assert incidents("rejected", "list", "--status", "404").returncode == 2


def test_a_table_shows_nothing_that_a_terminal_would_obey() -> None:
    line = _row(
        {
            "id": 7,
            "received_at": "2026-11-23T03:46:00.123456Z",
            "status": 400,
            "key": None,
            "address": "10.0.0.7",
            "detail": "a\x1b[31m\nb",
        }
    )

    assert line.startswith("       7  2026-11-23T03:46:00Z  400     10.0.0.7")
    assert "\x1b" not in line
    assert "\n" not in line
