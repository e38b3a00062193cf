"""PostgreSQL's own programs, run on one cluster, and what they say when they fail."""

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
    """Starts and stops the PostgreSQL of the cluster directory `cluster`, by pg_ctl.

    https://www.postgresql.org/docs/current/app-pg-ctl.html
    """

    def __init__(self, programs: Path, cluster: Path) -> None:
        self.programs = programs
        self._cluster = cluster

    def running(self) -> bool:
        """Whether it runs, or seems to: one that just died still does for a moment."""
        return self._cluster.exists() and self._pg_ctl("status").returncode == 0

    def start(self, settings: Mapping[str, str], *options: str) -> None:
        """Returns when pg_ctl does. No file and no ALTER SYSTEM wins over the settings.

        Raises CannotStart when PostgreSQL does not start, Unavailable when trying again may help.
        """
        begun = time.time() - 1  # files' times are coarser than the clock
        # Through a shell: pg_ctl has one start PostgreSQL.
        arguments = shlex.join(f"--{name}={value}" for name, value in settings.items())
        log = f"--log={self._cluster / 'start.log'}"
        done = self._pg_ctl("start", log, f"--options={arguments}", *options)
        if done.returncode == 0:
            return
        said = last_lines(self._log_since(begun) or done.stdout)
        # What is left of one that was killed is there for a moment longer.
        kind = Unavailable if any(each in said for each in _STILL_ENDING) else CannotStart
        raise kind(f"PostgreSQL did not start in {self._cluster.parent}: {said}")

    def stop(self) -> None:
        """Returns when it does not run. Raises CannotStart when it cannot be stopped."""
        if not self.running():
            return
        done = self._pg_ctl("stop", "--wait", "--mode=fast")
        if done.returncode != 0 and self.running():
            said = last_lines(done.stdout)
            raise CannotStart(f"PostgreSQL did not stop in {self._cluster.parent}: {said}")

    def run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """One of PostgreSQL's programs, at its end: its code, and all that it said."""
        # Files, not pipes: PostgreSQL inherits them, and a pipe would never end.
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
        """What PostgreSQL logged last, in whichever of its files."""
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
    """When each of its logs was written last, if since `begun`, and what it says."""
    for name in directory.names():
        if name.endswith(".log") and (modified := directory.modified(name)) >= begun:
            yield modified, directory.read(name)


def last_lines(text: str) -> str:
    """The last two lines, which say what happened, without their times."""
    lines = [re.sub(r"^.*?\] +", "", line) for line in text.strip().splitlines()[-2:]]
    return "; ".join(lines) or "it did not say why"
