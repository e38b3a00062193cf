"""incidents export."""

import sys
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import existing_database
from incidents.cli.parts.options import env_file, read_settings, setting, since, until
from incidents.cli.parts.output import show
from incidents.cli.parts.progress import progress
from incidents.core.errors import CannotStart
from incidents.core.query.instant import instant_of
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import at
from incidents.maintenance.export_file import ExportFile
from incidents.maintenance.export_line import write_line
from incidents.maintenance.walk import Unreadable, Walk
from incidents.support.run import broken_off_at_once, run
from incidents.support.settings import Settings


@click.command(
    short_help="Write incidents as lines of JSON.",
    epilog="""\b
Examples:
  incidents export all.ndjson.gz
  incidents export --resume all.ndjson.gz      after it was interrupted
  incidents export --since 7d | jq .body.service
  incidents export --query 'service=billing level=error' billing.ndjson
  incidents export --after 123456 more.ndjson  only ids past that one""",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--resume", is_flag=True, help="Continue an interrupted export to FILE.")
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only ids above this one.")
@click.option("--query", default="", help="Only incidents that this query line matches.")
@since
@until
@setting("data")
@setting("database_url")
@env_file
def export(
    file: Path | None,
    env_file: Path | None,
    after: int,
    query: str,
    since: datetime | None,
    until: datetime | None,
    *,
    resume: bool,
    **flags: Any,
) -> None:
    """Write incidents as lines of JSON (NDJSON), the oldest first, into FILE or to standard output.

    A FILE that ends in .gz is compressed. It gets its name when it is complete and on disk. It
    has everything that was acknowledged before; `incidents import` builds the same database
    from it. With --query it has what matches. Reads from the database, with or without a running
    server.
    """
    settings = read_settings(env_file, **flags)
    tree = at(parse_query(query, settings.nesting_levels_max), instant_of(datetime.now(UTC)))
    bounds: dict[str, Any] = {"since": since, "until": until, "tree": tree}
    with existing_database(settings) as url, ExitStack() as stack:
        if file is None:
            written, unreadable = run(_export(settings, url, _show, after, bounds))
        else:
            try:
                out = stack.enter_context(ExportFile(file.absolute(), resume=resume))
                after = max(after, out.last_id)
                written, unreadable = run(_export(settings, url, out.write, after, bounds))
                out.finish()
            except OSError as error:
                raise CannotStart(f"{file} cannot be written: {error.strerror}") from error
            click.echo(f"{file} holds the export: {written} incidents were written")
    sys.exit(1 if unreadable else 0)


def _show(line: str) -> None:
    with broken_off_at_once():  # the reader may pause
        show(line)


async def _export(
    settings: Settings,
    url: str,
    write: Callable[[str], None],
    after: int,
    bounds: dict[str, Any],
) -> tuple[int, int]:
    """The number of incidents written, and of those that could not be read."""
    written = unreadable = 0
    async with (
        Walk(
            url, wait_seconds=settings.database_wait_seconds, rows_at_once=settings.rows_at_once
        ) as walk,
        aclosing(walk.incidents(after=after, **bounds)) as found,
    ):
        with progress("exporting", walk.ids) as shown:
            async for incident in found:
                if isinstance(incident, Unreadable):
                    unreadable += 1
                    shown.say(f"incident {incident.id} is skipped: {incident.why}", err=True)
                else:
                    write(write_line(incident))
                    written += 1
                shown.reach(incident.id + 1)
    return written, unreadable
