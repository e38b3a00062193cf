"""Options of commands that list something other than incidents."""

from collections.abc import Callable
from typing import Any

import click

# A table on a terminal, and lines in a pipe.
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "ndjson"]),
    help="A table (the default on a terminal), or one JSON line for each (in a pipe).",
)


def limit_option(default: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """At most so many are shown."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help="At most so many.",
    )
