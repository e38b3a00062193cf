"""incidents backup, incidents restore."""

from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import check_made, database, migrate_database
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.core.errors import CannotStart
from incidents.embedded.backup import dump
from incidents.embedded.backup import restore as restore_dump
from incidents.support.settings import Settings

_ELSEWHERE = (
    "{command} is for the PostgreSQL that comes with incidents. For a server of your own use its "
    "own tools ({tool}): docs/how-to/operations.md shows how"
)


@click.command(
    short_help="Copy the embedded database into a file.",
    epilog="""\b
Examples:
  incidents backup monday.backup
  incidents backup --data /srv/incidents /backups/$(date +%F).backup""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@setting("data")
@env_file
def backup(file: Path, env_file: Path | None, **flags: Any) -> None:
    """Copy the embedded database into FILE, which must not exist yet.

    FILE has every incident that was acknowledged before. It gets its name when it is complete
    and on disk. Servers can keep running. It is an archive of PostgreSQL's pg_dump, which
    `incidents restore` and pg_restore read.
    """
    settings = read_settings(env_file, **flags)
    _check_embedded(settings, "backup", "pg_dump")
    check_made(settings)
    if file.exists():
        raise CannotStart(f"{file} already exists: choose another file")
    with database(settings) as url:
        dump(url, file.absolute())
    click.echo(f"{file} holds the backup: {file.stat().st_size:,} bytes")


@click.command(
    short_help="Restore a backup of the embedded database.",
    epilog="""\b
Examples:
  incidents restore monday.backup
  incidents restore --data /srv/incidents-new monday.backup""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@setting("data")
@env_file
def restore(file: Path, env_file: Path | None, **flags: Any) -> None:
    """Restore FILE into a data directory that has no incidents.

    The directory is created if it is missing. A restore that fails changes nothing. A backup
    of an older version is migrated.
    """
    settings = read_settings(env_file, **flags)
    _check_embedded(settings, "restore", "pg_restore")
    with database(settings) as url:
        restore_dump(url, file.absolute())
        migrate_database(settings, url)
    click.echo(f"{settings.data.expanduser().absolute()} holds what {file} held")


def _check_embedded(settings: Settings, command: str, tool: str) -> None:
    if settings.database_url is not None:
        raise CannotStart(_ELSEWHERE.format(command=command, tool=tool))
