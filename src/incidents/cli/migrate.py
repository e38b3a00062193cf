"""incidents migrate."""

from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import database, migrate_database
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.db.revision import BASE, HEAD, ONE_BACK


@click.command(short_help="Migrate the database to this version.")
@setting("database_url")
@setting("data")
@env_file
@click.option(
    "--to",
    default=HEAD,
    show_default=True,
    help=f'Revision to migrate to; "{ONE_BACK}" is the one before, "{BASE}" is none.',
)
@click.option(
    "--lose-data",
    is_flag=True,
    help="Allow an older revision, which drops everything that it does not have: "
    f'with "{BASE}" all incidents.',
)
def migrate(env_file: Path | None, to: str, *, lose_data: bool, **flags: Any) -> None:
    """Migrate the database to this version.

    `serve` does this when it starts. Running servers continue.
    """
    settings = read_settings(env_file, **flags)
    with database(settings) as url:
        before, after = migrate_database(settings, url, to=to, may_lose_data=lose_data)
    if before == after:
        click.echo(f"the database is already at revision {after or 'base'}")
    else:
        click.echo(
            f"the database was migrated from revision {before or 'base'} to {after or 'base'}"
        )
