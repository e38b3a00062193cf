"""Worker processes are started, watched, replaced and ended."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
import pytest

from incidents.core.errors import CannotStart
from incidents.http.server import supervisor as supervisor_module
from incidents.http.server.port import listen, one_each
from incidents.http.server.supervisor import Supervisor

pytestmark = pytest.mark.slow

SECONDS_MAX = 60


def serve(listening: socket.socket, ready: Connection) -> None:
    """Answers each connection with the id of its process."""
    ready.send_bytes(b"1")
    while True:
        accepted, _ = listening.accept()
        with accepted:
            accepted.sendall(b"%d" % os.getpid())


def serve_although_told_to_end(listening: socket.socket, ready: Connection) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(listening, ready)


def fail(_: socket.socket, __: Connection) -> None:
    raise SystemExit(7)


def hang(_: socket.socket, __: Connection) -> None:
    time.sleep(3600)


def serve_while_a_file_is_there(listening: socket.socket, ready: Connection) -> None:
    if not Path(os.environ["TEST_FILE"]).exists():
        raise SystemExit(7)
    serve(listening, ready)


class Running:
    """A supervisor in the main thread, where signals are taken, and a client in another."""

    def __init__(self) -> None:
        self.listening = listen("127.0.0.1", 0)
        self.port = self.listening.getsockname()[1]
        self.error: BaseException | None = None

    def run(
        self,
        work: Callable[[socket.socket, Connection], None],
        client: Callable[[], None] = lambda: None,
        workers: int = 2,
        drain_seconds: float = 60,
    ) -> None:
        """Returns when both have ended."""
        thread = threading.Thread(target=self._use, args=(client,))
        made = Supervisor(work, one_each(self.listening, workers), drain_seconds)
        made.run(thread.start)
        thread.join()
        if self.error is not None:
            raise self.error

    def _use(self, client: Callable[[], None]) -> None:
        try:
            client()
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self.error = error
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def ask(self) -> int:
        """The id of the worker that answered; one that ends may take a connection with it."""
        while True:
            with self._connect() as client, suppress(ConnectionResetError):
                if said := client.recv(100):
                    return int(said)

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX)

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS_MAX
        while not is_so():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def all_workers(self) -> set[int]:
        """Those that answer, each asked at least once."""
        found: set[int] = set()

        def are_two() -> bool:
            found.add(self.ask())
            return len(found) > 1

        self.until(are_two)
        return found


@pytest.fixture
def running() -> Iterator[Running]:
    made = Running()
    with made.listening:
        yield made


def test_each_worker_has_connections_and_all_end_when_one_is_told(running: Running) -> None:
    seen: set[int] = set()

    running.run(serve, lambda: seen.update(running.all_workers()))

    assert len(seen) == 2
    assert not any(psutil.pid_exists(each) for each in seen)
    with pytest.raises(ConnectionRefusedError):
        running.ask()


def test_one_that_dies_is_replaced_and_nobody_is_refused_meanwhile(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    def client() -> None:
        for _ in range(4):
            pid = running.ask()
            os.kill(pid, signal.SIGKILL)
            assert running.ask() != pid

    running.run(serve, client, workers=1)

    assert caplog.text.count("(SIGKILL): starting another one") == 4


def test_the_pause_before_another_start_is_bounded(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor_module, "_PAUSE_SECONDS_MIN", 0.01)
    monkeypatch.setattr(supervisor_module, "_PAUSE_SECONDS_MAX", 0.03)

    def client() -> None:
        for _ in range(4):
            os.kill(running.ask(), signal.SIGKILL)
        running.ask()

    running.run(serve, client, workers=1)

    assert all("in 0.0 s" in each.getMessage() for each in caplog.records)


def test_one_that_cannot_start_ends_all(running: Running) -> None:
    with pytest.raises(CannotStart, match=r"before it was ready \(exit code 7\)"):
        running.run(fail)


def test_one_that_hangs_at_the_start_ends_all(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "_START_SECONDS_MAX", 0.5)

    with pytest.raises(CannotStart, match="SIGKILL"):
        running.run(hang)


def test_one_that_does_not_end_is_killed(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor_module, "_CLOSE_SECONDS_MAX", 0.1)

    running.run(serve_although_told_to_end, drain_seconds=0.1)

    assert caplog.text.count("does not end: killing it") == 2


def test_a_hangup_replaces_all_and_nobody_is_refused(running: Running) -> None:
    def client() -> None:
        before = running.all_workers()
        os.kill(os.getpid(), signal.SIGHUP)
        running.until(
            lambda: running.ask() not in before and not any(map(psutil.pid_exists, before))
        )
        assert not running.all_workers() & before

    running.run(serve, client)


def test_a_hangup_leaves_those_whose_successors_cannot_start(
    running: Running,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("TEST_FILE", str(file))

    def client() -> None:
        before = running.all_workers()
        file.unlink()
        os.kill(os.getpid(), signal.SIGHUP)
        running.until(lambda: "keeping the old one" in caplog.text)
        assert running.all_workers() == before

    running.run(serve_while_a_file_is_there, client)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_port_is_one_servers(host: str, workers: int) -> None:
    with listen(host, 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(CannotStart, match="in use"):
            listen(host, port)
        sockets = one_each(listening, workers)
        with pytest.raises(CannotStart, match="in use"):
            listen(host, port)
        for each in sockets:
            each.close()
    listen(host, port).close()


def test_of_two_that_take_a_port_in_one_moment_one_has_it() -> None:
    for _ in range(200):
        free = listen("127.0.0.1", 0)
        port = free.getsockname()[1]
        free.close()
        together = threading.Barrier(2)
        got: list[socket.socket] = []
        refused: list[CannotStart] = []

        def take() -> None:
            together.wait()  # noqa: B023 - all of it is of this round
            try:
                got.append(listen("127.0.0.1", port))  # noqa: B023
            except CannotStart as error:
                refused.append(error)  # noqa: B023

        threads = [threading.Thread(target=take) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert (len(got), len(refused)) == (1, 1)
        got[0].close()
