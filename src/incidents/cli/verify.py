"""incidents verify."""

import sys
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import existing_database
from incidents.cli.parts.options import env_file, read_settings, setting, since, until
from incidents.cli.parts.progress import progress
from incidents.core.incident import StoredIncident
from incidents.core.json_text import INTEGER_DIGITS_MAX
from incidents.maintenance.integrity import IMPORTED, fault_of
from incidents.maintenance.walk import Unreadable, Walk
from incidents.support.run import run
from incidents.support.settings import Settings


@click.command(
    short_help="Recompute the hash of every incident.",
    epilog="""\b
Examples:
  incidents verify
  incidents verify --since 24h
  incidents verify --database-url postgresql://me@db.example/incidents || echo damaged""",
)
@since
@until
@setting("data")
@setting("database_url")
@env_file
def verify(
    env_file: Path | None, since: datetime | None, until: datetime | None, **flags: Any
) -> None:
    """Recompute the hash of every incident and report each that differs.

    Reads from the database, with or without a running server, and changes nothing. An
    incident that PostgreSQL cannot read is reported, too, and the others are checked. The
    exit code is 0 when every hash is right, 1 when one is not.
    """
    settings = read_settings(env_file, **flags)
    with existing_database(settings) as url:
        checked, wrong, imported = run(_verify(settings, url, since, until))
    click.echo(f"{checked} incidents checked, {wrong or 'none'} of them wrong")
    if imported:
        click.echo(
            f"{imported} of them keep the hash that another system gave them; "
            f"their header {IMPORTED} has the one that was checked"
        )
    sys.exit(1 if wrong else 0)


async def _verify(
    settings: Settings, url: str, since: datetime | None, until: datetime | None
) -> tuple[int, int, int]:
    """The numbers of incidents checked, of wrong ones, and of those with a foreign hash."""
    checked = wrong = imported = 0
    sys.set_int_max_str_digits(INTEGER_DIGITS_MAX)
    async with (
        Walk(
            url, wait_seconds=settings.database_wait_seconds, rows_at_once=settings.rows_at_once
        ) as walk,
        aclosing(walk.incidents(since=since, until=until)) as found,
    ):
        with progress("verifying", walk.ids) as shown:
            async for incident in found:
                fault = _fault(incident)
                checked += 1
                wrong += fault is not None
                if fault is not None:
                    shown.say(f"incident {incident.id}: {fault}")
                elif isinstance(incident, StoredIncident):
                    imported += IMPORTED in incident.headers
                shown.reach(incident.id + 1)
    return checked, wrong, imported


def _fault(incident: StoredIncident | Unreadable) -> str | None:
    if isinstance(incident, Unreadable):
        return incident.why
    return fault_of(incident.headers, incident.body, incident.hash)
