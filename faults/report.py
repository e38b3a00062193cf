"""What was found, as a table that can be pasted into a Markdown page."""

from collections.abc import Iterator, Sequence
from statistics import median

from faults.fault_run import FaultRun, Injected, Struck
from faults.ledger import QUIET, Outcome

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


def table(runs: Sequence[FaultRun]) -> str:
    """A line a fault: how often, what the clients were told meanwhile, what was wrong after."""
    rows = [row for run in runs for row in _rows(run)]
    quiet = _row(QUIET, [], [_counts(run, QUIET) for run in runs])
    return aligned([_HEAD, *rows, quiet, _sum(runs)])


def table_of_rules(runs: Sequence[FaultRun]) -> str:
    """What rules did meanwhile, in all runs together."""
    told = [run.rules for run in runs]
    head = ("of the rules", *(run.part for run in runs), "all")
    rows = {
        "members, by the incidents that are stored": [each.stories for each in told],
        "times that one fired or resolved": [each.transitions for each in told],
        "of these missed, invented, or wrong": [len(each.wrong) for each in told],
        "notifications": [each.notifications for each in told],
        "of these received, under their one id": [each.received for each in told],
        "received again, under the same id": [each.again for each in told],
        "groups": [run.findings.groups for run in runs],
        "of these not as a recount and a find have them": [run.findings.of_groups for run in runs],
    }
    lines = [[name, *(f"{n:,}" for n in (*each, sum(each)))] for name, each in rows.items()]
    return aligned([head, *lines])


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


def _rows(run: FaultRun) -> Iterator[list[str]]:
    for fault, struck in run.struck.items():
        yield _row(fault.name, struck, [_counts(run, fault.name)])


def _sum(runs: Sequence[FaultRun]) -> list[str]:
    struck = [each for run in runs for injections in run.struck.values() for each in injections]
    names = [(run, name) for run in runs for name in (*map(_name, run.struck), QUIET)]
    return _row("all", struck, [_counts(run, name) for run, name in names])


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


def _counts(run: FaultRun, during: str) -> list[int]:
    """What stands between `times` and `back after`."""
    told, found = run.ledger.count, run.findings
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
