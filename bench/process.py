"""Other programs: run to their end, or kept for a while; never left behind."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.failed import Failed
from incidents.http.server.port import listen

HOST = "127.0.0.1"

Command = Sequence[str | Path]

_START_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 60
_POLL_SECONDS = 0.05
_LINES_SHOWN = 15

# What the user set for other servers and databases has no say here.
_FOREIGN = ("INCIDENTS_", "PG", "GUNICORN_", "FLASK_", "WEB_CONCURRENCY", "PYTHONPATH")


def free_port() -> int:
    """One that nothing listens on now."""
    with listen(HOST, 0) as listening:
        return int(listening.getsockname()[1])


def run(
    command: Command, seconds_max: float, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Returns when the program has ended well. Raises Failed, with its last words, if not."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, our own arguments
            command,
            check=False,
            capture_output=True,
            env=_environment() | variables,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=seconds_max,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{_name(command)} took longer than {seconds_max} s") from error
    if done.returncode != 0:
        raise Failed(f"{_name(command)} failed:\n{_last(done.stdout + done.stderr)}")
    return done


@contextmanager
def serving(
    command: Command,
    port: int,
    ready_path: str,
    log: Path,
    **variables: str,
) -> Iterator[int]:
    """The server answers on `port` from the block's beginning, and has ended after it.

    The block gets the id of its first process. What it prints is appended to `log`. It ends by
    SIGTERM, so that it settles what it accepted.
    Raises Failed when it does not start in time, ends before it is told to, or does not then.
    """
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
            command,
            env=_environment() | variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(server, _name(command), port, ready_path, log)
        yield server.pid
        if server.poll() is not None:
            raise Failed(f"{_name(command)} ended too early:\n{_end_of(log)}")
    finally:
        _stop(server, _name(command))


def _wait(
    server: "subprocess.Popen[bytes]", name: str, port: int, ready_path: str, log: Path
) -> None:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while not _answers(port, ready_path):
        if server.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"{name} did not start:\n{_end_of(log)}")
        time.sleep(_POLL_SECONDS)


def _answers(port: int, path: str) -> bool:
    connection = HTTPConnection(HOST, port, timeout=_START_SECONDS_MAX)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 300  # noqa: PLR2004 - any success
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _stop(server: "subprocess.Popen[bytes]", name: str) -> None:
    server.terminate()
    try:
        server.wait(_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{name} did not stop within {_STOP_SECONDS_MAX} s") from error
    finally:
        server.kill()  # nothing, once it has ended
        server.wait()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


def _name(command: Command) -> str:
    return " ".join([Path(command[0]).name, *map(str, command[1:3])])


def _end_of(log: Path) -> str:
    return _last(log.read_text(errors="replace"))


def _last(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-_LINES_SHOWN:]) or "it did not say why"
