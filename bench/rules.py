"""python -m bench.rules: what rules cost the intake, and how soon they tell, at full load."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import click

from bench import machine, usage
from bench.clients import wrk
from bench.find.client import Client
from bench.middle import ratio
from bench.pairs import ROOT, Server, answering
from bench.told import Told, listening

_WARM_SECONDS = 3
_IDLE_SECONDS, _IDLE_LOOKS = 10, 6
_LINES_AT_ONCE = 5_000
_ABSENT_SECONDS = 5
# What fires and is absent, beside the load.
_PAUSE_SECONDS = 0.25
_A_SECOND = 2 / _PAUSE_SECONDS
_SECRET = "whsec_" + "A" * 43 + "="

_FIRES, _ABSENT = "fires", "absent"


@dataclass(slots=True)
class Measured:
    """Pairs, with rules and without: reports a second, and µs of processor time of one."""

    rates: list[tuple[float, float]] = field(default_factory=list)
    costs_us: list[tuple[float, float]] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{ratio(self.rates):.3f} (the middle half) of the reports a second without rules; "
            f"processor time of a report {ratio(self.costs_us):.3f}"
        )


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--rules", "count", default=1000, type=click.IntRange(3, 1000), help="Rules.")
@click.option(
    "--states", default=100_000, type=click.IntRange(0, 1_000_000), help="Members of all rules."
)
@click.option("--rounds", default=7, type=click.IntRange(2, 1000), help="Pairs of runs.")
@click.option("--seconds", default=4, type=click.IntRange(1, 600), help="Length of a run.")
@click.option("--connections", default=64, type=click.IntRange(1, 150), help="Clients at once.")
def rules(count: int, states: int, rounds: int, seconds: int, connections: int) -> None:
    """Measure the intake of a server with rules and of one without, in turns.

    Each has one worker, a PostgreSQL of its own, and the same incidents. At first nothing fires.
    Then, beside the load, a client reports what makes a rule fire and what is absent later, and a
    receiver says when it was told.
    """
    wrk.require()
    described = machine.describe()
    with answering(ROOT) as ruled, answering(ROOT) as plain, listening() as told:
        _set_up(ruled.port, told.url, count)
        for server in (ruled, plain):
            _fill(server.port, count - 2, states)
        _until_followed(ruled.port, states)
        with_rules_ms, without_ms = _idle_ms(ruled), _idle_ms(plain)
        for server in (ruled, plain):
            wrk.post(server.port, connections, _WARM_SECONDS)

        def run(server: Server) -> tuple[float, float]:
            return _run(server, connections, seconds)

        def run_beside(server: Server) -> tuple[float, float]:
            with _beside(server.port, told if server is ruled else None):
                return run(server)

        quiet = _pairs(ruled, plain, rounds, run)
        firing = _pairs(ruled, plain, rounds, run_beside)
        firings, absences = told.seconds(_FIRES), told.seconds(_ABSENT)
    click.echo(
        f"{described}, {count:,} rules, {states:,} members, {connections} connections, {rounds} "
        f"pairs of {seconds} s.\n\n"
        f"While nothing fires: {quiet}.\n"
        f"While {_A_SECOND:.0f} a second fire, or are absent: {firing}.\n"
        f"Idle, server and PostgreSQL take {with_rules_ms:.1f} ms of processor time a second with "
        f"rules, {without_ms:.1f} ms without.\n\n"
        f"A firing arrived {_late(firings)} after its report was acknowledged, an absence "
        f"{_late(absences)} after its time."
    )


def _pairs(
    ruled: Server, plain: Server, rounds: int, run: Callable[[Server], tuple[float, float]]
) -> Measured:
    measured = Measured()
    for number in range(rounds):
        order = (ruled, plain) if number % 2 else (plain, ruled)
        runs = {server: run(server) for server in order}
        measured.rates.append((runs[ruled][0], runs[plain][0]))
        measured.costs_us.append((runs[ruled][1], runs[plain][1]))
        click.echo(f"  {number + 1}/{rounds}: {measured.rates[-1]}", err=True)
    return measured


def _set_up(port: int, url: str, count: int) -> None:
    """All rules are there; those that the load does not match count errors by host."""
    hook = {"webhook": {"url": url, "secret": _SECRET}, "per_minute": 1000}
    told = {"by": ["member"], "channels": ["hook"]}
    counted = {"when": "count >= 1000 in 1h", "by": ["host"]}
    with Client(port) as client:
        _put(client, "/channels/hook", hook)
        _put(client, f"/rules/{_FIRES}", {"query": "kind=fires", "when": "any", **told})
        absent = f"absent for {_ABSENT_SECONDS}s"
        _put(client, f"/rules/{_ABSENT}", {"query": "kind=absent", "when": absent, **told})
        for number in range(count - 2):
            query = f"service=service-{number} level=error"
            _put(client, f"/rules/rule-{number}", {"query": query, **counted})


def _put(client: Client, path: str, body: Any) -> None:
    client.ask_for("PUT", path, json.dumps(body))


def _fill(port: int, rules: int, states: int) -> None:
    """Each rule would have its share of the members, and what makes them is stored."""
    with Client(port) as client:
        for first in range(0, states, _LINES_AT_ONCE):
            numbers = range(first, min(first + _LINES_AT_ONCE, states))
            lines = (
                f'{{"service":"service-{n % rules}","level":"error","host":"h{n // rules}"}}\n'
                for n in numbers
            )
            client.post("/problems", "".join(lines).encode())


def _until_followed(port: int, states: int) -> None:
    while _states(port) < states:
        time.sleep(1)


def _states(port: int) -> int:
    with Client(port) as client:
        return sum(each["members"] for each in json.loads(client.ask_for("GET", "/rules"))["rules"])


def _idle_ms(server: Server) -> float:
    """The milliseconds of processor time that a server takes in a second of nothing to do.

    The least of some looks: what was stored is indexed behind the reports.
    """
    return min(_used_in_a_second(server) for _ in range(_IDLE_LOOKS)) * 1000


def _used_in_a_second(server: Server) -> float:
    before = _used(server)
    time.sleep(_IDLE_SECONDS)
    return (_used(server) - before) / _IDLE_SECONDS


def _used(server: Server) -> float:
    now = usage.now(server.postgresql, server.process)
    return now.server + now.postgresql


def _run(server: Server, connections: int, seconds: int) -> tuple[float, float]:
    """Reports a second, and the microseconds of processor time of each."""
    before = _used(server)
    measured = wrk.post(server.port, connections, seconds)
    assert not measured.errors, f"reports failed: {dict(measured.errors)}"
    return measured.per_second, (_used(server) - before) / measured.stored * 1e6


@contextmanager
def _beside(port: int, told: Told | None) -> Iterator[None]:
    """In the block some reports make rules fire, or would if there were any."""
    over = Event()
    thread = Thread(target=_report, args=(port, told, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _report(port: int, told: Told | None, over: Event) -> None:
    with Client(port) as client:
        while not over.wait(_PAUSE_SECONDS):
            for rule, seconds in ((_FIRES, 0), (_ABSENT, _ABSENT_SECONDS)):
                member = str(time.monotonic_ns())
                client.report(json.dumps({"kind": rule, "member": member}))
                if told is not None:
                    told.expect(rule, member, time.monotonic() + seconds)


def _late(seconds: Sequence[float]) -> str:
    middle = seconds[len(seconds) // 2]
    return f"{middle:.1f} s (median of {len(seconds)}; at most {seconds[-1]:.1f} s)"


if __name__ == "__main__":
    rules(prog_name="python -m bench.rules")
