"""The command `incidents`, one file a subcommand."""

import logging
import signal
import sys

import click

from incidents import __version__
from incidents.cli.backup import backup, restore
from incidents.cli.completion import completion
from incidents.cli.export import export
from incidents.cli.find import find
from incidents.cli.import_ import import_
from incidents.cli.keys import keys
from incidents.cli.migrate import migrate
from incidents.cli.send import send
from incidents.cli.serve import serve
from incidents.cli.status import status
from incidents.cli.tail import tail
from incidents.cli.verify import verify
from incidents.errors import (
    BadExample,
    BadParameter,
    IncidentsError,
    NotJSON,
    OverLimit,
    Rejected,
    Unavailable,
)
from incidents.logs import log_to_stderr


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every setting is explained in docs/settings.md.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def incidents() -> None:
    """Collects incidents: any JSON in over HTTP, found again by example."""
    log_to_stderr(logging.WARNING)


incidents.add_command(serve)
incidents.add_command(send)
incidents.add_command(find)
incidents.add_command(migrate)
incidents.add_command(tail)
incidents.add_command(keys)
incidents.add_command(status)
incidents.add_command(verify)
incidents.add_command(export)
incidents.add_command(import_)
incidents.add_command(backup)
incidents.add_command(restore)
incidents.add_command(completion)

# What scripts can tell apart; docs/operations.md has the table. Click says 2 for wrong usage.
_FAILED = 1
_ASKED_WRONGLY = 2
_AWAY = 3
_INTERRUPTED = 128


def main() -> None:
    """Runs the command; an error is one line and its exit code."""
    # They end the program on its way out of each block, so that a PostgreSQL that was started
    # is stopped. A server takes them over: for it, being told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(_INTERRUPTED + number))
    try:
        incidents(prog_name="incidents")
    except IncidentsError as error:
        click.echo(f"incidents: {error}", err=True)
        sys.exit(_exit_code(error))


def _exit_code(error: IncidentsError) -> int:
    match error:
        case Unavailable():
            return _AWAY
        case BadExample() | BadParameter() | NotJSON() | OverLimit() | Rejected():
            return _ASKED_WRONGLY
        case _:
            return _FAILED
