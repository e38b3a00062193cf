"""`incidents keys` and `incidents serve` together, as their users run them."""

import http.client
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from incidents.core.api_key import PREFIX
from incidents.support.settings import Settings
from tests.command import Done, incidents
from tests.keys import bearer
from tests.server import Server

Start = Callable[..., Server]
Incidents = Callable[..., Done]


@pytest.fixture
def keys(database: str) -> Callable[..., Done]:
    """Runs `incidents keys` on the test's database."""

    def run(*arguments: str, **environment: str) -> Done:
        return incidents("keys", *arguments, "--database-url", database, **environment)

    return run


def test_a_key_is_made_shown_once_listed_and_revoked(keys: Incidents) -> None:
    made = keys("create", "billing", "--scope", "report")
    listed, revoked = keys("list"), keys("revoke", "billing")
    left, all_ = keys("list"), keys("list", "--revoked")

    key = made.stdout.rstrip("\n")
    assert key.startswith(PREFIX)
    assert made.stdout == key + "\n"
    assert "report and nothing else" in made.stderr
    header, line = listed.stdout.splitlines()
    assert header.split() == ["NAME", "SCOPE", "CREATED", "REVOKED", "SIGNATURE"]
    assert (line.split()[:2], line.split()[3]) == (["billing", "report"], "-")
    assert "within 5 s" in revoked.stderr
    assert revoked.stdout == ""
    assert len(left.stdout.splitlines()) == 1
    assert all_.stdout.splitlines()[1].split()[3].endswith("Z")
    shown = "".join(each.stdout + each.stderr for each in (listed, revoked, left, all_))
    assert PREFIX not in shown + made.stderr
    assert {each.returncode for each in (made, listed, revoked, left, all_)} == {0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "there", "--scope", "read"], "there is a key there already"),
        (["create", "a b", "--scope", "read"], "'a b' is not a name for a key"),
        (["revoke", "nobody"], "there is no key nobody"),
    ],
)
def test_what_cannot_be_is_one_clear_line(keys: Incidents, arguments: list[str], said: str) -> None:
    assert keys("create", "there", "--scope", "report").returncode == 0

    done = keys(*arguments)

    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_their_number_is_bounded(keys: Incidents) -> None:
    assert keys("create", "one", "--scope", "report").returncode == 0

    done = keys("create", "two", "--scope", "report", INCIDENTS_KEYS_MAX="1")

    assert (done.returncode, done.stdout) == (1, "")
    assert "INCIDENTS_KEYS_MAX" in done.stderr


def test_a_scope_that_there_is_not_is_refused(keys: Incidents) -> None:
    done = keys("create", "x", "--scope", "write")

    assert done.returncode == 2
    assert "'report', 'read', 'manage', 'admin'" in done.stderr


def test_elsewhere_than_on_loopback_it_does_not_start_without_a_key(
    keys: Incidents, database: str
) -> None:
    serve = ["serve", "--host", "0.0.0.0", "--port", "0", "--database-url", database]
    for _ in range(2):
        done = incidents(*serve)
        assert done.returncode == 1
        assert "incidents keys create NAME --scope" in done.stderr
        assert "INCIDENTS_AUTH=off" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        # Nor with one that is not taken any more.
        keys("create", "gone", "--scope", "report")
        keys("revoke", "gone")


def until_ready(*flags: str) -> Iterator[Server]:
    server = Server(*flags)
    try:
        server.wait_until_said("ready on http://0.0.0.0:")
        server.port = int(server.output.partition("0.0.0.0:")[2].split()[0])
        yield server
    finally:
        server.kill()


def test_elsewhere_it_starts_with_a_key_and_asks_for_it(keys: Incidents, database: str) -> None:
    key = keys("create", "billing", "--scope", "report").stdout.strip()

    for server in until_ready("--host", "0.0.0.0", "--database-url", database):
        assert server.post("/problems", b"{}").status == 401
        assert server.post("/problems", b"{}", bearer(key)).status == 201
        assert server.post("/find", b"{}", bearer(key)).status == 403
        assert "$KEY" in server.output
        assert key not in server.output


def test_in_a_container_it_counts_where_the_port_is_published(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--host", "0.0.0.0", "--database-url", database]
    monkeypatch.setenv("INCIDENTS_PUBLISHED_ADDRESS", "127.0.0.1")
    for server in until_ready(*where):
        assert server.post("/problems", b"{}").status == 201
        assert server.post("/find", b"{}", {"Host": "rebound.example"}).status == 421

    monkeypatch.setenv("INCIDENTS_PUBLISHED_ADDRESS", "192.168.1.1")
    refused = incidents("serve", *where)
    assert refused.returncode == 1
    assert "Listening on 192.168.1.1 requires a key" in refused.stderr


def test_elsewhere_it_answers_all_when_told_so(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INCIDENTS_AUTH", "off")

    for server in until_ready("--host", "0.0.0.0", "--database-url", database):
        assert server.post("/problems", b"{}").status == 201
        assert "everybody can report and read at 0.0.0.0" in server.output


def test_with_the_postgresql_inside_keys_are_made_before_and_beside_a_server(
    start_server: Start, tmp_path: Path
) -> None:
    where = ["--data", str(tmp_path / "data")]
    before = incidents("keys", "create", "before", "--scope", "admin", *where).stdout.strip()
    server = start_server(data=tmp_path / "data")
    beside = incidents("keys", "create", "beside", "--scope", "read", *where)

    assert beside.returncode == 0
    assert server.post("/find", b"{}", bearer(before)).status == 200
    assert server.stop() == 0


def statuses(connections: list[http.client.HTTPConnection], key: str) -> set[int]:
    found = set()
    for connection in connections:
        headers = {"Content-Type": "application/json", **bearer(key)}
        connection.request("POST", "/find?limit=1", b"{}", headers)
        reply = connection.getresponse()
        reply.read()
        found.add(reply.status)
    return found


def test_a_revoked_key_is_refused_by_every_worker_within_5_seconds(
    start_server: Start, keys: Incidents
) -> None:
    key = keys("create", "billing", "--scope", "read").stdout.strip()
    server = start_server("--workers", "2")
    # So many that each worker has some of them.
    connections = [http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(20)]
    assert statuses(connections, key) == {200}

    assert keys("revoke", "billing").returncode == 0
    time.sleep(Settings().key_cache_seconds_max)

    assert statuses(connections, key) == {401}
    for connection in connections:
        connection.close()
    assert server.stop() == 0
    assert PREFIX not in server.output
    assert "a request from 127.0.0.1 was refused: Invalid or revoked key" in server.output
