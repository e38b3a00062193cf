"""What was found, as a table that can be pasted into a Markdown page."""

from collections.abc import Iterator, Sequence
from statistics import median

from faults.ledger import Outcome
from faults.siege import Siege
from faults.strikes import Fault

_HEAD = (
    "fault",
    "times",
    "stored",
    "found",
    "refused",
    "no answer",
    "lost",
    "twice",
    "changed",
    "refused, but stored",
    "back after, median",
    "at most",
)


def table(siege: Siege) -> str:
    """A line a fault: how often, what the clients were told meanwhile, what was wrong after."""
    return aligned([_HEAD, *_rows(siege)])


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
        seconds = [each.back_seconds for each in struck]
        yield [
            fault.name,
            str(len(seconds)),
            *map(str, _told(siege, fault)),
            *map(str, _found(siege, fault)),
            f"{median(seconds):.2f} s",
            f"{max(seconds):.2f} s",
        ]


def _told(siege: Siege, fault: Fault) -> Iterator[int]:
    for outcome in (Outcome.STORED, Outcome.FOUND, Outcome.REFUSED, Outcome.UNANSWERED):
        yield siege.ledger.count(fault.name, outcome)


def _found(siege: Siege, fault: Fault) -> Iterator[int]:
    findings = siege.findings
    for counter in (
        findings.lost,
        findings.doubled,
        findings.changed,
        findings.refused_but_stored,
    ):
        yield counter[fault.name]
