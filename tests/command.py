"""The command line as its users type it: a process, an exit code.

Python and what the program imports take most of a second. So both are loaded once
(tests/preloaded.py), and each command is a fork of that.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.preloaded import ANSWER

SECONDS_MAX = 60

_ROOT = Path(__file__).parents[1]
_ANSWER_BYTES = len(ANSWER % 0)
# One command is asked for after the other: nothing comes behind the line of each.
_one_asks = threading.Lock()

Done = subprocess.CompletedProcess[str]


def incidents(*arguments: str, stdin: str = "", **environment: str) -> Done:
    """One command, at its end."""
    with ExitStack() as stack:
        said, out, err = (stack.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        said.write(stdin)
        said.seek(0)
        command = Command(arguments, [each.fileno() for each in (said, out, err)], environment)
        try:
            code = command.wait(SECONDS_MAX)
        finally:
            command.kill()
        for each in (out, err):
            each.seek(0)
        return Done(arguments, code, out.read(), err.read())


class Command:
    """A process of the command line, in a session of its own.

    `files` are its standard input, output and error.
    """

    def __init__(
        self, arguments: Sequence[str], files: Sequence[int], environment: dict[str, str]
    ) -> None:
        self._code: int | None = None
        self._alone = threading.Lock()
        self._arguments = arguments
        asked = json.dumps([arguments, {**os.environ, **environment}, str(Path.cwd())]).encode()
        self._answers, there = socket.socketpair()
        with _one_asks:
            asking = _preloaded().asking
            with there:
                sent = socket.send_fds(asking, [asked, b"\n"], [there.fileno(), *files])
                asking.sendall((asked + b"\n")[sent:])
            self.pid = self._answer(SECONDS_MAX)

    def _answer(self, seconds: float) -> int:
        self._answers.settimeout(seconds)
        try:
            return int(self._answers.recv(_ANSWER_BYTES))
        except (TimeoutError, BlockingIOError):
            raise subprocess.TimeoutExpired(list(self._arguments), seconds) from None

    def wait(self, seconds: float) -> int:
        """The exit code. Raises TimeoutExpired."""
        with self._alone:
            if self._code is None:
                self._code = self._answer(seconds)
                self._answers.close()
            return self._code

    def poll(self) -> int | None:
        """The exit code; None while it runs, or another thread waits for its end."""
        if not self._alone.locked():
            with suppress(subprocess.TimeoutExpired):
                self.wait(0)
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing, if it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it alone, whatever it does."""
        self.send_signal(signal.SIGKILL)


class _Preloaded(NamedTuple):
    """The process that forks, and where it is asked to."""

    process: subprocess.Popen[bytes]
    asking: socket.socket


@cache
def _preloaded() -> _Preloaded:
    """One for all commands; it ends with this process."""
    here, there = socket.socketpair()
    with there:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded", str(there.fileno())],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[there.fileno()],
        )
    return _Preloaded(process, here)
