"""The result as a table: to be read in a terminal, and to be pasted into a Markdown page."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from bench.measurement import Measurement

_HEAD = ("connections", "contender", "requests/s", "p50 ms", "p99 ms", "÷ pgbench", "÷ original")
_TEXT_COLUMN = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One contender at one number of connections, and who else ran at it."""

    connections: int
    name: str
    figures: Measurement
    pgbench: Measurement
    original: Measurement | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The text of each column."""
        return (
            str(self.connections),
            self.name + _wrong(self.figures),
            f"{self.figures.per_second:,.0f}",
            f"{self.figures.p50_ms:.2f}",
            f"{self.figures.p99_ms:.2f}",
            f"{ratio(self.figures, self.pgbench):.2f}",
            f"{ratio(self.figures, self.original):.1f}" if self.original else "",
        )


def ratio(figures: Measurement, others: Measurement) -> float:
    """How many times as many reports a second; NaN when the others stored none."""
    return figures.per_second / others.per_second if others.per_second else nan


def render(rows: Sequence[Row]) -> str:
    """The lines of the table, its columns aligned."""
    lines = [_HEAD, *(row.cells for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *body = (_line(line, widths) for line in lines)
    return "\n".join([head, _rule(widths), *body])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.ljust(width) if number == _TEXT_COLUMN else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"


def _rule(widths: Sequence[int]) -> str:
    dashes = (
        "-" * width if number == _TEXT_COLUMN else "-" * (width - 1) + ":"
        for number, width in enumerate(widths)
    )
    return f"| {' | '.join(dashes)} |"


def _wrong(figures: Measurement) -> str:
    if not figures.errors:
        return ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in figures.errors.items())
    return f" (ERRORS: {kinds})"
