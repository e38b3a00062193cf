"""What is tried: one report at a time, many in one request, and both on a table that is full."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.clients import copy, curl
from bench.clients.lines import Lines
from bench.contenders import Contender
from bench.field import Field
from bench.rounds import Act, Trial

# Connections open, caches fill, plans are made: before the measured time.
_WARM_UP_SECONDS = 1

BULK = "bulk"
COPY = "COPY"
PACKED = "1 request, gzip"
# So many requests send the lines together, each a part of them.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured: runs of `seconds` each, or of `lines` reports as lines."""

    seconds: int
    rounds: int
    connections: tuple[int, ...]
    lines: int
    stored: int

    @property
    def ids_max(self) -> int:
        """More ids than a run can use, on any machine."""
        return max(self.lines, 100_000 * (self.seconds + _WARM_UP_SECONDS))

    @property
    def connections_max(self) -> int:
        """Where a server has most to do at once."""
        return max(self.connections)


def at(connections: int) -> str:
    """The load of so many clients."""
    return f"{connections} connection{'s' * (connections > 1)}"


def requests(number: int) -> str:
    """The load of so many requests of lines at once."""
    return f"{number} request{'s' * (number > 1)}"


def half_of(name: str) -> str:
    """Half of the load that this contender reached at the most connections."""
    return f"half load of {name}"


def onto(load: str, stored: int) -> str:
    """A load on a table that has so many rows before."""
    return f"{load}, {stored:,} stored"


def full(plan: Plan, field: Field) -> Iterator[Trial]:
    """Everybody, as fast as they answer."""
    for connections in plan.connections:
        for contender in field.in_turn:
            yield _posts(at(connections), contender, connections, plan.seconds)


def half(plan: Plan, field: Field, reached: Mapping[str, float]) -> Iterator[Trial]:
    """Reports half as often as each of these contenders reached, a second; both get the same."""
    for name, per_second in reached.items():
        for contender in (field.pgbench, field.incidents):
            yield _posts(
                half_of(name), contender, plan.connections_max, plan.seconds, per_second / 2
            )


def bulk(field: Field, lines: Lines) -> Iterator[Trial]:
    """The same rows by COPY, by one request, and by several at once."""
    rows = lines.rows
    yield Trial(BULK, COPY, field.pgbench, lambda _: copy.insert(field.pgbench.url, rows))
    yield _sends(BULK, requests(1), field.incidents, (lines.whole,))
    yield _sends(BULK, requests(AT_ONCE), field.incidents, lines.parts)


def packed(field: Field, lines: Lines) -> Trial:
    """The same lines, compressed."""
    return _sends(BULK, PACKED, field.incidents, (lines.packed,))


def flat(plan: Plan, field: Field, lines: Lines) -> Iterator[Trial]:
    """One at a time and in bulk, each on an empty table and on a filled one."""
    if field.stored is None:
        return
    connections, seconds = plan.connections_max, plan.seconds
    for stored, incidents in ((0, field.incidents), (plan.stored, field.stored)):
        yield _posts(onto(at(connections), stored), incidents, connections, seconds)
        yield _sends(onto(BULK, stored), incidents.name, incidents, (lines.whole,))


def _posts(
    load: str,
    contender: Contender,
    connections: int,
    seconds: int,
    per_second: float | None = None,
) -> Trial:
    def lasting(seconds: int) -> Act:
        return lambda running: running.load(connections, seconds, per_second)

    return Trial(
        load,
        contender.name,
        contender,
        act=lasting(seconds),
        warm_up=lasting(_WARM_UP_SECONDS),
        cut_off_max=connections,
    )


def _sends(load: str, name: str, contender: Contender, files: tuple[Path, ...]) -> Trial:
    act: Act = lambda running: curl.post(running.port, files)  # noqa: E731
    return Trial(load, name, contender, act, files=files)
