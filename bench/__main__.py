"""python -m bench: measures how reports are taken in, and prints it as ratios."""

import fcntl
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bench import beside, database, fresh, machine, original_venv, rejected, trials
from bench.clients import curl, lines, wrk
from bench.failed import Failed
from bench.field import Field, assembled
from bench.rounds import Result, measure
from bench.summary import summarize
from bench.trials import Plan
from incidents.core.errors import IncidentsError

_SCRATCH = Path(__file__).parents[1] / ".bench"
_CONNECTIONS_MAX = 150  # PostgreSQL takes 200


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--seconds", default=5, type=click.IntRange(1, 600), help="Length of a run.")
@click.option("--rounds", default=3, type=click.IntRange(1, 100), help="Runs of each kind.")
@click.option(
    "--connections",
    default=(1, 16, 64),
    multiple=True,
    type=click.IntRange(1, _CONNECTIONS_MAX),
    help="Clients at once; give it several times.",
)
@click.option(
    "--lines",
    "line_count",
    default=200_000,
    type=click.IntRange(1, 10_000_000),
    help="Reports of a run that sends many in one request.",
)
@click.option(
    "--stored",
    default=1_000_000,
    type=click.IntRange(0, 1_000_000_000),
    help="Incidents in the filled table; 0 leaves it out. Ten million take about 10 GB.",
)
@click.option("--workers", default=1, type=click.IntRange(1, 16), help="Processes of incidents.")
@click.option("--skip-original", is_flag=True, help="Leave out the stack of the original.")
@click.option(
    "--only", type=click.Choice(["beside", "rejected", "tail"]), help="Measure this table alone."
)
@click.option(
    "--data",
    default=_SCRATCH,
    show_default=".bench",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the database is made, and removed at the end: on a real disk.",
)
def bench(  # noqa: PLR0913 - one for each option
    seconds: int,
    rounds: int,
    connections: tuple[int, ...],
    line_count: int,
    stored: int,
    workers: int,
    data: Path,
    only: str | None,
    *,
    skip_original: bool,
) -> None:
    """Measure how reports are taken in, against PostgreSQL's programs and the original's stack.

    Everything runs on this machine, on a PostgreSQL that is made for it. The tables are
    printed at the end; until then, a line for each run goes to the error stream. The exit
    code is 1 when a request failed, or when what was answered as stored is not on disk.
    """
    wrk.require()
    curl.require()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave nothing behind either way
    described = machine.describe()
    plan = Plan(seconds, rounds, tuple(dict.fromkeys(connections)), line_count, stored)
    try:
        with _alone():
            if only is not None:
                data.mkdir(parents=True, exist_ok=True)
                click.echo(_only(only, described, plan, data, workers))
                return
            programs = None if skip_original else original_venv.install(_SCRATCH / "original-venv")
            with assembled(data, workers, programs, ids=plan.ids_max, stored=stored) as field:
                result = _measure(plan, field)
                click.echo(summarize(described, plan, field, result))
                click.echo(f"\n{_beside(plan, field)}")
            click.echo(f"\n{fresh.measure(data, workers)}")
    except IncidentsError as error:
        raise Failed(str(error)) from error
    if result.errors:
        raise Failed(
            f"{result.errors} requests failed: the figures say nothing. "
            f"What the servers printed is in {data.name}/*.log"
        )


def _measure(plan: Plan, field: Field) -> Result:
    """Everything, one after the other: half load is known only after full load."""
    result, rounds, postgresql = Result(), plan.rounds, field.postgresql
    measure(result, list(trials.full(plan, field)), rounds, postgresql)
    load = trials.at(plan.connections_max)
    reached = {
        each.name: result.figures(load, each.name).measured.per_second
        for each in (field.pgbench, field.incidents)
    }
    measure(result, list(trials.half(plan, field, reached)), rounds, postgresql)
    sent = lines.write(field.scratch, plan.lines, trials.AT_ONCE)
    measure(result, list(trials.bulk(field, sent)), rounds, postgresql)
    measure(result, [trials.packed(field, sent)], 1, postgresql)
    measure(result, list(trials.flat(plan, field, sent)), rounds, postgresql)
    return result


def _only(table: str, described: str, plan: Plan, data: Path, workers: int) -> str:
    if table == "tail":
        return f"{described}.\n\n{fresh.measure(data, workers)}"
    with assembled(data, workers, None, ids=plan.ids_max, stored=0) as field:
        url = field.incidents.url
        if table == "rejected":
            found = rejected.measure(field.incidents, field.postgresql, plan.seconds, plan.rounds)
            return f"{described}, {database.describe(url)}.\n\n{found}"
        return f"{described}, {database.describe(url)}.\n\n{_beside(plan, field)}"


def _beside(plan: Plan, field: Field) -> str:
    found = beside.measure(field.incidents, plan.seconds, plan.rounds)
    return f"{beside.sentence()}\n\n{found.table()}"


@contextmanager
def _alone() -> Iterator[None]:
    """No other benchmark of this folder runs in the block. Raises Failed when one does."""
    _SCRATCH.mkdir(exist_ok=True)
    with (_SCRATCH / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failed("another benchmark runs: they would measure each other") from error
        yield


if __name__ == "__main__":
    bench(prog_name="python -m bench")
