"""python -m bench.pairs OTHER: what reports take in this checkout and in another one, in turns."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from bench import database, machine, usage
from bench.clients import wrk
from bench.failed import Failed
from bench.middle import ratio
from bench.process import HOST, Command, free_port, serving
from bench.table import render

ROOT = Path(__file__).parents[1]
_SCRATCH = ROOT / ".bench"
_WARM_SECONDS = 3

# Whether each report has a head of its own.
_HEADS = {"the same": False, "a traceparent of its own": True}


@dataclass(frozen=True, slots=True)
class Server:
    """That of one checkout, on a PostgreSQL of its own."""

    port: int
    process: int
    postgresql: int


@dataclass(frozen=True, slots=True)
class Run:
    """What a server took in, and the processor time of each report there and in PostgreSQL."""

    per_second: float
    us: float


Pair = tuple[Run, Run]


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.argument("other", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rounds", default=7, type=click.IntRange(2, 1000), help="Pairs of each kind.")
@click.option("--seconds", default=4, type=click.IntRange(1, 600), help="Length of a run.")
@click.option("--connections", default=64, type=click.IntRange(1, 150), help="Clients at once.")
def pairs(other: Path, rounds: int, seconds: int, connections: int) -> None:
    """Measure reports in this checkout and in OTHER, one worker each, in turns.

    OTHER is another checkout of the repository, as `git worktree add` makes one, in which
    `make .venv/installed` was run.
    """
    wrk.require()
    described = machine.describe()
    found: dict[str, list[Pair]] = {}
    with answering(ROOT) as this, answering(other.absolute()) as before:
        for heads, are_new in _HEADS.items():
            found[heads] = []
            for server in (this, before):
                wrk.post(server.port, connections, _WARM_SECONDS, traced=are_new)
            for number in range(rounds):
                runs = {
                    server: _run(server, connections, seconds, traced=are_new)
                    for server in ((this, before) if number % 2 else (before, this))
                }
                found[heads].append((runs[this], runs[before]))
    click.echo(f"{described}, {connections} connections, {rounds} pairs of {seconds} s.\n")
    click.echo(_table(found))


@contextmanager
def answering(checkout: Path) -> Iterator[Server]:
    """Its server answers in the block, on a directory that goes afterwards."""
    python = checkout / ".venv" / "bin" / "python"
    if not python.exists():
        raise Failed(f"{checkout} is not installed: run `make .venv/installed` there")
    _SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=_SCRATCH, prefix="pairs-", ignore_cleanup_errors=True
    ) as name:
        data, port, log = Path(name), free_port(), _SCRATCH / f"pairs-{checkout.name}.log"
        data.chmod(0o711)  # as root, PostgreSQL's user passes what was made for root alone
        command: Command = [
            *(python, "-m", "incidents", "serve", "--data", data, "--workers", "1"),
            *("--host", HOST, "--port", str(port)),
        ]
        with serving(command, port, "/readyz", log) as process:
            yield Server(port, process, database.first_process(data))


def _run(server: Server, connections: int, seconds: int, *, traced: bool) -> Run:
    before = usage.now(server.postgresql, server.process)
    measured = wrk.post(server.port, connections, seconds, traced=traced)
    cost = before.until(usage.now(server.postgresql, server.process), measured.stored, 0)
    if measured.errors:
        raise Failed(f"reports failed: {dict(measured.errors)}")
    return Run(measured.per_second, cost.server_us + cost.postgresql_us)


def _table(found: dict[str, list[Pair]]) -> str:
    head = ("heads", "reports/s", "other", "ratio (middle half)", "µs", "other", "ratio")
    return render(head, [_row(heads, pairs) for heads, pairs in found.items()], {0})


def _row(heads: str, pairs: list[Pair]) -> Sequence[str]:
    rates = [(this.per_second, other.per_second) for this, other in pairs]
    costs = [(this.us, other.us) for this, other in pairs]
    return (
        heads,
        *_medians(rates),
        f"{ratio(rates):.3f}",
        *_medians(costs),
        f"{ratio(costs):.3f}",
    )


def _medians(pairs: list[tuple[float, float]]) -> list[str]:
    return [f"{median(each):,.0f}" for each in zip(*pairs, strict=True)]


if __name__ == "__main__":
    pairs(prog_name="python -m bench.pairs")
