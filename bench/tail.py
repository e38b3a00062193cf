"""python -m bench.tail: what those who listen cost the intake, as a ratio."""

import asyncio
import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from urllib.parse import quote

import click

from bench import database, machine
from bench.clients import wrk
from bench.contenders import Incidents
from bench.process import HOST

_CONNECTIONS = 16
_IDS = 1_000_000
_START_SECONDS_MAX = 60

# The example of the n-th listener.
Examples = Callable[[int], dict[str, object]]


@click.command(context_settings={"show_default": True, "help_option_names": ["-h", "--help"]})
@click.option("--seconds", default=5, type=click.IntRange(1, 600), help="Length of a run.")
@click.option("--rounds", default=5, type=click.IntRange(1, 100), help="Runs of each kind.")
@click.option("--listeners", default=400, type=click.IntRange(1, 2000), help="How many listen.")
@click.option("--workers", default=1, type=click.IntRange(1, 16), help="Processes of incidents.")
def tail(seconds: int, rounds: int, listeners: int, workers: int) -> None:
    """Measure reports a second while nobody listens, and while others do, in turns.

    Needs wrk. The listeners and the server share the machine.
    """
    wrk.require()
    kinds: dict[str, tuple[int, Examples]] = {
        "nobody listens": (0, lambda _: {}),
        "1 listens to everything": (1, lambda _: {}),
        f"{listeners} listen, each to a service of its own": (
            listeners,
            lambda n: {"service": f"service-{n}"},
        ),
        f"{listeners} listen to everything": (listeners, lambda _: {}),
    }
    scratch = Path(__file__).parents[1] / ".bench"
    scratch.mkdir(exist_ok=True)
    found: dict[str, list[float]] = {kind: [] for kind in kinds}
    with (
        tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True) as data,
        database.postgresql(Path(data)) as url,
    ):
        server = Incidents(url, Path(data), scratch / "tail.log", workers)
        server.prepare()
        database.cover(url, _IDS)
        for _ in range(rounds):
            for kind, (count, examples) in kinds.items():
                server.begin()
                with server.running() as running, _listening(running.port, count, examples):
                    found[kind].append(running.load(_CONNECTIONS, seconds, None).per_second)
    _print(found, f"medians of {rounds} rounds of {seconds} s, {_CONNECTIONS} clients")


def _print(found: dict[str, list[float]], how: str) -> None:
    rates = {kind: median(each) for kind, each in found.items()}
    nobody = next(iter(rates.values()))
    click.echo(f"{machine.describe()}; {how}.\n")
    click.echo("| who listens | reports/s | ÷ nobody |\n| --- | ---: | ---: |")
    for kind, rate in rates.items():
        click.echo(f"| {kind} | {rate:,.0f} | {rate / nobody:.2f} |")


@contextmanager
def _listening(port: int, count: int, examples: Examples) -> Iterator[None]:
    """So many listen in the block, and read whatever they are told."""
    ready, end = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=lambda: asyncio.run(_listen(port, count, examples, ready, end))
    )
    thread.start()
    try:
        assert ready.wait(_START_SECONDS_MAX), "not all could listen"
        yield
    finally:
        end.set()
        thread.join()


async def _listen(
    port: int, count: int, examples: Examples, ready: threading.Event, end: threading.Event
) -> None:
    writers = []
    readers = []
    for n in range(count):
        reader, writer = await asyncio.open_connection(HOST, port)
        query = quote(json.dumps(examples(n)))
        writer.write(f"GET /tail?example={query} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        await reader.readuntil(b"id: ")
        writers.append(writer)
        readers.append(asyncio.create_task(_drain(reader)))
    ready.set()
    await asyncio.to_thread(end.wait)
    for writer in writers:
        writer.close()
    await asyncio.gather(*readers)


async def _drain(reader: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(1024 * 1024):
            pass


if __name__ == "__main__":
    tail(prog_name="python -m bench.tail")
