"""python -m faults: injects faults, prints what came of it, and fails if a promise broke."""

import asyncio
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import click
from bench.machine import describe

from faults import clocks, fault_run, flood, misbehaving, report
from faults.plan import PARTS, POWER_SHARE, Part, named_parts
from faults.power import cycle


@dataclass(slots=True)
class Account:
    """What can be shown of what was done, in Markdown, and what went wrong."""

    shown: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def run_part(self, parts: dict[str, Part], count: int, seed: int) -> None:
        """Strikes each part with its share of so many faults; a single one with all."""
        runs = []
        for name, part in parts.items():
            with _begun(part.name) as scratch:
                share = part.share if len(parts) > 1 else 1
                injections, random = round(count * share), Random(f"{seed} {name}")
                try:
                    runs.append(asyncio.run(fault_run.run_part(part, injections, random, scratch)))
                except PermissionError as error:
                    self.shown.append(
                        f"SKIPPED: {part.name}. Mounting a file system is not permitted here "
                        f"({error})."
                    )
        self.show(runs)

    def cut_power(self, count: int, seed: int) -> None:
        """Cuts the power so many times."""
        with _begun("power cuts") as scratch:
            try:
                done = asyncio.run(cycle.cut_power(count, Random(f"{seed} power"), scratch))
            except PermissionError as error:
                self.shown.append(f"SKIPPED: power cuts ({error}).")
            else:
                self.show([done])

    def show(self, runs: list[fault_run.FaultRun]) -> None:
        """One table of them all."""
        self.shown.append(report.table(runs))
        if told := [run for run in runs if run.rules.stories]:
            self.shown.append(report.table_of_rules(told))
        for done in runs:
            self.shown += fault_run.took_too_long(done)
            self.broken += fault_run.broken_promises(done)

    def set_clocks(self) -> None:
        """Sets clocks forward, by more than incidents are kept."""
        with _begun("wrong clocks") as scratch:
            try:
                told = clocks.wrong_clocks(scratch)
            except PermissionError as error:
                self.shown.append(f"SKIPPED: wrong clocks ({error}).")
            else:
                self.shown.append(clocks.table(told))
                self.broken += clocks.broken_promises(told)

    def flood(self) -> None:
        """Offers more than can be stored."""
        with _begun("a flood") as scratch:
            done = asyncio.run(flood.flood(scratch))
        self.shown.append(flood.table(done))
        self.broken += flood.broken_promises(done)

    def annoy(self) -> None:
        """Sends clients without manners."""
        with _begun("clients without manners") as scratch:
            done = asyncio.run(misbehaving.misbehaviour(scratch))
        self.shown.append(misbehaving.table(done))
        self.broken += misbehaving.broken_promises(done)


@contextmanager
def _begun(name: str) -> Iterator[Path]:
    click.echo(f"{name}", err=True)
    with tempfile.TemporaryDirectory(prefix="incidents-faults-") as scratch:
        Path(scratch).chmod(0o711)  # the user that PostgreSQL runs as passes
        yield Path(scratch)


@click.command()
@click.option("--seed", type=int, help="The same seed draws the same faults; left out, a new one.")
@click.option("--faults", default=200, show_default=True, help="How often to injection, in all.")
@click.option(
    "--only",
    type=click.Choice([*PARTS, "power", "clocks", "flood", "misbehaving"]),
    help="Only this part.",
)
@click.option("--named", default="", help="Of a part only faults that have this in their name.")
def main(seed: int | None, faults: int, only: str | None, named: str) -> None:
    """Strike the program with faults while clients report and find, then look through all of it."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    command = f"python -m faults --seed {seed} --faults {faults}" + f" --only {only}" * bool(only)
    command += f' --named "{named}"' * bool(named)
    click.echo(command, err=True)
    for name in [name for name in os.environ if name.startswith("INCIDENTS_")]:
        del os.environ[name]
    machine, begun, account = describe(), time.monotonic(), Account()
    if parts := {name: part for name, part in named_parts(named) if only in (None, name)}:
        account.run_part(parts, faults, seed)
    if only in (None, "power"):
        account.cut_power(round(faults * POWER_SHARE) if only is None else faults, seed)
    if only in (None, "clocks"):
        account.set_clocks()
    if only in (None, "flood"):
        account.flood()
    if only in (None, "misbehaving"):
        account.annoy()
    minutes = (time.monotonic() - begun) / 60
    click.echo(f"`{command}` took {minutes:.0f} minutes. {machine}.")
    for text in account.shown:
        click.echo(f"\n{text}")
    for line in account.broken:
        click.echo(f"\nBROKEN: {line}")
    sys.exit(bool(account.broken))


if __name__ == "__main__":
    main()
