"""Finding beside writing, and writing beside finding."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

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
    busy: dict[str, list[float]] = {}
    # Reporters have a process of their own: who finds is not to take the time that they measure.
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        top = apart.submit(_posted, port, 0).result()
        pause = 2 * _REPORTERS * _SECONDS / len(top)
        alone = apart.submit(_posted, port, pause).result()
        # Twice: what is asked for lies on the disk at first.
        _, quiet = ({name: _found(port, name, 1) for name in _QUESTIONS} for _ in range(2))
        for name in _QUESTIONS:
            posting = apart.submit(_posted, port, pause)
            busy[name] = _found(port, name, 1)
            posting.result()
        posting = apart.submit(_posted, port, pause)
        _found(port, "common", _FINDERS)
        beside = posting.result()
    said = [
        f"a {name} find has a p99 of {percentile(quiet[name], 99):.1f} ms alone and "
        f"{percentile(busy[name], 99):.1f} ms beside reports"
        for name in _QUESTIONS
    ]
    return (
        f"Beside the writing, at {len(alone) / _SECONDS:,.0f} reports a second "
        f"(of {len(top) / _SECONDS:,.0f} that these clients reach): {'; '.join(said)}; "
        f"a report has a p99 of {percentile(alone, 99):.1f} ms alone and "
        f"{percentile(beside, 99):.1f} ms beside {_FINDERS} clients that find."
    )


def _common(number: int) -> Question:
    return Question({"service": generator.SERVICES[number % 3]})


def _rare(number: int) -> Question:
    return Question({"trace_id": generator.trace_of(number * 7 + 1)})


_QUESTIONS = {"common": _common, "rare": _rare}


def _found(port: int, name: str, clients: int) -> list[float]:
    def ask(client: Client, number: int) -> float:
        return client.ask(_QUESTIONS[name](number))[0]

    return _together(port, ask, clients, 0)


def _posted(port: int, pause: float) -> list[float]:
    def post(client: Client, number: int) -> float:
        trace = f"{number:016x}"
        return client.report(report.BODY_BEFORE + trace + report.BODY_AFTER)[0]

    return _together(port, post, _REPORTERS, pause)


def _together(
    port: int, what: Callable[[Client, int], float], clients: int, pause: float
) -> list[float]:
    """The milliseconds of all that so many clients did, each the next after `pause` seconds.

    Raises Failed when one of them was not answered well.
    """
    took: list[float] = []

    def run() -> None:
        end, number = time.monotonic() + _SECONDS, 0
        with Client(port) as client:
            while time.monotonic() < end:
                begun = time.monotonic()
                took.append(what(client, number))
                number += 1
                time.sleep(max(0, pause - (time.monotonic() - begun)))

    with ThreadPoolExecutor(clients) as threads:
        running = [threads.submit(run) for _ in range(clients)]
    for each in running:
        each.result()
    return took
