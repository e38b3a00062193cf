"""python -m bench.find: how long finding takes, at one size after another."""

import signal
from math import isnan
from pathlib import Path
from random import Random

import click

from bench import database, machine
from bench.clients import wrk
from bench.failed import Failed
from bench.find import beside, stale, streams
from bench.find.generator import Row, rows
from bench.find.load import fill, forget_reports, indexes_share
from bench.find.measure import Times, measure, meets_the_deadline
from bench.find.questions import classes, not_indexable
from bench.find.server import serving_at
from bench.table import render
from incidents.core.errors import IncidentsError
from incidents.support.settings import Settings

_SEED = 1
_SIZES = (100_000, 1_000_000, 10_000_000)
_NOT_INDEXABLE = 6
_HEAD = (
    *("incidents", "class", "questions", "p50 ms", "p99 ms", "target", "÷ smallest", "every p99"),
    *("plain p50", "plain p99", "plain ÷ ours"),
)


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--size", default=100_000, type=click.IntRange(10_000), help="Incidents, at most.")
@click.option("--questions", default=200, type=click.IntRange(20), help="Of each class.")
@click.option("--plain-questions", default=20, type=click.IntRange(0), help="To the plain way.")
@click.option("--reports", default=100_000, help="Found right after they were acknowledged.")
@click.option(
    "--data",
    default=Path(__file__).parents[2] / ".bench" / "find",
    show_default=".bench/find",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the databases are; they are kept, and used again.",
)
def find(size: int, questions: int, plain_questions: int, reports: int, data: Path) -> None:
    """Measure finding at 100 thousand, 1 million and 10 million incidents, up to a size."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sizes = [each for each in _SIZES if each < size] + [size]
    described = machine.describe()
    wrk.require()
    try:
        data.mkdir(parents=True, exist_ok=True)
        with database.postgresql(data) as server:
            urls = {each: fill(server, _SEED, each, plain=plain_questions > 0) for each in sizes}
            click.echo(f"{described}, {database.describe(server)}.\n")
            _all_classes(urls, questions, plain_questions, data)
            with serving_at(urls[size], data) as port:
                for part in (streams.measure, beside.measure):
                    click.echo(part(port, urls[size], size))
            with serving_at(urls[size], data, stale.WORKERS) as port:
                click.echo(stale.measure(port, reports))
            forget_reports(urls[size], size)
    except IncidentsError as error:
        raise Failed(str(error)) from error


def _all_classes(urls: dict[int, str], count: int, plain_count: int, data: Path) -> None:
    found: dict[tuple[int, str], Times] = {}
    table = []
    sentences = []
    for size, url in urls.items():
        with serving_at(url, data) as port:
            for each in classes(_SEED, size, _sample(size, count), count):
                times = found[size, each.name] = measure(port, url, each, plain_count)
                smallest = found[next(iter(urls)), each.name]
                table.append(
                    (
                        *(f"{size:,}", each.name, str(times.count)),
                        *(f"{times.p50:.1f}", f"{times.p99:.1f}", f"{each.target_ms:.0f}"),
                        *(f"{times.p99 / smallest.p99:.1f}", f"{times.every_p99:.1f}"),
                        *map(
                            _figure,
                            (times.plain_p50, times.plain_p99, times.plain_p99 / times.p99),
                        ),
                    )
                )
            deadline = Settings().search_deadline_seconds
            said = meets_the_deadline(port, not_indexable(_NOT_INDEXABLE), deadline)
            sentences.append(f"{size:,}: {said}")
        sentences.append(f"{size:,}: {indexes_share(url)}")
    click.echo("\n".join([render(_HEAD, table, {1}), "", *sentences]))


def _figure(value: float) -> str:
    return "-" if isnan(value) else f"{value:,.1f}"


def _sample(size: int, count: int) -> list[Row]:
    """Incidents at random places."""
    rng = Random(_SEED)  # noqa: S311 - not for secrets
    return [next(rows(_SEED, size, id_, id_)) for id_ in rng.sample(range(1, size + 1), count)]


if __name__ == "__main__":
    find(prog_name="python -m bench.find")
