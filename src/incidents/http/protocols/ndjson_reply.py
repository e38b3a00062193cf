"""The reply to lines, and its status, which most senders look at and at nothing else."""

import json
import logging
from collections.abc import Iterable
from http import HTTPStatus

from incidents.core.errors import CutOff, IncidentsError, KeyReused, NoLineTaken, NotJSON
from incidents.http.http1.exchange import CutShort
from incidents.http.message.problem_details import Problems
from incidents.http.message.reply import Reply
from incidents.ingest.bulk_window import Line
from incidents.ingest.pending_write import PendingWrite

NDJSON = "application/x-ndjson"

log = logging.getLogger(__name__)


class LinesReply:
    """Tells a line for each line. The status is sent with the first that was stored, or at the end.

    200 says that lines were stored. Without any, it is the status of what ended the request, or 400
    where each line was refused for itself, and 422 where each is of a key that is in use.
    """

    def __init__(self, reply: Reply, problems: Problems) -> None:
        self._reply = reply
        self._problems = problems
        self._held = bytearray()
        self._is_reused = True

    async def tell(self, lines: Iterable[Line]) -> None:
        """Tells what became of these lines, which follow those that were told before."""
        begins = False
        for line in lines:
            self._held += self.told(line)
            begins = begins or line.error is None
            self._is_reused = self._is_reused and isinstance(line.error, KeyReused)
        if begins and not self._reply.begun:
            await self._reply.begin(HTTPStatus.OK, NDJSON)
        if self._reply.begun:
            await self._reply.piece(bytes(self._held))
            self._held.clear()

    async def end(self, failure: IncidentsError | None) -> None:
        """Nothing follows; `failure` is what ended the request before its end.

        Raises CutShort when the reply had begun by then: no client takes it for a whole one. Raises
        NotJSON when there was no line at all.
        """
        if self._reply.begun:
            if failure is not None:
                level = logging.DEBUG if isinstance(failure, CutOff) else logging.WARNING
                log.log(level, "the reply to lines was cut short: %s", failure)
                raise CutShort from failure
            await self._reply.end()
            return
        if not self._held:
            raise NotJSON("the body is empty: send a JSON text a line, for example {}")
        problem = self._problems.of(failure or self._of_all())
        headers = [*problem.named_headers(), (b"content-type", NDJSON.encode())]
        await self._reply.whole(problem.status, headers, bytes(self._held))

    def _of_all(self) -> IncidentsError:
        why = "no line could be taken"
        return KeyReused(why) if self._is_reused else NoLineTaken(why)

    def told(self, line: Line) -> bytes:
        """The line of the reply."""
        outcome = line.outcome
        if isinstance(outcome, PendingWrite) and outcome.error is None:
            return b'{"hash": "%b"}\n' % outcome.incident.hash.hex().encode()
        assert line.error is not None
        problem = self._problems.of(line.error).to_object()
        return json.dumps({**problem, "line": line.number}).encode() + b"\n"
