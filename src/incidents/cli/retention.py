"""incidents retention confirm."""

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import existing_database
from incidents.cli.parts.group import Group
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.core.incident import rfc3339
from incidents.db.driver import connect_driver, driver_errors
from incidents.maintenance.clock import Observed, Trust, confirm_clock, wall_clock
from incidents.support.run import run


@click.group(cls=Group, short_help="Confirm the clock after the retention has stopped.")
def retention() -> None:
    """Control the retention; `incidents status` shows what it deletes next."""


@retention.command(short_help="Confirm that the clock is right, so that the retention continues.")
@setting("data")
@setting("database_url")
@env_file
def confirm(env_file: Path | None, **flags: Any) -> None:
    """Confirm the clock after the retention stopped or waits because it jumped.

    First set the clocks of this machine, the servers and PostgreSQL. Incidents older than the
    retention by these clocks are deleted then; `incidents status` shows what is deleted next.
    """
    settings = read_settings(env_file, **flags)
    with existing_database(settings) as url:
        before, time = run(_confirm(url, settings.database_wait_seconds))
    if before.trust is Trust.RUNNING:
        click.echo("the retention was not stopped")
    else:
        click.echo(f"the retention continues; it had stopped: {before.reason}")
    click.echo(
        f"by PostgreSQL's clock it is {rfc3339(time)}, by this machine's {rfc3339(wall_clock())}"
    )


async def _confirm(url: str, wait_seconds: float) -> tuple[Observed, datetime]:
    with driver_errors():
        connection = await connect_driver(url, name="retention", wait_seconds=wait_seconds)
        try:
            return await confirm_clock(connection)
        finally:
            await connection.close(timeout=wait_seconds)
