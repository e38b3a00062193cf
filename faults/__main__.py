"""python -m faults: strikes the program, prints what came of it, and fails if a promise broke."""

import asyncio
import os
import secrets
import sys
import tempfile
from pathlib import Path
from random import Random

import click

from faults import flood, rude, siege
from faults.plan import PARTS, Part
from faults.report import table


@click.command()
@click.option("--seed", type=int, help="The same seed draws the same faults; left out, a new one.")
@click.option("--faults", default=220, show_default=True, help="How often to strike, in all.")
@click.option("--only", type=click.Choice([*PARTS, "flood", "rude"]), help="Only this part.")
def main(seed: int | None, faults: int, only: str | None) -> None:
    """Strike the program with faults while clients report and find, then look through all of it."""
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    click.echo(f"seed {seed}, {faults} faults", err=True)
    for name in [name for name in os.environ if name.startswith("INCIDENTS_")]:
        del os.environ[name]
    broken: list[str] = []
    for name, part in PARTS.items():
        if only in (None, name):
            broken += _besieged(part, round(faults * part.share), Random(f"{seed} {name}"))
    if only in (None, "flood"):
        broken += _flooded()
    if only in (None, "rude"):
        broken += _annoyed()
    for line in broken:
        click.echo(f"BROKEN: {line}")
    sys.exit(bool(broken))


def _besieged(part: Part, count: int, random: Random) -> list[str]:
    click.echo(f"\n{part.name}\n")
    with tempfile.TemporaryDirectory(prefix="incidents-faults-") as scratch:
        try:
            done = asyncio.run(siege.besiege(part, count, random, Path(scratch)))
        except PermissionError as error:
            click.echo(f"SKIPPED: mounting a file system is not permitted here ({error})")
            return []
    click.echo(table(done))
    return siege.broken_promises(done)


def _flooded() -> list[str]:
    click.echo("\na flood\n")
    with tempfile.TemporaryDirectory(prefix="incidents-faults-") as scratch:
        done = asyncio.run(flood.flood(Path(scratch)))
    click.echo(flood.table(done))
    return list(flood.broken_promises(done))


def _annoyed() -> list[str]:
    click.echo("\nclients without manners\n")
    with tempfile.TemporaryDirectory(prefix="incidents-faults-") as scratch:
        done = asyncio.run(rude.rudeness(Path(scratch)))
    click.echo(rude.table(done))
    return list(rude.broken_promises(done))


if __name__ == "__main__":
    main()
