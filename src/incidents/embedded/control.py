"""Runs PostgreSQL's own programs on one cluster, and reports why they fail."""

import re
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from incidents.core.errors import CannotStart, Unavailable
from incidents.embedded import system_user
from incidents.support.directory import Directory

_STILL_ENDING = ("shared memory block", "lock file")


class Control:
    """Starts and stops the PostgreSQL of the directory `cluster`, with pg_ctl.

    https://www.postgresql.org/docs/current/app-pg-ctl.html
    """

    def __init__(self, programs: Path, cluster: Path) -> None:
        self.programs = programs
        self._cluster = cluster

    def running(self) -> bool:
        """Whether it runs. Just after it died it still seems to run for a moment."""
        return self._cluster.exists() and self._pg_ctl("status").returncode == 0

    def start(self, settings: Mapping[str, str], *options: str) -> None:
        """Returns when pg_ctl does. These settings win over any file and ALTER SYSTEM.

        Raises CannotStart if PostgreSQL does not start; Unavailable if another attempt may succeed.
        """
        begun = time.time() - 1  # files' times are coarser than the clock
        # Through a shell: pg_ctl has one start PostgreSQL.
        arguments = shlex.join(f"--{name}={value}" for name, value in settings.items())
        log = f"--log={self._cluster / 'start.log'}"
        done = self._pg_ctl("start", log, f"--options={arguments}", *options)
        if done.returncode == 0:
            return
        said = last_lines(self._log_since(begun) or done.stdout)
        # Processes of a killed PostgreSQL exist for a moment longer.
        kind = Unavailable if any(each in said for each in _STILL_ENDING) else CannotStart
        raise kind(f"PostgreSQL did not start in {self._cluster.parent}: {said}")

    def stop(self) -> None:
        """Returns when it is stopped. Raises CannotStart if it cannot be."""
        if not self.running():
            return
        done = self._pg_ctl("stop", "--wait", "--mode=fast")
        if done.returncode != 0 and self.running():
            said = last_lines(done.stdout)
            raise CannotStart(f"PostgreSQL did not stop in {self._cluster.parent}: {said}")

    def run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs one of PostgreSQL's programs to its end: its exit code and all its output."""
        # A file instead of a pipe: PostgreSQL inherits it, and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            command = [str(self.programs / program), *arguments]
            done = subprocess.run(  # noqa: S603 - no shell, our own arguments
                command,
                check=False,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **system_user.of_process(),
            )
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, output.read())

    def _pg_ctl(self, action: str, *options: str) -> "subprocess.CompletedProcess[str]":
        return self.run("pg_ctl", action, f"--pgdata={self._cluster}", *options)

    def _log_since(self, begun: float) -> str:
        """PostgreSQL's last log messages, in whichever of its files."""
        logs: list[tuple[float, str]] = []
        with (
            suppress(OSError),
            Directory.opened(self._cluster.parent) as data,
            data.inside(self._cluster.name) as cluster,
        ):
            logs += _logs(cluster, begun)
            with cluster.inside("log") as log:
                logs += _logs(log, begun)
        return max(logs)[1] if logs else ""


def _logs(directory: Directory, begun: float) -> Iterator[tuple[float, str]]:
    """Each log file written since `begun`: the time of its last change, and its content."""
    for name in directory.names():
        if name.endswith(".log") and (modified := directory.modified(name)) >= begun:
            yield modified, directory.read(name)


def last_lines(text: str) -> str:
    """The last two lines, which say what happened, without their times."""
    lines = [re.sub(r"^.*?\] +", "", line) for line in text.strip().splitlines()[-2:]]
    return "; ".join(lines) or "it did not say why"
