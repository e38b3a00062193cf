"""Finding beside writing, and writing beside finding."""

import time
from concurrent.futures import ThreadPoolExecutor

from bench.clients import wrk
from bench.failed import Failed
from bench.find import generator
from bench.find.client import Client
from bench.find.measure import percentile
from bench.find.questions import Question
from bench.measurement import Measurement

_SECONDS = 10
_REPORTERS = (8, 64)
_FINDERS = 8


def measure(port: int, url: str, size: int) -> str:  # noqa: ARG001 - as the other parts
    """Sentences. Raises Failed."""
    # Twice: what is asked for lies on the disk at first.
    _, quiet = ({name: _found(port, name, 1) for name in _QUESTIONS} for _ in range(2))
    return "\n".join(_beside(port, reporters, quiet) for reporters in _REPORTERS)


def _beside(port: int, reporters: int, quiet: dict[str, list[float]]) -> str:
    """Sentences on so many connections that report, half as much as they could."""
    top = _posted(port, reporters).per_second
    alone = _posted(port, reporters, top / 2)
    busy: dict[str, list[float]] = {}
    with ThreadPoolExecutor(1) as apart:
        for name in _QUESTIONS:
            posting = apart.submit(_posted, port, reporters, top / 2)
            busy[name] = _found(port, name, 1)
            posting.result()
        posting = apart.submit(_posted, port, reporters, top / 2)
        _found(port, "common", _FINDERS)
        beside = posting.result()
    said = [
        f"a {name} find has a p99 of {percentile(quiet[name], 99):.1f} ms alone and "
        f"{percentile(busy[name], 99):.1f} ms beside reports"
        for name in _QUESTIONS
    ]
    return (
        f"Beside the writing, at {alone.per_second:,.0f} reports a second (half of the {top:,.0f} "
        f"that {reporters} connections reach): {'; '.join(said)}; "
        f"a report has a p99 of {alone.p99_ms:.1f} ms alone and "
        f"{beside.p99_ms:.1f} ms beside {_FINDERS} clients that find."
    )


def _common(number: int) -> Question:
    return Question({"service": generator.SERVICES[number % 3]})


def _rare(number: int) -> Question:
    return Question({"trace_id": generator.trace_of(number * 7 + 1)})


_QUESTIONS = {"common": _common, "rare": _rare}


def _posted(port: int, connections: int, per_second: float | None = None) -> Measurement:
    posted = wrk.post(port, connections, _SECONDS, per_second)
    if posted.errors:
        raise Failed(f"some of the reports were not answered well: {posted.errors}")
    return posted


def _found(port: int, name: str, clients: int) -> list[float]:
    """The milliseconds of all that so many clients asked, each the next when one is answered."""
    took: list[float] = []

    def run() -> None:
        end, number = time.monotonic() + _SECONDS, 0
        with Client(port) as client:
            while time.monotonic() < end:
                took.append(client.ask(_QUESTIONS[name](number))[0])
                number += 1

    with ThreadPoolExecutor(clients) as threads:
        running = [threads.submit(run) for _ in range(clients)]
    for each in running:
        each.result()
    return took
