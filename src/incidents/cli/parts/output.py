"""What commands print: data as they are, unless a terminal reads them; words without commands."""

import sys

import click

from incidents.core.api_key import masked
from incidents.support.terminal import visible


def show(line: str) -> None:
    """Prints a line of data: into a file or a pipe as it is, on a terminal what can be seen."""
    if sys.stdout.isatty():
        line = visible(line)
    sys.stdout.buffer.write(line.encode() + b"\n")


def say(words: str, *, err: bool = True) -> None:
    """Prints words for people, which may quote what came from elsewhere. They never hold a key."""
    click.echo(visible(masked(words)), err=err)
