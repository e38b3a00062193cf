"""python -m bench.timeline URL: how long counts take, on a database that is filled."""

import asyncio
import time
from statistics import median

import click

from bench import machine
from incidents.core.example import parse_example
from incidents.core.query.fields import parse_path
from incidents.core.query.tree import Path
from incidents.db.condition import Condition
from incidents.http.endpoints.search.counts import COUNT_SECONDS
from incidents.runtime import Runtime
from incidents.search.counts.timeline import Wanted
from incidents.search.question import condition_of
from incidents.search.search import Search
from incidents.support.settings import Settings

_BINS = 60
_VALUES = 10
_ROUNDS = 9
_NESTING = 100


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--field", default="service", show_default=True, help="Whose values are counted.")
@click.argument("url")
@click.argument("examples", nargs=-1)
def counts(url: str, field: str, examples: tuple[str, ...]) -> None:
    """Measure what counts EXAMPLES (JSON) in the database at URL: 60 bins, values, fields.

    The first of each is asked of a program that knows nothing yet, and has no connection. The error
    is in percent of the count.
    """
    click.echo(f"{machine.describe()}; one first answer, then {_ROUNDS} rounds.\n")
    click.echo(
        "| example | of | incidents | first ms | median ms | longest ms | estimate, error % |"
    )
    click.echo("| --- | --- | ---: | ---: | ---: | ---: | --- |")
    for text in examples or ("{}",):
        for what in ("timeline", "values", "fields"):
            asyncio.run(_measure(url, text, what, parse_path(field)))


async def _measure(url: str, text: str, what: str, field: Path) -> None:
    runtime = Runtime(Settings(), url)
    condition = condition_of(parse_example(text.encode(), _NESTING))
    taken: list[float] = []
    for _ in range(1 + _ROUNDS):
        begun = time.perf_counter()
        count, is_estimate, error = await _ask(runtime.search, condition, what, field)
        taken.append((time.perf_counter() - begun) * 1000)
    first, *warm = taken
    exact = f"yes, {100 * error / max(1, count):.1f}" if is_estimate else "no"
    click.echo(
        f"| `{text}` | {what} | {count:,} | {first:.0f} | {median(warm):.0f} "
        f"| {max(warm):.0f} | {exact} |"
    )
    await runtime.close()


async def _ask(
    search: Search, condition: Condition, what: str, field: Path
) -> tuple[int, bool, int]:
    if what == "timeline":
        timeline = await search.timeline(condition, Wanted(_BINS), COUNT_SECONDS)
        return sum(timeline.counts), timeline.is_estimate, timeline.error
    if what == "values":
        values = await search.values(condition, field, _VALUES, COUNT_SECONDS)
        return values.count, values.is_estimate, values.error
    fields = await search.fields(condition, COUNT_SECONDS)
    return fields.count, fields.is_estimate, fields.error


if __name__ == "__main__":
    counts(prog_name="python -m bench.timeline")
