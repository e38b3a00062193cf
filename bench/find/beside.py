"""Finding beside writing, and writing beside finding."""

import threading
import time
from collections.abc import Callable

from bench import report
from bench.find import generator
from bench.find.client import Client
from bench.find.measure import percentile
from bench.find.questions import Question

_SECONDS = 10
_REPORTERS = 8
_FINDERS = 8


def measure(port: int, url: str, size: int) -> str:  # noqa: ARG001 - as the other parts
    """Sentences."""
    top = _posted(port, pause=0)
    pause = 2 * _REPORTERS * _SECONDS / len(top)
    alone = _posted(port, pause)
    common, rare = _common, lambda n: Question({"trace_id": generator.trace_of(n * 7 + 1)})
    finds = {"common": common, "rare": rare}
    quiet = {name: _found(port, each, 1) for name, each in finds.items()}
    busy, posts = {}, []
    for name, each in finds.items():
        stop = threading.Event()
        posting = threading.Thread(target=lambda: posts.extend(_posted(port, pause, stop)))  # noqa: B023
        posting.start()
        busy[name] = _found(port, each, 1)
        stop.set()
        posting.join()
    beside: list[float] = []
    stop = threading.Event()
    posting = threading.Thread(target=lambda: beside.extend(_posted(port, pause, stop)))
    posting.start()
    _found(port, common, _FINDERS)
    stop.set()
    posting.join()
    said = [
        f"a {name} find has a p99 of {percentile(quiet[name], 99):.1f} ms alone and "
        f"{percentile(busy[name], 99):.1f} ms beside reports"
        for name in finds
    ]
    return (
        f"Beside the writing, at {len(alone) / _SECONDS:,.0f} reports a second "
        f"(of {len(top) / _SECONDS:,.0f} that these clients reach): {'; '.join(said)}; "
        f"a report has a p99 of {percentile(alone, 99):.1f} ms alone and "
        f"{percentile(beside, 99):.1f} ms beside {_FINDERS} clients that find."
    )


def _common(number: int) -> Question:
    return Question({"service": generator.SERVICES[number % 3]})


def _found(port: int, question: Callable[[int], Question], clients: int) -> list[float]:
    def ask(client: Client, number: int) -> float:
        return client.ask(question(number))[0]

    return _together(port, ask, clients, 0, threading.Event())


def _posted(port: int, pause: float, stop: threading.Event | None = None) -> list[float]:
    def post(client: Client, number: int) -> float:
        trace = f"{number:016x}"
        return client.report(report.BODY_BEFORE + trace + report.BODY_AFTER)[0]

    return _together(port, post, _REPORTERS, pause, stop or threading.Event())


def _together(
    port: int,
    what: Callable[[Client, int], float],
    clients: int,
    pause: float,
    stop: threading.Event,
) -> list[float]:
    """The milliseconds of all that so many clients did, each the next after `pause` seconds."""
    took: list[float] = []

    def run() -> None:
        end, number = time.monotonic() + _SECONDS, 0
        with Client(port) as client:
            while time.monotonic() < end and not stop.is_set():
                begun = time.monotonic()
                took.append(what(client, number))
                number += 1
                time.sleep(max(0, pause - (time.monotonic() - begun)))

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took
