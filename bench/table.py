"""Tables: to be read in a terminal, and to be pasted into a Markdown page."""

from collections.abc import Collection, Sequence

Line = Sequence[str]


def render(head: Line, rows: Sequence[Line], texts: Collection[int]) -> str:
    """The lines of the table, its columns aligned: those numbered in `texts` to the left."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    first, *others = (_line(line, widths, texts) for line in lines)
    return "\n".join([first, _rule(widths, texts), *others])


def _line(cells: Line, widths: Sequence[int], texts: Collection[int]) -> str:
    padded = (
        cell.ljust(width) if number in texts else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join(padded)} |"


def _rule(widths: Sequence[int], texts: Collection[int]) -> str:
    dashes = (
        "-" * width if number in texts else "-" * (width - 1) + ":"
        for number, width in enumerate(widths)
    )
    return f"| {' | '.join(dashes)} |"
