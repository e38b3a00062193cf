"""One deployment under faults: hit, watched until it is back, and checked afterwards."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import click

from faults.check import Findings, look_through
from faults.clients import crowd
from faults.deployments import Deployment
from faults.injections import Fault
from faults.ledger import QUIET, Ledger, Outcome
from faults.plan import Part, drawn
from faults.rules.audit import audit
from faults.rules.oracle import Judged
from faults.rules.stories import Storyteller, set_up, storytellers
from faults.wire import Hung, Unanswered

_REPORTERS_EACH = 8
_BACK_SECONDS_MAX = 120
_PAUSE_SECONDS = (0.1, 0.5)
_LOG_SHOWN = 3000


class GaveUp(Exception):
    """The deployment did not come back, or somebody did not do what was asked of it."""


@dataclass(frozen=True, slots=True)
class Struck:
    """One injection: its duration, when every server stored again after it, and what it cost.

    `refused` and `unanswered` are requests.
    """

    seconds: float
    back_seconds: float
    refused: int
    unanswered: int

    @property
    def all_seconds(self) -> float:
        """From its begin until every server stored again."""
        return self.seconds + self.back_seconds


class Injected(Protocol):
    """A fault, whatever injects it, and what it may cost those who ask meanwhile."""

    @property
    def name(self) -> str:
        """What the row of the table is called."""

    @property
    def may_refuse(self) -> bool:
        """Whether it may cost a 503, however soon it is over."""

    @property
    def may_leave_unanswered(self) -> bool:
        """Whether it may cost a connection."""

    def __hash__(self) -> int:
        """Faults are told apart."""


@dataclass(slots=True)
class FaultRun:
    """What was done to a deployment, and what it did."""

    part: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    struck: dict[Injected, list[Struck]] = field(default_factory=dict)
    wait_seconds: float = 0
    findings: Findings = field(default_factory=Findings)
    rules: Judged = field(default_factory=Judged)
    log: str = ""


async def run_part(part: Part, count: int, random: Random, scratch: Path) -> FaultRun:
    """Strikes `count` times, and says what came of it. Raises PermissionError as `part.open`."""
    run = FaultRun(part.name)
    try:
        async with part.open(scratch) as deployment:
            await _inject_all(run, part, count, deployment, random)
        run.log = deployment.log
    except (GaveUp, AssertionError, TimeoutError, Hung, Unanswered) as error:
        said = f"the run of {part.name} ended too soon: {error!r}"
        click.echo(said, err=True)
        run.ledger.wrong.append(said)
    return run


async def _inject_all(
    run: FaultRun, part: Part, count: int, deployment: Deployment, random: Random
) -> None:
    run.wait_seconds = deployment.wait_seconds
    filling = part.filling_bytes_max
    others: list[Storyteller] = []
    if part.has_rules:
        await set_up(deployment.ports[0], deployment.receiver)
        others = storytellers(deployment.ports, run.ledger, random)
    async with crowd(deployment.ports, _REPORTERS_EACH, run.ledger, random, filling, others):
        for number, fault in enumerate(drawn(part, count, random), 1):
            await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))
            struck = await _inject(fault, deployment, random, run.ledger)
            run.struck.setdefault(fault, []).append(struck)
            click.echo(
                f"  {number}/{count} {fault.name}: {struck.seconds:.2f} s, back after "
                f"{struck.back_seconds:.2f} s, {struck.refused} refused",
                err=True,
            )
    if part.has_rules:
        run.rules = await audit(deployment.ports[0], deployment.receiver)
    run.findings = await look_through(deployment.ports[0], run.ledger)


async def _inject(fault: Fault, deployment: Deployment, random: Random, ledger: Ledger) -> Struck:
    outcomes = Outcome.REFUSED, Outcome.UNANSWERED
    before = [ledger.count(fault.name, outcome) for outcome in outcomes]
    with _labelled(fault, ledger):
        begun = time.monotonic()
        await fault.injection(deployment, random)
        over = time.monotonic()
        async with asyncio.timeout(_BACK_SECONDS_MAX):
            for server in range(len(deployment.ports)):
                await ledger.stored_on(server, over)
            back_seconds = time.monotonic() - over
            # What the fault did to those who asked before is the fault's, however late it comes.
            await ledger.settled(time.monotonic())
    after = [ledger.count(fault.name, outcome) for outcome in outcomes]
    refused, unanswered = (now - then for now, then in zip(after, before, strict=True))
    return Struck(over - begun, back_seconds, refused, unanswered)


@contextmanager
def _labelled(fault: Fault, ledger: Ledger) -> Iterator[None]:
    ledger.during = fault.name
    try:
        yield
    except (AssertionError, TimeoutError, OSError) as error:
        raise GaveUp(f"{fault.name}: {error!r}") from error
    finally:
        ledger.during = QUIET


def broken_promises(run: FaultRun) -> list[str]:
    """What went wrong, a line each; nothing when every promise was kept."""
    return [
        *run.ledger.wrong,
        *run.rules.wrong,
        *found(run.findings),
        *_unfair(run),
        *_unexplained(run.log),
    ]


def found(findings: Findings) -> Iterator[str]:
    """What is not as the clients were told, a line each."""
    for what in ("lost", "doubled", "changed", "refused_but_stored"):
        for during, count in getattr(findings, what).items():
            if count:
                yield f"{during}: {count} {what.replace('_', ' ')}"
    if findings.unknown:
        yield f"{findings.unknown} incidents that nobody reported"
    if findings.not_by_time:
        yield f"{findings.not_by_time} incidents not found by their time"
    if findings.miscounted:
        yield f"the timeline has {findings.miscounted} incidents too many or too few"
    if findings.of_groups:
        yield f"{findings.of_groups} groups are not as a recount and a find have them"


def _unfair(run: FaultRun) -> Iterator[str]:
    """What a fault cost those who asked, and should not have."""
    for fault, struck in run.struck.items():
        in_time = [each for each in struck if each.all_seconds <= run.wait_seconds]
        refused = sum(each.refused for each in in_time)
        if refused and not fault.may_refuse:
            last = run.ledger.last_refusal.get(fault.name)
            yield f"{fault.name}: {refused} refused, though it was over within the wait; {last}"
        # A long answer that had begun cannot be refused any more: it is cut.
        unanswered = sum(each.unanswered for each in in_time)
        if unanswered and not (fault.may_leave_unanswered or fault.may_refuse):
            yield f"{fault.name}: {unanswered} not answered"
        reports = run.ledger.outcomes[fault.name, "report", Outcome.UNANSWERED]
        if reports and not fault.may_leave_unanswered:
            yield f"{fault.name}: {reports} reports were neither stored nor refused"
        if not run.ledger.count(fault.name, Outcome.STORED):
            yield f"{fault.name}: nothing was stored meanwhile"
    for outcome in (Outcome.REFUSED, Outcome.UNANSWERED):
        if count := run.ledger.count(QUIET, outcome):
            yield f"{QUIET}: {count} {outcome.name.lower()}"


def took_too_long(run: FaultRun) -> Iterator[str]:
    """The injections that should have ended within the wait and did not, and their cost."""
    for fault, struck in run.struck.items():
        late = [each for each in struck if each.all_seconds > run.wait_seconds]
        if late and not (fault.may_refuse or fault.may_leave_unanswered):
            longest = max(each.all_seconds for each in late)
            yield (
                f"{fault.name}: {len(late)} of {len(struck)} took longer than the wait of "
                f"{run.wait_seconds:.0f} s, up to {longest:.1f} s; "
                f"{sum(each.refused for each in late)} requests were refused meanwhile"
            )


def _unexplained(log: str) -> Iterator[str]:
    at = log.find("Traceback")
    if at >= 0:
        yield f"a server logged an unknown error:\n{log[at : at + _LOG_SHOWN]}"
