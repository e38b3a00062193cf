"""Progress of a long command: a bar on a terminal, nothing elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from incidents.cli.parts.output import say

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_CLEAR_LINE = "\r\033[K"


class Progress:
    """A bar on standard error, and output that does not interfere with it."""

    def __init__(self, bar: "ProgressBar[int]", start: int) -> None:
        self._bar = bar
        self._at = start

    def reach(self, position: int) -> None:
        """Shows that everything before `position` is done."""
        self._bar.update(position - self._at)
        self._at = position

    def say(self, line: str, *, err: bool = False) -> None:
        """Prints a line on standard output or standard error."""
        if sys.stderr.isatty():
            click.echo(_CLEAR_LINE, err=True, nl=False)
        say(line, err=err)


@contextmanager
def progress(label: str, positions: range) -> Iterator[Progress]:
    """A bar for the range `positions`, until the end of the block."""
    with click.progressbar(
        length=len(positions),
        label=label,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
        update_min_steps=max(1, len(positions) // 1000),
    ) as bar:
        yield Progress(bar, positions.start)
