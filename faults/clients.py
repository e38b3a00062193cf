"""Clients that report and find without end, whatever happens to the server."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from itertools import zip_longest
from random import Random

from tests.server import Reply

from faults.ledger import Ledger, Outcome, Report
from faults.wire import Hung, Unanswered, Wire, json_headers, request
from incidents.core.weight import HEAVY_BYTES_MIN

_PAUSE_SECONDS_MAX = 0.02
_PAUSE_AFTER_NO_ANSWER_SECONDS = 0.05
_LINES_MAX = 40
_CREATED, _OK, _CONFLICT, _UNAVAILABLE = 201, 200, 409, 503


@asynccontextmanager
async def crowd(
    ports: list[int],
    reporters: int,
    ledger: Ledger,
    random: Random,
    filling_bytes_max: int,
    others: Sequence["Client"] = (),
) -> AsyncIterator[None]:
    """In the block `reporters`, one in bulk, a heavy one and a finder are busy on every port.

    And two who send again until they are told that it is stored, or its end comes and nobody is
    there to tell them; and `others`. Then all are answered.
    """
    ended = asyncio.Event()
    clients = list(others)
    for server, port in enumerate(ports):
        clients += [
            Reporter(server, port, ledger, random, filling_bytes_max) for _ in range(reporters)
        ]
        clients.append(BulkReporter(server, port, ledger, random, filling_bytes_max))
        clients += [
            each(server, port, ledger, random, filling_bytes_max)
            for each in (HeavyReporter, KeyedReporter, KeyedBulkReporter)
        ]
        clients.append(Finder(server, port, ledger, random))
    running = asyncio.gather(*(client.run(ended) for client in clients))
    try:
        yield
    finally:
        ended.set()
        await running


class Client(ABC):
    """Asks one thing after another on its connection, and writes down what it was told."""

    kind: str

    def __init__(self, server: int, port: int, ledger: Ledger, random: Random) -> None:
        self._server = server
        self._wire = Wire(port)
        self._ledger = ledger
        self._random = random
        self._ended = asyncio.Event()

    async def run(self, ended: asyncio.Event) -> None:
        """Asks until it is told to end."""
        self._ended = ended
        with closing(self._wire):
            while not ended.is_set():
                await self.ask_once()
                await asyncio.sleep(self._random.uniform(0, _PAUSE_SECONDS_MAX))

    @abstractmethod
    async def ask_once(self) -> None:
        """Returns when one question is answered, or never will be."""

    async def _ask(
        self,
        target: str,
        headers: dict[str, str],
        body: bytes,
        take: Callable[[bytes], None] | None = None,
    ) -> Reply | Outcome:
        try:
            return await self._wire.ask(request("POST", target, headers, body), take=take)
        except Hung:
            return Outcome.HUNG
        except Unanswered:
            await asyncio.sleep(_PAUSE_AFTER_NO_ANSWER_SECONDS)
            return Outcome.UNANSWERED


class Reporter(Client):
    """Reports incidents, each with a marker of its own."""

    kind = "report"
    heavy_percent = 0

    def __init__(
        self, server: int, port: int, ledger: Ledger, random: Random, filling_bytes_max: int
    ) -> None:
        super().__init__(server, port, ledger, random)
        self._filling_bytes_max = filling_bytes_max

    async def ask_once(self) -> None:
        """Reports one incident."""
        marker, body = self._make()
        await self._send(*self._begin(Report(marker, json_headers(body), body)))

    async def _send(self, key: object, report: Report) -> None:
        reply = await self._ask("/problems", report.headers, report.body)
        self._end(key, report, _of_report(reply, report), str(reply))

    def _begin(self, report: Report) -> tuple[object, Report]:
        self._ledger.reports[report.marker] = report
        return self._ledger.begin(), report

    def _end(self, key: object, report: Report, outcome: Outcome, said: str) -> None:
        report.outcome, report.during = outcome, self._ledger.during
        if outcome is Outcome.STORED:
            self._ledger.acknowledged.append(report)
        self._ledger.end(key, self._server, self.kind, outcome, said)

    def _make(self) -> tuple[str, bytes]:
        """A marker, and a body that has it.

        Nothing about it is as a JSON library would write it: it must come back byte for byte.
        """
        marker = f"m{len(self._ledger.reports)}-{self._random.getrandbits(64):016x}"
        # Nothing that PostgreSQL could make shorter.
        filling = "é\\u0000" + self._random.randbytes(self._filling_bytes()).hex()
        text = f'{{ "marker":"{marker}","n":1.50e0, "n" : 2 ,"filling":"{filling}"}}'
        return marker, text.encode()

    def _filling_bytes(self) -> int:
        is_heavy = self._random.randrange(100) < self.heavy_percent
        least = HEAVY_BYTES_MIN // 2 if is_heavy else 0
        return least + self._random.randrange(self._filling_bytes_max // 2)


class HeavyReporter(Reporter):
    """Reports incidents that are parsed and stored apart."""

    heavy_percent = 100


class BulkReporter(Reporter):
    """Reports some incidents in each request, a line each; each line counts as a report."""

    heavy_percent = 5

    async def ask_once(self) -> None:
        """Reports some lines."""
        made = [self._make() for _ in range(self._random.randint(1, _LINES_MAX))]
        body = b"".join([line + b"\n" for _, line in made])
        headers = json_headers(body) | {"Content-Type": "application/x-ndjson"}
        begun = [self._begin(Report(marker, headers, line)) for marker, line in made]
        told = bytearray()
        reply = await self._ask("/problems", headers, body, told.extend)
        if isinstance(reply, Reply) and not told:
            told.extend(reply.body)  # it did not come in chunks: nothing was stored
        *lines, _ = bytes(told).split(b"\n")  # the last one is not whole
        assert len(lines) <= len(begun), lines
        rest = _of_rest(reply, lines)
        for (key, report), line in zip_longest(begun, lines):
            outcome = rest if line is None else _of_line(line, report)
            self._end(key, report, outcome, (line or b"").decode() or str(reply)[:600])


class KeyedReporter(Reporter):
    """Reports incidents with an Idempotency-Key, again and again until it has an answer."""

    async def ask_once(self) -> None:
        """Reports one incident, which is stored then."""
        marker, body = self._make()
        headers = json_headers(body) | {"Idempotency-Key": marker}
        key, report = self._begin(Report(marker, headers, body))
        reply = await self._ask_again_and_again(headers, body)
        self._end(key, report, _of_report(reply, report), str(reply))

    async def _ask_again_and_again(self, headers: dict[str, str], body: bytes) -> Reply | Outcome:
        while True:
            reply = await self._ask("/problems", headers, body)
            gives_up = reply is Outcome.UNANSWERED and self._ended.is_set()
            if gives_up or not (reply is Outcome.UNANSWERED or _is_to_come_again(reply)):
                return reply
            await asyncio.sleep(_PAUSE_AFTER_NO_ANSWER_SECONDS)


class KeyedBulkReporter(KeyedReporter):
    """The same with some lines in each request."""

    heavy_percent = 5

    async def ask_once(self) -> None:
        """Reports some lines, which are stored then."""
        made = [self._make() for _ in range(self._random.randint(1, _LINES_MAX))]
        body = b"".join([line + b"\n" for _, line in made])
        more = {"Content-Type": "application/x-ndjson", "Idempotency-Key": made[0][0]}
        headers = json_headers(body) | more
        begun = [self._begin(Report(marker, headers, line)) for marker, line in made]
        reply = await self._ask_again_and_again(headers, body)
        told = reply.body.splitlines() if isinstance(reply, Reply) else []
        for (key, report), line in zip_longest(begun, told):
            missing = reply if isinstance(reply, Outcome) else Outcome.WRONG
            outcome = missing if line is None else _of_line(line, report)
            self._end(key, report, outcome, (line or b"").decode() or str(reply)[:600])


class Finder(Client):
    """Finds what was acknowledged, at once or long ago, on whatever server."""

    kind = "search"

    async def ask_once(self) -> None:
        """Finds one incident by example."""
        if not self._ledger.acknowledged:
            return
        newest = len(self._ledger.acknowledged) - 1
        report = self._ledger.acknowledged[
            self._random.choice([newest, self._random.randint(0, newest)])
        ]
        body = json.dumps({"marker": report.marker}).encode()
        key = self._ledger.begin()
        reply = await self._ask("/find", json_headers(body), body)
        self._ledger.end(key, self._server, self.kind, _of_search(reply, report), str(reply)[:600])


def _of_report(reply: Reply | Outcome, report: Report) -> Outcome:
    if isinstance(reply, Outcome):
        return reply
    if reply.status == _CREATED:
        return Outcome.STORED if reply.json == {"hash": report.hash} else Outcome.WRONG
    return _of_refusal(reply)


def _of_line(line: bytes, report: Report) -> Outcome:
    told = json.loads(line)
    if told == {"hash": report.hash}:
        return Outcome.STORED
    return Outcome.REFUSED if told.get("status") == _UNAVAILABLE else Outcome.WRONG


def _of_rest(reply: Reply | Outcome, lines: list[bytes]) -> Outcome:
    """What became of the lines that no line of the reply is about.

    What ends a request early is said in the last line: nothing behind that one was taken, whether
    the connection was cut then or not.
    """
    if lines and json.loads(lines[-1]).get("status") == _UNAVAILABLE:
        return Outcome.REFUSED
    if isinstance(reply, Outcome):
        return reply
    return _of_refusal(reply)


def _is_to_come_again(reply: Reply | Outcome) -> bool:
    return isinstance(reply, Reply) and reply.status in (_CONFLICT, _UNAVAILABLE)


def _of_search(reply: Reply | Outcome, report: Report) -> Outcome:
    if isinstance(reply, Outcome):
        return reply
    if reply.status == _OK:
        shown = reply.body.count(b'"body": ' + report.body + b', "headers": {')
        return Outcome.FOUND if shown == 1 else Outcome.MISSING
    return _of_refusal(reply)


def _of_refusal(reply: Reply) -> Outcome:
    refused = reply.status == _UNAVAILABLE and "retry-after" in reply.headers
    return Outcome.REFUSED if refused else Outcome.WRONG
