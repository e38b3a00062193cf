"""python -m bench.grouping: how well groups fit, and what they cost."""

from collections.abc import Iterator
from pathlib import Path
from statistics import mean as average

import click

from bench.grouping.contenders import again, drain3, has_drain3, ours, parsing
from bench.grouping.labelled import Labelled, generated, loghub
from bench.grouping.scores import Score, mean, score
from bench.table import render

_HEAD = (
    *("reports", "problems", "groups", "precision", "recall", "µs", "again µs", "parsing µs"),
    *("drain3 precision", "drain3 recall", "drain3 µs"),
)
_WITHOUT = "drain3 is not installed, so its columns are empty: pip install drain3"
Row = tuple[str, int, int, Score, float, float, float, Score | None, float]


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--count", default=5_000, type=click.IntRange(100), help="Generated, of each half.")
@click.option(
    "--loghub",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A clone of https://github.com/logpai/loghub: 2,000 labelled lines of each system.",
)
def grouping(count: int, folder: Path | None) -> None:
    """Measure groups of labelled reports by pairs, beside drain3.

    What the masks are made from is not what they are judged by: every second problem, and every
    second system of Loghub, was looked at only when the masks were ready.
    """
    if not has_drain3():
        click.echo(_WITHOUT, err=True)
    rows = [
        _measured("generated, first half", generated(count, half=0)),
        _measured("generated, other half", generated(count, half=1)),
    ]
    if folder is not None:
        rows += _of_systems(loghub(folder))
    click.echo(render(_HEAD, [_line(row) for row in rows], texts={0}))


def _of_systems(systems: dict[str, list[Labelled]]) -> Iterator[Row]:
    rows = [_measured(name, lines) for name, lines in systems.items()]
    yield from rows
    yield _summed("Loghub, looked at", rows[::2])
    yield _summed("Loghub, not looked at", rows[1::2])


def _measured(name: str, reports: list[Labelled]) -> Row:
    problems = [report.problem for report in reports]
    groups, took = ours(reports)
    clusters, drain_took = drain3(reports) if has_drain3() else (None, 0.0)
    return (
        f"{name} ({len(reports):,})",
        len(set(problems)),
        len(set(groups)),
        score(problems, groups),
        took,
        again(reports),
        parsing(reports),
        score(problems, clusters) if clusters is not None else None,
        drain_took,
    )


def _summed(name: str, rows: list[Row]) -> Row:
    _, problems, groups, scores, took, repeated, parsed, drained, drain_took = zip(
        *rows, strict=True
    )
    known = [each for each in drained if each is not None]
    return (
        f"{name}: mean",
        sum(problems),
        sum(groups),
        mean(scores),
        average(took),
        average(repeated),
        average(parsed),
        mean(known) if known else None,
        average(drain_took),
    )


def _line(row: Row) -> tuple[str, ...]:
    name, problems, groups, found, *times, drained, drain_took = row
    shown = [f"{each:.1f}" for each in times]
    cells = (name, f"{problems:,}", f"{groups:,}", *_cells(found), *shown)
    return (*cells, *_cells(drained), f"{drain_took:.1f}" if drained else "")


def _cells(found: Score | None) -> tuple[str, str]:
    return (f"{found.precision:.3f}", f"{found.recall:.3f}") if found else ("", "")


if __name__ == "__main__":
    grouping()
