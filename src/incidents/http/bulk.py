"""POST /problems with NDJSON: many reports in one request, each line one.

Reading and replying go on at the same time, with a bounded number of lines between them: a
client that does not read its reply is not read from either.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from incidents.errors import IncidentsError, TooLarge
from incidents.http.body import read_pieces
from incidents.http.client import Client
from incidents.http.errors import Problems
from incidents.http.guard import Guard
from incidents.http.reply import Reply
from incidents.incident import Incident, make_incident
from incidents.intake.intake import Intake
from incidents.intake.lane import Lane, Line
from incidents.intake.ticket import Ticket
from incidents.settings import Settings

NDJSON = "application/x-ndjson"

# So many lines are read before others get their turn: reports, finds, and PostgreSQL's answer,
# behind which the next batch waits.
_TURN_LINES = 32


class Bulk:
    """Takes reports line by line."""

    def __init__(
        self, intake: Intake, settings: Settings, problems: Problems, guard: Guard
    ) -> None:
        self._guard = guard
        self._intake = intake
        self._settings = settings
        self._problems = problems

    async def take(self, client: Client, reply: Reply, headers: str) -> None:
        """Replies with a line for each line, in order; by then its incident is on disk.

        `headers` is the text that each incident gets. Raises what makes the whole request
        unfit, before the reply has begun.
        """
        pieces = read_pieces(client, self._settings.body_seconds_max)
        with self._guard.watch(client), self._intake.lane(client.source) as lane:
            async with aclosing(pieces):
                first = await anext(pieces, b"")
                reading = asyncio.create_task(self._read(client, first, pieces, lane, headers))
                try:
                    await reply.begin(200, NDJSON)
                    async for settled in lane.settled():
                        await reply.piece(b"".join([self._told(each) for each in settled]))
                finally:
                    reading.cancel()
                    await asyncio.wait([reading])
        reading.result()
        await reply.end()

    async def _read(
        self,
        client: Client,
        first: bytes,
        pieces: AsyncGenerator[bytes],
        lane: Lane,
        headers: str,
    ) -> None:
        """Puts every line into the lane; what ends the body early is said in a last line."""
        lines = _Lines(self._settings.body_bytes_max)
        done = 0
        try:
            piece: bytes | None = first
            while piece is not None:
                for text in lines.take(piece):
                    if done % _TURN_LINES == 0:
                        await asyncio.sleep(0)  # others get their turn
                    if (line := self._line(lane, done + 1, text, headers)) is not None:
                        if lane.is_full(line):
                            await lane.until_room(line)
                        lane.put(line)
                    done += 1
                await asyncio.sleep(0)  # a piece can be without a line's end
                piece = await anext(pieces, None)
                client.check()
            if (line := self._line(lane, done + 1, lines.rest(), headers)) is not None:
                await lane.until_room(line)
                lane.put(line)
        except IncidentsError as error:
            lane.refuse_rest(done + 1, error)
        finally:
            lane.end()

    def _line(self, lane: Lane, number: int, text: bytes, headers: str) -> Line | None:
        """The line of that text; None where it is blank."""
        limit = self._settings.body_bytes_max
        if not text or text.isspace():
            return None
        report: Incident | IncidentsError
        try:
            if len(text) > limit:
                raise TooLarge(f"the line is longer than {limit} bytes, the limit of a body")
            levels = self._settings.nesting_levels_max
            report = make_incident(headers, text, datetime.now(UTC), levels)
        except IncidentsError as error:
            report = error
        return lane.line(number, report)

    def _told(self, line: Line) -> bytes:
        outcome = line.outcome
        if isinstance(outcome, Ticket) and outcome.error is None:
            return b'{"hash": "%b"}\n' % outcome.incident.hash.hex().encode()
        assert line.error is not None
        problem = self._problems.of(line.error).to_object()
        return json.dumps({**problem, "line": line.number}).encode() + b"\n"


class _Lines:
    """Cuts pieces into lines; of one that is too long it keeps little more than the limit."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._begun = bytearray()

    def take(self, piece: bytes) -> list[bytes]:
        """The lines that this piece ends."""
        first, *lines = piece.split(b"\n")
        self._go_on(first)
        if not lines:
            return []
        first, begun = self.rest(), lines.pop()
        self._go_on(begun)
        return [first, *(line.removesuffix(b"\r") for line in lines)]

    def rest(self) -> bytes:
        """The line that has begun, and ends here."""
        line = bytes(self._begun)
        self._begun.clear()
        return line.removesuffix(b"\r")

    def _go_on(self, more: bytes) -> None:
        if len(self._begun) <= self._bytes_max:
            self._begun += more
