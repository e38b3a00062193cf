"""`incidents serve`, as its users run it."""

import json
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from incidents import __version__
from incidents.db.revision import HEAD
from tests.command import incidents
from tests.oracle import recomputed_hash
from tests.ports import free_port
from tests.served import Served
from tests.server import Server
from tests.test_fingerprint import HASH_13, HEADERS_13

Start = Callable[..., Server]
Here = Callable[..., Served]


def test_the_first_start_makes_everything_the_second_shares_it_and_the_third_finds_it(
    start_server: Start, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    first = start_server(data=data)
    hash_ = first.report({"from": "first"})
    assert str(data) in first.output
    assert f"curl http://127.0.0.1:{first.port}/problems" in first.output
    second = start_server(data=data)
    assert second.find({"from": "first"})

    assert first.stop() == 0
    second.report({"from": "second"})
    assert len(second.find({})) == 2
    assert second.stop() == 0
    assert not (data / "postgres" / "postmaster.pid").exists()

    third = start_server(data=data)
    assert third.find({"from": "second"}) == [{"from": "second"}]
    assert third.request("GET", f"/find?h={hash_}").json["incidents"]
    third.signal(signal.SIGINT)
    assert third.wait() == 0
    assert "Traceback" not in first.output + second.output + third.output


def test_the_incident_of_the_original_has_its_hash(serve_here: Here) -> None:
    server = serve_here()
    body = b'{"some": {"unique": {"field": 1337}}}'
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS_13.items())
    with server.connect() as raw:
        raw.sendall(b"POST /problems HTTP/1.1\r\n" + head.encode() + b"\r\n" + body)
        reply = raw.recv(65536).decode()

    assert f'{{"hash": "{HASH_13}"}}' in reply
    assert server.request("GET", f"/find?h={HASH_13}").json["incidents"][0]["id"] == 1


def test_workers_behave_as_one(start_server: Start) -> None:
    server = start_server("--workers", "2")
    for number in range(50):
        # Each request is a connection of its own, so that both workers have their share.
        hash_ = server.report({"number": number})
        (found,) = server.request("GET", f"/find?h={hash_}").json["incidents"]
        assert found["hash"] == recomputed_hash(found) == hash_
    # What was sent after another was acknowledged is newer, whoever took it.
    assert [body["number"] for body in server.find({})] == list(range(50))[::-1]
    assert server.stop() == 0


def test_stopping_answers_what_was_accepted(start_server: Start, serve_here: Here) -> None:
    server = start_server("--workers", "2")
    acknowledged: list[int] = []

    def report(start: int) -> None:
        for number in range(start, start + 100_000):
            try:
                if server.post("/problems", b'{"number": %d}' % number).status == 201:
                    acknowledged.append(number)
            except OSError:  # the port is closed: it takes nothing new
                return

    clients = [threading.Thread(target=report, args=(n * 1_000_000,)) for n in range(8)]
    for client in clients:
        client.start()
    while len(acknowledged) < 200:
        time.sleep(0.01)
    assert server.stop() == 0
    for client in clients:
        client.join()

    kept = {body["number"] for body in serve_here().find({})}
    assert set(acknowledged) <= kept


def test_workers_do_not_outlive_their_server(start_server: Start) -> None:
    server = start_server("--workers", "2")
    workers = server.workers()

    server.process.kill()
    gone, alive = psutil.wait_procs(workers, timeout=60)

    assert (len(gone), alive) == (2, [])


def until(attempt: Callable[[], list[object]]) -> list[object]:
    deadline = time.monotonic() + 60
    while True:
        try:
            return attempt()
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def test_a_body_that_is_cut_off_is_not_stored(serve_here: Here) -> None:
    server = serve_here()
    for head in ("Content-Length: 10\r\n\r\n123", "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n"):
        with server.connect() as raw:
            raw.sendall(
                b"POST /problems HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + head.encode()
            )
            time.sleep(0.2)
    server.report({"whole": 1})

    assert server.find({}) == [{"whole": 1}]


