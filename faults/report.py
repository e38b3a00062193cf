"""What was found, as a table that can be pasted into a Markdown page."""

from collections.abc import Iterator, Sequence
from statistics import median

from faults.ledger import QUIET, Outcome
from faults.siege import Injected, Siege, Struck

_HEAD = (
    "fault",
    "times",
    "acknowledged",
    "lost",
    "duplicated",
    "changed",
    "hung",
    "refused",
    "refused, but stored",
    "no answer",
    "back after, median",
    "longest",
)


def table(sieges: Sequence[Siege]) -> str:
    """A line a fault: how often, what the clients were told meanwhile, what was wrong after."""
    rows = [row for siege in sieges for row in _rows(siege)]
    quiet = _row(QUIET, [], [_counts(siege, QUIET) for siege in sieges])
    return aligned([_HEAD, *rows, quiet, _sum(sieges)])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """The lines of a Markdown table: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [rows[0], rule, *rows[1:]]
    return "\n".join(
        "| "
        + " | ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    )


def _rows(siege: Siege) -> Iterator[list[str]]:
    for fault, struck in siege.struck.items():
        yield _row(fault.name, struck, [_counts(siege, fault.name)])


def _sum(sieges: Sequence[Siege]) -> list[str]:
    struck = [each for siege in sieges for strikes in siege.struck.values() for each in strikes]
    names = [(siege, name) for siege in sieges for name in (*map(_name, siege.struck), QUIET)]
    return _row("all", struck, [_counts(siege, name) for siege, name in names])


def _name(fault: Injected) -> str:
    return fault.name


def _row(name: str, struck: Sequence[Struck], counts: Sequence[Sequence[int]]) -> list[str]:
    seconds = [each.back_seconds for each in struck]
    back = (f"{median(seconds):.1f} s", f"{max(seconds):.1f} s") if seconds else ("", "")
    return [
        name,
        f"{len(struck) or ''}",
        *(f"{sum(each):,}" for each in zip(*counts, strict=True)),
        *back,
    ]


def _counts(siege: Siege, during: str) -> list[int]:
    """What stands between `times` and `back after`."""
    told, found = siege.ledger.count, siege.findings
    return [
        told(during, Outcome.STORED),
        found.lost[during],
        found.doubled[during],
        found.changed[during],
        told(during, Outcome.HUNG),
        told(during, Outcome.REFUSED),
        found.refused_but_stored[during],
        told(during, Outcome.UNANSWERED),
    ]
