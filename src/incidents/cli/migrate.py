"""incidents migrate."""

from pathlib import Path
from typing import Any

import click

from incidents.cli.database import database, migrate_database
from incidents.cli.options import env_file, read_settings, setting
from incidents.storage.revision import BASE, HEAD, ONE_BACK


@click.command(short_help="Bring the database to what this version needs.")
@setting("database_url")
@setting("data")
@env_file
@click.option(
    "--to",
    default=HEAD,
    show_default=True,
    help=f'Revision to go to; "{ONE_BACK}" is one back, "{BASE}" is none.',
)
@click.option(
    "--lose-data",
    is_flag=True,
    help="Allow to go back to an older revision, which drops what that one did not have: "
    f'with "{BASE}" all incidents.',
)
def migrate(env_file: Path | None, to: str, *, lose_data: bool, **flags: Any) -> None:
    """Bring the database to what this version needs.

    `serve` does this by itself when it starts. Running servers go on meanwhile.
    """
    settings = read_settings(env_file, **flags)
    with database(settings) as url:
        before, after = migrate_database(settings, url, to=to, may_lose_data=lose_data)
    if before == after:
        click.echo(f"the database is at revision {after or 'base'} already")
    else:
        click.echo(f"the database went from revision {before or 'base'} to {after or 'base'}")
