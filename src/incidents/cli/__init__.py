"""The command `incidents`, one file a subcommand."""

import logging
import signal
import sys

import click

from incidents import __version__
from incidents.cli.keys import keys
from incidents.cli.migrate import migrate
from incidents.cli.serve import serve
from incidents.errors import IncidentsError
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
incidents.add_command(migrate)
incidents.add_command(keys)


def main() -> None:
    """Runs the command; an error that is the user's to mend is one line and exit code 1."""
    # Until the server takes the signals over, they end the program on its way out of each
    # block, so that a PostgreSQL that was started is stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        incidents(prog_name="incidents")
    except IncidentsError as error:
        click.echo(f"incidents: {error}", err=True)
        sys.exit(1)
