"""incidents import."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import aclosing, nullcontext
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

import click

from incidents.cli.database import database, migrate_database
from incidents.cli.importing import Importing
from incidents.cli.options import env_file, read_settings, setting
from incidents.cli.progress import progress
from incidents.errors import BadLine, CannotStart
from incidents.json_text import INTEGER_DIGITS_MAX
from incidents.line import read_line
from incidents.report.secret_headers import SecretHeaders
from incidents.running import broken_off_at_once, run
from incidents.settings import Settings
from incidents.storage.load import Loader
from incidents.storage.original import original_incident, original_rows

_GZIP_MAGIC = b"\x1f\x8b"
# An incident's body of the largest size, twice, in a string too, and its headers.
_LINE_BYTES_MAX = 256 * 1024 * 1024


@click.command(
    "import",
    short_help="Store incidents that an export wrote, or the original system has.",
    epilog="""\b
Examples:
  incidents import all.ndjson.gz
  incidents export --data old | incidents import --data new -
  incidents import --original-database postgresql://me@db.example/incidents""",
)
@click.argument("file", type=click.File("rb"), required=False)
@setting("original_database")
@setting("data")
@setting("database_url")
@env_file
def import_(file: BufferedReader | None, env_file: Path | None, **flags: Any) -> None:
    """Store the incidents of FILE, which `incidents export` wrote (- is standard input).

    Each keeps its id, its time and its hash, so that an export that is imported into an empty
    database is the same database. An import that was interrupted is run again: what is there
    already stays as it is. What is not as it was exported, or whose id another incident has, is
    named and left out; then the exit code is 1.

    With an original database instead of a FILE, its incidents keep their ids and their hashes;
    their time is that of the import, since it kept none.
    """
    settings = read_settings(env_file, **flags)
    if (file is None) == (settings.original_database is None):
        raise click.UsageError("say what to import: a FILE, or --original-database")
    sys.set_int_max_str_digits(INTEGER_DIGITS_MAX)
    with database(settings) as url:
        migrate_database(settings, url)
        if file is not None:
            stored, left_out = run(_import_file(settings, url, file))
        else:
            stored, left_out = run(_import_original(settings, url))
    name = "the original database" if file is None else file.name
    click.echo(f"{stored} incidents of {name} are stored, {left_out or 'none'} left out")
    sys.exit(1 if left_out else 0)


async def _import_file(settings: Settings, url: str, file: BufferedReader) -> tuple[int, int]:
    """How many are stored, and how many are left out."""
    async with Loader(settings, url) as loader:
        with progress("importing", range(_size(file))) as shown:
            importing = Importing(settings, loader, shown)
            for number, line in enumerate(_lines(file), 1):
                place = f"line {number}"
                try:
                    id_, incident = read_line(line.decode())
                except (BadLine, UnicodeDecodeError) as error:
                    importing.leave_out(place, str(error))
                    continue
                if await importing.add(place, id_, incident) and file.seekable():
                    shown.reach(file.tell())
            await importing.flush()
    return importing.stored, importing.left_out


async def _import_original(settings: Settings, url: str) -> tuple[int, int]:
    """How many are stored, and how many are left out."""
    now = datetime.now(UTC)
    secret = SecretHeaders(settings.redacted_headers, settings.kept_headers)
    rows = original_rows(settings.original_database or "", settings.database_wait_seconds)
    async with Loader(settings, url) as loader, aclosing(rows):
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


def _size(file: BufferedReader) -> int:
    if not file.seekable():
        return 0
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _lines(file: BufferedReader) -> Iterator[bytes]:
    """The lines, of a compressed file too. Raises CannotStart when it breaks off."""
    with broken_off_at_once():
        compressed = file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
    try:
        with gzip.GzipFile(fileobj=file) if compressed else nullcontext(file) as lines:
            while line := _next_line(lines):
                if line.strip():
                    yield line.removesuffix(b"\n")
    except (EOFError, OSError) as error:
        raise CannotStart(f"{file.name} cannot be read to its end: {error}") from error


def _next_line(lines: BufferedReader | gzip.GzipFile) -> bytes:
    with broken_off_at_once():
        return lines.readline(_LINE_BYTES_MAX)
