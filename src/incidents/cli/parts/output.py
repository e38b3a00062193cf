"""Output of commands: data unchanged, except on a terminal; messages always escaped."""

import sys

import click

from incidents.core.api_key import masked
from incidents.support.terminal import visible


def show(line: str) -> None:
    """Prints a line of data: unchanged to a file or pipe, escaped on a terminal."""
    if sys.stdout.isatty():
        line = visible(line)
    sys.stdout.buffer.write(line.encode() + b"\n")


def say(words: str, *, err: bool = True) -> None:
    """Prints a message for people, which may quote external data. It never contains a key."""
    click.echo(visible(masked(words)), err=err)
