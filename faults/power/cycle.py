"""Power cuts, one after another, each looked through once the machine is back."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from random import Random
from typing import TypeVar

import click

from faults.check import Findings, look_through
from faults.fault_run import FaultRun, Struck, found
from faults.ledger import QUIET, Ledger, Outcome
from faults.power.cuts import CUTS, Cut, clients
from faults.power.disk import mounted
from faults.power.machine import Machine
from faults.rules.audit import audit
from faults.rules.oracle import Judged

_BACK_SECONDS_MAX = 120
# An older revision has no groups: they are made in the background.
_GROUPING_SECONDS_MAX = 120.0

_Counted = TypeVar("_Counted", Findings, Judged)


async def cut_power(count: int, random: Random, scratch: Path) -> FaultRun:
    """Cuts the power `count` times. Raises PermissionError where there can be no such disk."""
    run = FaultRun("power cuts")
    while left := count - sum(map(len, run.struck.values())):
        try:
            with _machine(scratch, run.ledger, random) as machine:
                await machine.receiver.start()
                await _round(machine, _drawn(left, random), run)
        except (AssertionError, TimeoutError) as error:
            run.ledger.wrong.append(f"{run.ledger.during}: {error}")
            break
    run.ledger.during = QUIET
    return run


@contextmanager
def _machine(scratch: Path, ledger: Ledger, random: Random) -> Iterator[Machine]:
    """A machine with nothing on its disk."""
    ledger.reports.clear()
    ledger.acknowledged.clear()
    with mounted(scratch) as disk:
        machine = Machine(disk, scratch, ledger, random)
        try:
            yield machine
        finally:
            machine.receiver.kill()
            if machine.server is not None:
                machine.server.kill()
            disk.end_processes()


def _drawn(left: int, random: Random) -> list[Cut]:
    first, *others, last = CUTS
    return [first, *random.sample(others, len(others)), last][:left]


async def _round(machine: Machine, cuts: list[Cut], run: FaultRun) -> None:
    for cut in cuts:
        run.ledger.during = cut.name
        if cut is CUTS[-1]:
            _end_rules(machine, run)
        struck, findings = await _cut(cut, machine)
        run.struck.setdefault(cut, []).append(struck)
        _add(run.findings, findings)
        number = sum(map(len, run.struck.values()))
        click.echo(
            f"  {number} {cut.name}: {struck.seconds:.2f} s, back after "
            f"{struck.back_seconds:.2f} s; {machine.disk.kept}",
            err=True,
        )
        wrong = [*machine.judged.wrong, *found(findings)]
        assert not wrong, "; ".join(wrong)
        if cut is CUTS[0]:
            await machine.set_rules()
    _end_rules(machine, run)
    code, said = await machine.command("verify")
    assert code == 0, f"incidents verify: {said}"
    await machine.stop()


def _end_rules(machine: Machine, run: FaultRun) -> None:
    """From now on nobody feeds them. Adds what was found of them in this round."""
    _add(run.rules, machine.judged)
    machine.has_rules, machine.judged = False, Judged()


async def _cut(cut: Cut, machine: Machine) -> tuple[Struck, Findings]:
    ledger = machine.ledger
    outcomes = Outcome.REFUSED, Outcome.UNANSWERED
    before = [ledger.count(cut.name, outcome) for outcome in outcomes]
    begun = time.monotonic()
    await cut.until_off(machine)
    await machine.restore_power()
    over = time.monotonic()
    await machine.start()
    async with clients(machine), asyncio.timeout(_BACK_SECONDS_MAX):
        await ledger.stored_on(0, over)
        back_seconds = time.monotonic() - over
    if machine.has_rules:
        # What rules say is stored, so nothing is looked through before they have said it.
        machine.judged = await audit(machine.port, machine.receiver)
    grouping_seconds = _GROUPING_SECONDS_MAX if cut is CUTS[-1] else 0
    findings = await look_through(machine.port, ledger, grouping_seconds=grouping_seconds)
    await machine.check_keys()
    after = [ledger.count(cut.name, outcome) for outcome in outcomes]
    refused, unanswered = (now - then for now, then in zip(after, before, strict=True))
    return Struck(over - begun, back_seconds, refused, unanswered), findings


def _add(all_: _Counted, some: _Counted) -> None:
    for each in fields(some):
        setattr(all_, each.name, getattr(all_, each.name) + getattr(some, each.name))
