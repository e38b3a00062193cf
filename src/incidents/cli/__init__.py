"""The command `incidents`, one file for each subcommand."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from incidents import __version__
from incidents.cli.parts.group import Group
from incidents.cli.parts.output import say
from incidents.core.errors import (
    BadExample,
    BadParameter,
    IncidentsError,
    NeedsOperator,
    NotJSON,
    OverLimit,
    Rejected,
    Unavailable,
)
from incidents.support.logs import log_to_stderr
from incidents.support.settings import wants_colors
from incidents.support.terminal import visible

# The module of each command, loaded when it is called: so a server starts faster.
_COMMANDS = {
    "serve": "serve",
    "send": "send",
    "find": "find",
    "migrate": "migrate",
    "tail": "tail",
    "keys": "keys",
    "groups": "groups",
    "values": "values",
    "fields": "values",
    "rejected": "rejected",
    "channels": "notifications",
    "notifications": "notifications",
    "rules": "rules",
    "status": "status",
    "retention": "retention",
    "verify": "verify",
    "export": "export",
    "import": "import_",
    "backup": "backup",
    "restore": "backup",
    "completion": "completion",
}


class _Commands(Group):
    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _visible_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _visible_errors():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"incidents.cli.{_COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name + "_" * iskeyword(cmd_name))
        return command


@contextmanager
def _visible_errors() -> Iterator[None]:
    """Escapes click's messages about wrong usage, which quote what was typed."""
    try:
        yield
    except click.ClickException as error:
        error.message = visible(error.message)  # type: ignore[misc]
        raise


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every setting is explained in docs/reference/settings.md.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def incidents(ctx: click.Context) -> None:
    """Collects incidents: any JSON in over HTTP, found again by example."""
    if not wants_colors():
        ctx.color = False
    log_to_stderr(logging.WARNING)


# Exit codes for scripts: docs/how-to/operations.md. Click uses 2 for wrong usage.
_FAILED = 1
_ASKED_WRONGLY = 2
_AWAY = 3
_INTERRUPTED = 128


def main() -> None:
    """Runs the command. An error is one line and an exit code."""
    # These end the program by leaving every block, so that a PostgreSQL that was started is
    # stopped. A server replaces them: for it, a stop is not a failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(_INTERRUPTED + number))
    try:
        incidents(prog_name="incidents")
    except IncidentsError as error:
        say(f"incidents: {error}")
        sys.exit(_exit_code(error))


def _exit_code(error: IncidentsError) -> int:
    match error:
        case NeedsOperator():
            return _FAILED
        case Unavailable():
            return _AWAY
        case BadExample() | BadParameter() | NotJSON() | OverLimit() | Rejected():
            return _ASKED_WRONGLY
        case _:
            return _FAILED
