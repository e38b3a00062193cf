"""POST /problems with NDJSON: many reports in one request, each line one.

Reading and replying go on at the same time, with a bounded number of lines between them: a
client that does not read its reply is not read from either.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from incidents.errors import IncidentsError, TooLarge, Unavailable
from incidents.http.body import read_pieces
from incidents.http.client import Client
from incidents.http.errors import Problems
from incidents.http.guard import Guard
from incidents.http.reply import Reply
from incidents.incident import make_incident
from incidents.intake.intake import Intake
from incidents.intake.lane import Lane, Line
from incidents.intake.ticket import Ticket
from incidents.settings import Settings
from incidents.weight import LIGHT_BYTES_MAX, is_heavy

NDJSON = "application/x-ndjson"

# So many lines, or bytes of them, are read before others get their turn: reports, finds, and
# PostgreSQL's answer, behind which the next batch waits.
_TURN_LINES = 32
_TURN_BYTES = 16 * 1024


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
                taken = 0
                for text in lines.take(piece):
                    if done % _TURN_LINES == 0 or taken > _TURN_BYTES:
                        taken = 0
                        await asyncio.sleep(0)  # others get their turn
                    taken += len(text)
                    await self._put(lane, done + 1, text, headers)
                    done += 1
                await asyncio.sleep(0)  # a piece can be without a line's end
                piece = await anext(pieces, None)
                client.check()
            await self._put(lane, done + 1, lines.rest(), headers)
        except IncidentsError as error:
            lane.refuse_rest(done + 1, error)
        finally:
            lane.end()

    async def _put(self, lane: Lane, number: int, text: bytes, headers: str) -> None:
        """Puts the line of that text into the lane, once there is room; not one that is blank."""
        if not text or text.isspace():
            return
        if LIGHT_BYTES_MAX < len(text) <= self._settings.body_bytes_max and is_heavy(text):
            line = await self._heavy_line(lane, number, text, headers)
        else:
            line = self._line(lane, number, text, headers)
        if lane.is_full(line):
            await lane.until_room(line)
        lane.put(line)

    def _line(self, lane: Lane, number: int, text: bytes, headers: str) -> Line:
        limit, levels = self._settings.body_bytes_max, self._settings.nesting_levels_max
        try:
            if len(text) > limit:
                raise TooLarge(f"the line is longer than {limit} bytes, the limit of a body")
            report = make_incident(headers, text, datetime.now(UTC), levels)
        except IncidentsError as error:
            return lane.line(number, error)
        searched = report.body_for_search
        heavy = searched is not None and is_heavy(searched.encode())
        return lane.line(number, report, is_heavy=heavy)

    async def _heavy_line(self, lane: Lane, number: int, text: bytes, headers: str) -> Line:
        """The same, parsed while the event loop goes on."""
        try:
            report = await self._intake.heavy_incident(headers, text)
        except Unavailable:
            raise  # of this line and all behind it
        except IncidentsError as error:
            return lane.line(number, error)
        return lane.line(number, report, is_heavy=True)

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
