"""incidents import."""

import sys
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import database, migrate_database
from incidents.cli.parts.importing import Importing
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.progress import progress
from incidents.core.errors import BadLine
from incidents.core.json_text import INTEGER_DIGITS_MAX
from incidents.core.report.secret_headers import SecretHeaders
from incidents.ingest.loader import Loader
from incidents.maintenance.export_line import ID_MAX, read_line
from incidents.maintenance.import_file import ImportFile
from incidents.maintenance.original import original_incident, original_rows
from incidents.support.run import run
from incidents.support.settings import Settings


@click.command(
    "import",
    short_help="Store incidents from an export, or from the original system.",
    epilog="""\b
Examples:
  incidents import all.ndjson.gz
  incidents export --data old | incidents import --data new -
  incidents import --original-database postgresql://me@db.example/incidents""",
)
@click.argument("file", type=click.File("rb"), required=False)
@click.option(
    "--highest-id",
    type=click.IntRange(0, ID_MAX),
    default=0,
    help="Accept ids up to this one, even if they are far above those of the database.",
)
@setting("original_database")
@setting("data")
@setting("database_url")
@env_file
def import_(
    file: BufferedReader | None, env_file: Path | None, highest_id: int, **flags: Any
) -> None:
    """Store the incidents of FILE, an export (- is standard input).

    Each keeps its id, its time and its hash: importing an export into an empty database recreates
    the original. An interrupted import can be run again: incidents that are stored already stay as
    they are. An incident that differs from its export, or whose id belongs to another incident, is
    reported and skipped; then the exit code is 1.

    Running servers continue with ids above the highest one of FILE, before the first incident is
    stored. So FILE is read twice, and standard input is stored in a temporary file.

    With an original database instead of a FILE, its incidents keep their ids and hashes. They get
    the time of the import, because that database has none.
    """
    settings = read_settings(env_file, **flags)
    if (file is None) == (settings.original_database is None):
        raise click.UsageError("give either a FILE or --original-database")
    sys.set_int_max_str_digits(INTEGER_DIGITS_MAX)
    with database(settings) as url:
        migrate_database(settings, url)
        if file is not None:
            with ImportFile(file) as lines:
                stored, left_out = run(_import_file(settings, url, lines, highest_id))
        else:
            stored, left_out = run(_import_original(settings, url, highest_id))
    name = "the original database" if file is None else file.name
    click.echo(f"{stored} incidents of {name} are stored, {left_out or 'none'} left out")
    sys.exit(1 if left_out else 0)


async def _import_file(
    settings: Settings, url: str, file: ImportFile, allowed_id: int
) -> tuple[int, int]:
    """The number of incidents stored, and of those skipped."""
    async with Loader(settings, url) as loader:
        await loader.reserve(file.highest_id(), allowed=allowed_id)
        with progress("importing", range(file.bytes)) as shown:
            importing = Importing(settings, loader, shown)
            for number, line in file.lines():
                place = f"line {number}"
                try:
                    id_, incident = read_line(line.decode())
                except (BadLine, UnicodeDecodeError) as error:
                    importing.leave_out(place, str(error))
                    continue
                if await importing.add(place, id_, incident):
                    shown.reach(file.at)
            await importing.flush()
    return importing.stored, importing.left_out


async def _import_original(settings: Settings, url: str, allowed_id: int) -> tuple[int, int]:
    """The number of incidents stored, and of those skipped."""
    now = datetime.now(UTC)
    secret = SecretHeaders(settings.redacted_headers, settings.unredacted_headers)
    original = original_rows(settings.original_database or "", settings.database_wait_seconds)
    async with Loader(settings, url) as loader, original as (highest, rows):
        await loader.reserve(highest, allowed=allowed_id)
        with progress("importing", range(0)) as shown:
            importing = Importing(settings, loader, shown, keep_times=True)
            async for row in rows:
                place = f"row {row[0]}"
                try:
                    id_, incident = original_incident(row, now, secret)
                except BadLine as error:
                    importing.leave_out(place, str(error))
                    continue
                await importing.add(place, id_, incident)
            await importing.flush()
    return importing.stored, importing.left_out
