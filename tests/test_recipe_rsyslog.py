"""ops/rsyslog: a real rsyslog, where one is installed, reports errors, also those of an outage."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from incidents.auth.key_table import KeyTable
from tests.keys import bearer, make
from tests.ports import free_port
from tests.server import Server

OPS = Path(__file__).parents[1] / "ops" / "rsyslog"
PROGRAM = shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")
SECONDS_MAX = 90

pytestmark = pytest.mark.skipif(
    not (PROGRAM and shutil.which("curl")), reason="needs rsyslog and curl: apt-get install rsyslog"
)


@contextmanager
def rsyslog(folder: Path, server_port: int, key: str) -> Iterator[int]:
    """The port of an rsyslog with the configuration of ops, that takes messages by TCP."""
    (folder / "sender.env").write_text(
        f"INCIDENTS_URL=http://127.0.0.1:{server_port}\nINCIDENTS_KEY={key}\n"
    )
    text = (OPS / "incidents.conf").read_text()
    for old, new in {
        "/usr/local/bin/incidents-lines": str(OPS / "incidents-lines"),
        "/var/log/incidents-lines.log": str(folder / "log"),
    }.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "log").touch()
    port = free_port()
    (folder / "rsyslog.conf").write_text(
        f'global(workDirectory="{folder}")\nmodule(load="imtcp")\n'
        f'input(type="imtcp" address="127.0.0.1" port="{port}")\n{text}'
    )
    process = subprocess.Popen(
        [str(PROGRAM), "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")],
        env={"PATH": "/usr/bin:/bin", "INCIDENTS_SENDER": str(folder / "sender.env")},
    )
    try:
        until(lambda: reaches(port), folder)
        yield port
    finally:
        process.terminate()
        process.wait(SECONDS_MAX)


def reaches(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX).close()
    except OSError:
        return False
    return True


def say(port: int, *messages: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX) as connection:
        connection.sendall("".join(f"{each}\n" for each in messages).encode())


def until(holds: Callable[[], object], folder: Path) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.1)


async def test_errors_are_reported_also_those_of_an_outage(
    start_server: Callable[..., Server], table: KeyTable, tmp_path: Path
) -> None:
    report, read = await make(table, "report"), await make(table, "read")
    server_port = free_port()
    quoted = 'said "no" \\ to C:\\x, é €'
    with rsyslog(tmp_path, server_port, report) as port:
        # <27> is an error of a daemon, <30> is information of one.
        say(port, "<27>Nov 23 10:31:20 db1 backup[42]: before it was there")
        until(lambda: "connect" in (tmp_path / "log").read_text(), tmp_path)
        server = start_server("--port", str(server_port))
        say(
            port,
            f"<27>1 2026-11-23T10:31:21.5Z db1 backup 42 - - {quoted}",
            "<30>Nov 23 10:31:22 db1 backup[42]: all is well",
        )

        def found() -> list[Any]:
            reply = server.post("/find", b"{}", bearer(read))
            return [incident["body"] for incident in reply.json["incidents"]][::-1]

        until(lambda: len(found()) >= 2, tmp_path)
        first, second = found()
    assert first["message"] == "before it was there"
    assert second == {
        "time": "2026-11-23T10:31:21.5Z",
        "host": "db1",
        "severity": "err",
        "facility": "daemon",
        "program": "backup",
        "pid": "42",
        "message": quoted,
    }
