"""Which faults injection which deployment."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from faults import deployments, injections
from faults.injections import Fault
from faults.rules import injections as of_receiver

# A client whose server is killed learns nothing; one whose PostgreSQL is, waits.
_OF_THE_PROGRAM = (
    Fault("kill -9 of a worker", injections.kill_a_worker, may_leave_unanswered=True),
    Fault(
        "a worker paused until its ids are settled",
        injections.pause_a_worker,
        may_refuse=True,
        may_leave_unanswered=True,
    ),
    Fault("kill -9 of the process that parses heavy reports", injections.kill_a_parser),
    Fault("kill -9 of the server", injections.kill_the_server, may_leave_unanswered=True),
    Fault("kill -9 of everything", injections.kill_everything, may_leave_unanswered=True),
    Fault(
        "SIGTERM under load",
        injections.stop_the_server,
        may_refuse=True,
        may_leave_unanswered=True,
    ),
)
_OF_POSTGRESQL = (
    Fault("kill -9 of every PostgreSQL process", injections.kill_postgresql),
    Fault("kill -9 of the postmaster", injections.kill_the_postmaster),
    Fault("kill -9 of one of PostgreSQL's processes", injections.kill_a_backend),
    Fault("PostgreSQL stopped, fast", injections.stop_postgresql_fast),
    Fault("PostgreSQL stopped, immediate", injections.stop_postgresql_at_once),
)
_OF_THE_CONNECTION = (
    Fault("restart of PostgreSQL, fast", injections.restart_fast),
    Fault("restart of PostgreSQL, immediate", injections.restart_at_once),
    Fault("every connection cut", injections.cut),
    Fault("cut in the middle of a commit", injections.cut_in_commit),
    Fault("cut in a commit, then away", injections.cut_in_commit_and_stay_away),
    Fault(
        "cut in a commit, then away for longer than the wait",
        injections.cut_in_commit_and_stay_away_long,
        may_refuse=True,
    ),
    Fault("away for longer than the wait", injections.away_long, may_refuse=True),
    Fault("answers delayed", injections.delay),
    Fault("answers held back", injections.hold),
    Fault("connections half-closed, to the server", injections.half_close_to_the_server),
    Fault("connections half-closed, to PostgreSQL", injections.half_close_to_postgresql),
    Fault("kill -9 of one of two servers", injections.kill_the_server, may_leave_unanswered=True),
)
_OF_THE_DISK = (
    Fault("disk full for a moment", injections.fill_the_disk, may_refuse=True),
    Fault("disk full for longer than the wait", injections.fill_the_disk_for_long, may_refuse=True),
    Fault(
        "disk full, no room for the log", injections.fill_the_disk_and_end_the_log, may_refuse=True
    ),
)
_OF_THE_RECEIVER = (
    Fault("kill -9 of the receiver", of_receiver.kill_the_receiver),
    Fault("the receiver hangs, then kill -9 of it", of_receiver.kill_the_receiver_that_hangs),
    Fault("the receiver is slow, fails, redirects", of_receiver.ill_mannered_receiver),
)


@dataclass(frozen=True, slots=True)
class Part:
    """One deployment, the faults that can injection it, and its share of all."""

    name: str
    open: Callable[[Path], AbstractAsyncContextManager[deployments.Deployment]]
    faults: tuple[Fault, ...]
    share: float
    filling_bytes_max: int = 2_000
    has_rules: bool = True


PARTS = {
    "program": Part(
        "one server and its own PostgreSQL",
        deployments.embedded,
        _OF_THE_PROGRAM + _OF_POSTGRESQL + _OF_THE_RECEIVER,
        0.25,
    ),
    "connection": Part(
        "two servers on one PostgreSQL, behind a proxy",
        deployments.proxied,
        _OF_THE_CONNECTION,
        0.3,
    ),
    "disk": Part(
        "a small disk", deployments.on_a_small_disk, _OF_THE_DISK, 0.1, filling_bytes_max=10_000
    ),
}

# The share of power cuts, which have a machine of their own (faults/power/).
POWER_SHARE = 0.35


def named_parts(text: str) -> Iterator[tuple[str, Part]]:
    """The parts with those of their faults that have this in their name, if there are any."""
    for name, part in PARTS.items():
        if faults := tuple(fault for fault in part.faults if text in fault.name):
            yield name, replace(part, faults=faults)


def drawn(part: Part, count: int, random: Random) -> list[Fault]:
    """That many faults in a random order, each about as often as the others."""
    faults: list[Fault] = []
    while len(faults) < count:
        faults += random.sample(part.faults, len(part.faults))
    return faults[:count]
