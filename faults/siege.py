"""One town under its faults: struck, watched until it is back, and looked through afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import click

from faults import strikes
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

_NONE = Fault(QUIET, strikes.nothing)


@dataclass(frozen=True, slots=True)
class Struck:
    """How long a fault lasted, and how long after it every server stored reports again."""

    seconds: float
    back_seconds: float


@dataclass(slots=True)
class Siege:
    """What was done to a town, and what it did."""

    ledger: Ledger = field(default_factory=Ledger)
    struck: dict[Fault, list[Struck]] = field(default_factory=dict)
    wait_seconds: float = 0
    findings: Findings = field(default_factory=Findings)
    log: str = ""


async def besiege(part: Part, count: int, random: Random, scratch: Path) -> Siege:
    """Strikes `count` times, and says what came of it. Raises AssertionError when it never does."""
    siege = Siege()
    async with part.open(scratch) as town:
        siege.wait_seconds = town.wait_seconds
        async with crowd(town.ports, _REPORTERS_EACH, siege.ledger, random, part.filling_bytes_max):
            for fault in drawn(part, count, random):
                await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))
                struck = await _strike(fault, town, random, siege.ledger)
                siege.struck.setdefault(fault, []).append(struck)
                click.echo(f"  {fault.name}: back after {struck.back_seconds:.2f} s", err=True)
        siege.findings = await look_through(town.ports[0], siege.ledger)
    siege.log = town.log
    return siege


async def _strike(fault: Fault, town: Town, random: Random, ledger: Ledger) -> Struck:
    async with _labelled(fault, ledger):
        begun = time.monotonic()
        await fault.strike(town, random)
        over = time.monotonic()
        async with asyncio.timeout(_BACK_SECONDS_MAX):
            for server in range(len(town.ports)):
                await ledger.stored_on(server, over)
            back_seconds = time.monotonic() - over
            # What the fault did to those who asked before is the fault's, however late it comes.
            await ledger.settled(time.monotonic())
    return Struck(over - begun, back_seconds)


@asynccontextmanager
async def _labelled(fault: Fault, ledger: Ledger) -> AsyncIterator[None]:
    ledger.during = fault.name
    try:
        yield
    except (AssertionError, TimeoutError, OSError) as error:
        ledger.wrong.append(f"{fault.name}: {error!r}")
        raise
    finally:
        ledger.during = QUIET


def broken_promises(siege: Siege) -> list[str]:
    """What went wrong, a line each; nothing when every promise was kept."""
    return [*siege.ledger.wrong, *_found(siege.findings), *_unfair(siege), *_unexplained(siege.log)]


def _found(findings: Findings) -> Iterator[str]:
    for what in ("lost", "doubled", "changed", "refused_but_stored"):
        for during, count in getattr(findings, what).items():
            if count:
                yield f"{during}: {count} {what.replace('_', ' ')}"
    if findings.unknown:
        yield f"{findings.unknown} incidents that nobody reported"


def _unfair(siege: Siege) -> Iterator[str]:
    """What a fault cost those who asked, and should not have."""
    for fault, struck in {**siege.struck, _NONE: []}.items():
        # On a machine that is slow enough, a restart too takes longer than anybody waits.
        too_long = any(each.seconds + each.back_seconds > siege.wait_seconds for each in struck)
        for outcome, allowed in (
            (Outcome.REFUSED, fault.may_refuse or too_long),
            (Outcome.UNANSWERED, fault.may_leave_unanswered),
        ):
            count = siege.ledger.count(fault.name, outcome)
            if count and not allowed:
                yield f"{fault.name}: {count} {outcome.name.lower()}"
        if fault is not _NONE and not siege.ledger.count(fault.name, Outcome.STORED):
            yield f"{fault.name}: nothing was stored meanwhile"


def _unexplained(log: str) -> Iterator[str]:
    at = log.find("Traceback")
    if at >= 0:
        yield f"a server logged an error that it does not know:\n{log[at : at + _LOG_SHOWN]}"
