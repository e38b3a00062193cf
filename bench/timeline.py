"""python -m bench.timeline URL: how long a timeline takes, on a database that is filled."""

import asyncio
import time
from statistics import median

import click

from bench import machine
from incidents.core.example import parse_example
from incidents.http.endpoints.search.counts import COUNT_SECONDS
from incidents.runtime import Runtime
from incidents.search.counts.timeline import Wanted
from incidents.search.question import condition_of
from incidents.support.settings import Settings

_BINS = 60
_ROUNDS = 9
_NESTING = 100


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("url")
@click.argument("examples", nargs=-1)
def timeline(url: str, examples: tuple[str, ...]) -> None:
    """Measure the timelines of EXAMPLES (JSON) in the database at URL, 60 bins each.

    The first of each is asked of a program that knows nothing yet, and has no connection.
    """
    click.echo(f"{machine.describe()}; one first answer, then {_ROUNDS} rounds.\n")
    click.echo("| example | incidents | first ms | median ms | longest ms | estimate |")
    click.echo("| --- | ---: | ---: | ---: | ---: | --- |")
    for text in examples or ("{}",):
        asyncio.run(_measure(url, text))


async def _measure(url: str, text: str) -> None:
    settings = Settings()
    runtime = Runtime(settings, url)
    condition = condition_of(parse_example(text.encode(), _NESTING))
    taken: list[float] = []
    for _ in range(1 + _ROUNDS):
        begun = time.perf_counter()
        answer = await runtime.search.timeline(condition, Wanted(_BINS), COUNT_SECONDS)
        taken.append((time.perf_counter() - begun) * 1000)
    first, *warm = taken
    estimate = "yes" if answer.is_estimate else "no"
    click.echo(
        f"| `{text}` | {sum(answer.counts):,} | {first:.0f} | {median(warm):.0f} "
        f"| {max(warm):.0f} | {estimate} |"
    )
    await runtime.close()


if __name__ == "__main__":
    timeline(prog_name="python -m bench.timeline")
