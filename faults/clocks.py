"""Clocks that are 40 days ahead, while incidents are kept for 30: nothing may be deleted.

Nor may a rule take these days for a silence.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.server import Server

from faults.rules import clocked
from incidents.embedded.postgresql import Embedded

# https://github.com/wolfcw/libfaketime
_LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)
_AHEAD = "+40d"
_INCIDENTS = 200
_KEPT = "kept"
_SECONDS_MAX = 300
_SETTINGS = "INCIDENTS_RETENTION=30d\nINCIDENTS_RETENTION_CHECK_SECONDS=0.2\n"


@dataclass(frozen=True, slots=True)
class Told:
    """What a server under a wrong clock said of its retention, and how many incidents it had.

    `rules` is what was wrong with what rules said.
    """

    fault: str
    expected: str
    state: str
    incidents: int
    rules: list[str] = field(default_factory=list)


def wrong_clocks(scratch: Path) -> list[Told]:
    """Raises PermissionError where there is no libfaketime."""
    library = next((each for each in _LIBRARIES if Path(each).exists()), None)
    if library is None:
        raise PermissionError("libfaketime is not installed: apt-get install faketime")
    scratch.chmod(0o755)
    (scratch / "settings").write_text(_SETTINGS)
    faults = (_while_off, _while_running, _beside_postgresql)
    return [inject(scratch, library) for inject in faults]


def _while_off(scratch: Path, library: str) -> Told:
    where = ["--data", str(scratch / "off")]
    with _serving(scratch, where) as server:
        _fill(server)
        _until(server, "running")
    with _clock(library, FAKETIME=_AHEAD), _serving(scratch, where) as server:
        return _told("the clock set 40 days forward while it was off", "waiting", server)


def _while_running(scratch: Path, library: str) -> Told:
    file = scratch / "clock"
    _set(file, "+0")
    where = ["--data", str(scratch / "running")]
    with (
        _clock(library, FAKETIME_TIMESTAMP_FILE=str(file), FAKETIME_NO_CACHE="1"),
        _serving(scratch, where) as server,
    ):
        _fill(server)
        _until(server, "running")
        _set(file, _AHEAD)
        told = _told("the clock set 40 days forward while it ran", "stopped", server)
        _set(file, "+0")
        told.rules.extend(clocked.wrong(server, 2))
        return told


def _beside_postgresql(scratch: Path, library: str) -> Told:
    cluster = Embedded(scratch / "beside", start_seconds=_SECONDS_MAX)
    cluster.start()
    try:
        where = ["--database-url", cluster.url]
        with _serving(scratch, where) as server:
            _fill(server)
        with _clock(library, FAKETIME=_AHEAD), _serving(scratch, where) as server:
            return _told("a server 40 days ahead of PostgreSQL", "stopped", server)
    finally:
        cluster.stop()


@contextmanager
def _clock(library: str, **variables: str) -> Iterator[None]:
    """What is started meanwhile has that clock; the one that nobody sets stays as it is."""
    shifted = {"LD_PRELOAD": library, "FAKETIME_DONT_FAKE_MONOTONIC": "1", **variables}
    before = dict(os.environ)
    os.environ.update(shifted)
    try:
        yield
    finally:
        for name in shifted:
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _serving(scratch: Path, where: list[str]) -> Iterator[Server]:
    server = Server(*where, "--env-file", str(scratch / "settings"))
    try:
        server.wait_until_ready(_SECONDS_MAX)
        yield server
        assert server.stop() == 0, server.output
    finally:
        server.kill()


def _set(file: Path, ahead: str) -> None:
    new = file.with_suffix(".new")
    new.write_text(f"{ahead}\n")
    new.chmod(0o644)
    new.rename(file)


def _fill(server: Server) -> None:
    clocked.set_up(server)
    for number in range(_INCIDENTS):
        server.report({_KEPT: True, "n": number})
    clocked.until_fired(server)


def _state(server: Server) -> str:
    return str(json.loads(server.request("GET", "/retention").body)["state"])


def _until(server: Server, state: str) -> None:
    deadline = time.monotonic() + _SECONDS_MAX
    while _state(server) != state and time.monotonic() < deadline:
        time.sleep(0.1)


def _told(fault: str, expected: str, server: Server) -> Told:
    """After some more looks of the retention."""
    _until(server, expected)
    rules = clocked.wrong(server, 1)
    time.sleep(2)
    return Told(fault, expected, _state(server), len(server.find({_KEPT: True})), rules)


def table(told: list[Told]) -> str:
    """A line a fault."""
    rows = [
        "| clock | the retention | incidents that stayed | wrong of rules |",
        "| --- | --- | ---: | ---: |",
    ]
    rows += [
        f"| {each.fault} | {each.state} | {each.incidents} of {_INCIDENTS} | {len(each.rules)} |"
        for each in told
    ]
    return "\n".join(rows)


def broken_promises(told: list[Told]) -> list[str]:
    """What went wrong, a line each."""
    return [
        f"{each.fault}: the retention is {each.state}, {each.incidents} of {_INCIDENTS} stayed"
        for each in told
        if each.state != each.expected or each.incidents != _INCIDENTS
    ] + [f"{each.fault}: {wrong}" for each in told for wrong in each.rules]
