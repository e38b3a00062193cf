"""One town under its faults: struck, watched until it is back, and looked through afterwards."""

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
from faults.ledger import QUIET, Ledger, Outcome
from faults.plan import Part, drawn
from faults.strikes import Fault
from faults.towns import Town

_REPORTERS_EACH = 8
_BACK_SECONDS_MAX = 120
_PAUSE_SECONDS = (0.1, 0.5)
_LOG_SHOWN = 3000


class GaveUp(Exception):
    """The town did not come back, or somebody did not do what was asked of it."""


@dataclass(frozen=True, slots=True)
class Struck:
    """One strike: how long it lasted, when after it every server stored again, whom it cost what.

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
class Siege:
    """What was done to a town, and what it did."""

    ledger: Ledger = field(default_factory=Ledger)
    struck: dict[Injected, list[Struck]] = field(default_factory=dict)
    wait_seconds: float = 0
    findings: Findings = field(default_factory=Findings)
    log: str = ""


async def besiege(part: Part, count: int, random: Random, scratch: Path) -> Siege:
    """Strikes `count` times, and says what came of it. Raises PermissionError as `part.open`."""
    siege = Siege()
    try:
        async with part.open(scratch) as town:
            await _strike_all(siege, part, count, town, random)
        siege.log = town.log
    except (GaveUp, AssertionError, TimeoutError) as error:
        said = f"the siege of {part.name} ended too soon: {error!r}"
        click.echo(said, err=True)
        siege.ledger.wrong.append(said)
    return siege


async def _strike_all(siege: Siege, part: Part, count: int, town: Town, random: Random) -> None:
    siege.wait_seconds = town.wait_seconds
    filling = part.filling_bytes_max
    async with crowd(town.ports, _REPORTERS_EACH, siege.ledger, random, filling):
        for number, fault in enumerate(drawn(part, count, random), 1):
            await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))
            struck = await _strike(fault, town, random, siege.ledger)
            siege.struck.setdefault(fault, []).append(struck)
            click.echo(
                f"  {number}/{count} {fault.name}: {struck.seconds:.2f} s, back after "
                f"{struck.back_seconds:.2f} s, {struck.refused} refused",
                err=True,
            )
    siege.findings = await look_through(town.ports[0], siege.ledger)


async def _strike(fault: Fault, town: Town, random: Random, ledger: Ledger) -> Struck:
    outcomes = Outcome.REFUSED, Outcome.UNANSWERED
    before = [ledger.count(fault.name, outcome) for outcome in outcomes]
    with _labelled(fault, ledger):
        begun = time.monotonic()
        await fault.strike(town, random)
        over = time.monotonic()
        async with asyncio.timeout(_BACK_SECONDS_MAX):
            for server in range(len(town.ports)):
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


def broken_promises(siege: Siege) -> list[str]:
    """What went wrong, a line each; nothing when every promise was kept."""
    return [*siege.ledger.wrong, *found(siege.findings), *_unfair(siege), *_unexplained(siege.log)]


def found(findings: Findings) -> Iterator[str]:
    """What is not as the clients were told, a line each."""
    for what in ("lost", "doubled", "changed", "refused_but_stored"):
        for during, count in getattr(findings, what).items():
            if count:
                yield f"{during}: {count} {what.replace('_', ' ')}"
    if findings.unknown:
        yield f"{findings.unknown} incidents that nobody reported"


def _unfair(siege: Siege) -> Iterator[str]:
    """What a fault cost those who asked, and should not have."""
    for fault, struck in siege.struck.items():
        in_time = [each for each in struck if each.all_seconds <= siege.wait_seconds]
        refused = sum(each.refused for each in in_time)
        if refused and not fault.may_refuse:
            last = siege.ledger.last_refusal.get(fault.name)
            yield f"{fault.name}: {refused} refused, though it was over within the wait; {last}"
        # A long answer that had begun cannot be refused any more: it is cut.
        unanswered = sum(each.unanswered for each in in_time)
        if unanswered and not (fault.may_leave_unanswered or fault.may_refuse):
            yield f"{fault.name}: {unanswered} not answered"
        reports = siege.ledger.outcomes[fault.name, "report", Outcome.UNANSWERED]
        if reports and not fault.may_leave_unanswered:
            yield f"{fault.name}: {reports} reports were neither stored nor refused"
        if not siege.ledger.count(fault.name, Outcome.STORED):
            yield f"{fault.name}: nothing was stored meanwhile"
    for outcome in (Outcome.REFUSED, Outcome.UNANSWERED):
        if count := siege.ledger.count(QUIET, outcome):
            yield f"{QUIET}: {count} {outcome.name.lower()}"


def took_too_long(siege: Siege) -> Iterator[str]:
    """The strikes that should have been over within the wait and were not, and what that cost."""
    for fault, struck in siege.struck.items():
        late = [each for each in struck if each.all_seconds > siege.wait_seconds]
        if late and not (fault.may_refuse or fault.may_leave_unanswered):
            longest = max(each.all_seconds for each in late)
            yield (
                f"{fault.name}: {len(late)} of {len(struck)} took longer than the wait of "
                f"{siege.wait_seconds:.0f} s, up to {longest:.1f} s; "
                f"{sum(each.refused for each in late)} requests were refused meanwhile"
            )


def _unexplained(log: str) -> Iterator[str]:
    at = log.find("Traceback")
    if at >= 0:
        yield f"a server logged an unknown error:\n{log[at : at + _LOG_SHOWN]}"