def test_a_body_that_is_refused_before_it_is_read_gets_its_answer(serve_here: Here) -> None:
    server = serve_here()
    for size in (2_000_000, 7_000_000):
        for headers, status in (({}, 413), ({"Content-Type": "image/png"}, 415)):
            sent = {"Content-Type": "application/json", **headers}
            reply = server.request("POST", "/problems", b"x" * size, sent)
            assert reply.status == status
            reply = server.request("POST", "/find", b"x" * size, sent)
            assert reply.status == status


def test_a_long_answer_is_streamed_and_a_client_may_leave_it(serve_here: Here) -> None:
    server = serve_here()
    bodies = [{"number": number, "filling": "x" * 100_000} for number in range(100)]
    for body in bodies:
        server.report(body)

    whole = server.post("/find", b"{}")
    assert [incident["body"] for incident in whole.json["incidents"]] == bodies[::-1]
    assert whole.headers["transfer-encoding"] == "chunked"
    for _ in range(20):  # more than there are connections to search with
        with server.connect() as raw:
            raw.sendall(
                b"POST /find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 2\r\n\r\n{}"
            )
            assert raw.recv(100)
    assert server.find({"number": 7}) == [bodies[7]]


def test_clients_that_do_not_read_hold_nobody_else_up(
    serve_here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("incidents.http.app", "incidents.http.server.worker"):
        monkeypatch.setattr(f"{module}.SEND_SECONDS_MAX", 1)
    server = serve_here()
    for _ in range(100):
        server.report({"filling": "x" * 200_000})
    ask = (
        b"POST /find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )
    stalled = [server.connect() for _ in range(8)]
    for raw in stalled:
        raw.sendall(ask)

    assert server.request("GET", "/incidents/1").status == 200
    assert server.request("GET", "/readyz").status == 200
    until(lambda: [] if server.post("/find", b"{}").status == 200 else raise_(OSError()))
    for raw in stalled:
        raw.close()


def test_readers_that_take_a_little_now_and_then_keep_nobody_from_a_long_answer(
    start_server: Start,
) -> None:
    server = start_server()  # of which each sends six long answers
    lines = b"".join(b'{"filling": "%b"}\n' % (b"x" * 200_000) for _ in range(200))
    sent = server.post("/problems", lines, {"Content-Type": "application/x-ndjson"})
    assert sent.body.count(b'"hash"') == 200
    ask = (
        b"POST /find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )
    slow = [server.connect() for _ in range(6)]
    for raw in slow:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(ask)
    ended = threading.Event()

    def read_a_little() -> None:
        while not ended.wait(0.1):
            for raw in slow:
                with suppress(OSError):
                    raw.recv(1)

    readers = threading.Thread(target=read_a_little)
    readers.start()
    try:
        until(lambda: [] if server.post("/find", b"{}").status == 200 else raise_(OSError()))
    finally:
        ended.set()
        readers.join()
        for raw in slow:
            raw.close()


def raise_(error: Exception) -> list[object]:
    raise error


def test_a_request_cut_in_pieces_is_put_together(serve_here: Here) -> None:
    server = serve_here()
    body = json.dumps({"text": "é" * 1000}, ensure_ascii=False).encode()
    request = (
        b"POST /problems HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    ) + body
    with server.connect() as raw:
        for start in range(0, len(request), 101):
            raw.sendall(request[start : start + 101])
            time.sleep(0.001)
        assert raw.recv(100).startswith(b"HTTP/1.1 201 ")

    assert server.find({}) == [json.loads(body)]


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = incidents("serve", "--port", str(port), "--data", "/nowhere")

    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_servers_cannot_share_a_port(start_server: Start, database: str) -> None:
    server = start_server()

    done = incidents("serve", "--port", str(server.port), "--database-url", database)

    assert done.returncode == 1
    assert "in use" in done.stderr


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1"),
        (["--data", "/dev/null/data"], "/dev/null/data cannot be used"),
        (["--database-url", "sqlite:///x"], "must begin with postgresql://"),
        (["--port", "http"], "INCIDENTS_PORT"),
        (["--env-file", "/nowhere.env"], "/nowhere.env"),
    ],
)
def test_what_cannot_be_is_one_clear_line(flags: list[str], said: str) -> None:
    port = [] if "--port" in flags else ["--port", "0"]

    done = incidents("serve", *port, *flags, INCIDENTS_DATABASE_WAIT_SECONDS="0.5")

    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_name_for_the_address_is_resolved_and_a_free_port_found(database: str) -> None:
    server = Server("--host", "localhost", "--port", "0", "--database-url", database)
    try:
        server.wait_until_said("ready on http://")
        assert server.port > 0
    finally:
        server.kill()


def test_a_stop_during_the_start_stops_postgresql_too(tmp_path: Path) -> None:
    server = Server("--data", str(tmp_path / "data"))
    pid = tmp_path / "data" / "postgres" / "postmaster.pid"
    while not pid.exists():
        time.sleep(0.005)

    assert server.stop() == 0
    assert not pid.exists()


def test_an_address_in_ipv6_is_served(database: str) -> None:
    server = Server("--host", "::1", "--database-url", database)
    try:
        server.wait_until_said("ready on http://[::1]:")
    finally:
        server.kill()


def test_migrate_goes_up_and_down(empty_database: str) -> None:
    url = ["--database-url", empty_database]

    up, again, refused, down = (
        incidents("migrate", *url),
        incidents("migrate", *url),
        incidents("migrate", *url, "--to", "base"),
        incidents("migrate", *url, "--to", "base", "--lose-data"),
    )

    assert up.stdout == f"the database was migrated from revision base to {HEAD}\n"
    assert again.stdout == f"the database is already at revision {HEAD}\n"
    assert (refused.returncode, "loses data" in refused.stderr) == (1, True)
    assert down.stdout == f"the database was migrated from revision {HEAD} to base\n"


def test_it_says_its_version_and_its_help() -> None:
    assert incidents("--version").stdout == f"incidents {__version__}\n"
    for command in ([], ["serve"], ["migrate"], ["keys"], ["keys", "create"]):
        done = incidents(*command, "--help")
        assert done.returncode == 0
        assert "Usage: incidents" in done.stdout
        assert done.stderr == ""


def test_workers_that_are_killed_again_and_again_are_replaced(start_server: Start) -> None:
    server = start_server()
    server.report({"before": 1})
    for _ in range(2):
        (worker,) = server.workers()
        worker.kill()
        assert until(lambda: server.find({"before": 1})) == [{"before": 1}]

    server.report({"after": 1})
    assert server.find({"after": 1}) == [{"after": 1}]
    assert server.stop() == 0


def test_of_two_servers_that_start_on_one_port_at_once_one_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    servers = [Server("--port", port, "--data", str(tmp_path)) for _ in range(2)]
    try:
        for server in servers:
            server.wait_until_said("")
        refused, served = sorted(servers, key=lambda each: each.process.poll() is None)
        assert refused.wait() == 1
        assert refused.output.startswith("incidents: cannot listen on 127.0.0.1 port ")
        assert len(refused.output.splitlines()) == 1
        served.wait_until_said("incidents is ready on")
        assert served.report({"by": "one"})
        assert served.stop() == 0
    finally:
        for server in servers:
            server.kill()


def test_a_connection_that_says_nothing_or_stops_in_its_header_is_closed(
    serve_here: Here,
) -> None:
    server = serve_here(header_seconds_max=1)
    for said in (b"", b"POST /problems HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
        with server.connect() as raw:
            raw.sendall(said)
            while raw.recv(1000):
                pass


def test_fewer_files_than_connections_may_need_are_said(
    start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    monkeypatch.setenv("INCIDENTS_CONNECTIONS_MAX", str(hard + 1))
    server = start_server()

    server.stop()
    assert "ulimit -n" in server.output


def test_as_many_files_may_be_open_as_there_may_be_connections() -> None:
    script = (
        "import resource\n"
        "from incidents.http.server.server import _allow_open_files\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))\n"
        "_allow_open_files(1000)\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 1000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert done.stdout == b"True\n"
