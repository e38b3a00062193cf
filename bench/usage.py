"""What processes cost: processor time and memory, from Linux's /proc (proc(5))."""

import os
import re
import resource
from dataclasses import dataclass
from math import nan
from pathlib import Path

from bench.measurement import Cost

_PROC = Path("/proc")
_PEAK = re.compile(r"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


def measurable() -> bool:
    """Whether this system tells."""
    return (_PROC / "self" / "stat").exists()


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor time used so far, in seconds: user and system."""

    server: float
    postgresql: float
    client: float

    def until(self, later: "Usage", reports: int, peak_bytes: int) -> Cost:
        """What each of `reports` cost from this moment to the later one."""
        each = 1e6 / reports if reports else nan
        return Cost(
            server_us=(later.server - self.server) * each,
            postgresql_us=(later.postgresql - self.postgresql) * each,
            client_us=(later.client - self.client) * each,
            peak_bytes=peak_bytes,
        )


def now(postgresql: int, server: int | None) -> Usage:
    """Of PostgreSQL and of the server, by their first processes; of all clients that have ended.

    Clients are the processes that this one started and waited for. The server is NaN for None.
    """
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Usage(
        server=nan if server is None else _seconds(server),
        postgresql=_seconds(postgresql),
        client=children.ru_utime + children.ru_stime,
    )


def peak_bytes(server: int) -> int:
    """The most memory that was resident in one of the processes which `server` started."""
    return max((_peak(process) for process in _tree(server)[1:]), default=0)


def _seconds(root: int) -> float:
    """Of the process and all below it; those that ended are in the figures of who waited."""
    ticks = sum(sum(map(int, _stat(process)[11:15])) for process in _tree(root))
    return ticks / os.sysconf("SC_CLK_TCK")


def _tree(root: int) -> list[int]:
    """The process, and its descendants."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [root]
    for process in found:  # grows as it is walked
        found += children.get(process, [])
    return found


def _stat(process: int) -> list[str]:
    """The fields after the name, which can hold anything; empty when the process is gone."""
    try:
        return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _peak(process: int) -> int:
    try:
        found = _PEAK.search((_PROC / str(process) / "status").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0  # a process that has ended has none
