"""The reply to lines. Most senders only look at its status."""

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
    """Writes a line for each line. The status is sent with the first stored one, or at the end.

    200 means that lines were stored. Otherwise it is the status of the error that ended the
    request; or 400 if each line was refused, and 422 if each has a key that is in use.
    """

    def __init__(self, reply: Reply, problems: Problems) -> None:
        self._reply = reply
        self._problems = problems
        self._held = bytearray()
        self._is_reused = True

    async def tell(self, lines: Iterable[Line]) -> None:
        """Writes the outcome of the next lines."""
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
        """Ends the reply; `failure` is the error that ended the request early.

        Raises CutShort if the reply had begun, so that no client takes it for complete. Raises
        NotJSON if there was no line.
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
