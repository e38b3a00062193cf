"""POST /problems with NDJSON: many reports in one request, one in each line.

Reading and replying happen at the same time, with a limited number of lines between them: a client
that does not read its reply is not read from.
"""

import asyncio
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import AbstractContextManager, aclosing
from typing import Any

from incidents.core.errors import (
    Closing,
    IncidentsError,
    NoLineTaken,
    Overloaded,
    TooLarge,
    Unavailable,
)
from incidents.core.incident import Body
from incidents.core.report.body import read_line
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.http.message.body import read_pieces
from incidents.http.message.client import Client
from incidents.http.message.problem_details import Problems
from incidents.http.message.reply import Reply
from incidents.http.middleware.authorizer import Authorizer
from incidents.http.middleware.rejections import Rejections
from incidents.http.protocols.ndjson_lines import Lines, Put, elements
from incidents.http.protocols.ndjson_reply import LinesReply
from incidents.ingest.bulk_window import BulkWindow, Line
from incidents.ingest.idempotency_key import RequestKey
from incidents.ingest.pending_write import PendingWrite
from incidents.ingest.service import Intake
from incidents.support.settings import Settings

# Lines, or bytes of them, that are read before others get their turn: reports, finds, and
# PostgreSQL's answer, which starts the next batch.
_TURN_LINES = 32
_TURN_BYTES = 16 * 1024
# Errors that are not of the reports: sent again they may be stored.
_ENDS = (Closing, Overloaded, Unavailable)


class Bulk:
    """Accepts reports line by line."""

    def __init__(
        self,
        intake: Intake,
        settings: Settings,
        problems: Problems,
        authorizer: Authorizer,
        rejections: Rejections,
    ) -> None:
        self._rejections = rejections
        self._authorizer = authorizer
        self._intake = intake
        self._settings = settings
        self._problems = problems

    async def take(
        self,
        client: Client,
        reply: Reply,
        headers: str,
        *,
        split: bool = False,
        atomic: bool = False,
    ) -> None:
        """Replies with a line for each line, in order, once its incident is on disk.

        `headers` is the text that each incident gets. With `split` each element of an array in a
        line is an incident, with a line of its own; with `atomic` all are stored or none. An error
        of the whole request is raised before the reply begins; CutShort if it comes later.
        """
        pieces = read_pieces(client, self._settings.body_seconds_max)
        with self._authorizer.watch(client), self._window(client, atomic=atomic) as window:
            async with aclosing(pieces):
                first = await anext(pieces, b"")
                put = Put(client, window, headers, split=split)
                await self._reply(reply, put, self._read(first, pieces, put))

    async def take_bodies(
        self, client: Client, reply: Reply, headers: str, bodies: list[Body], *, atomic: bool
    ) -> None:
        """The same for bodies that have arrived."""
        with self._authorizer.watch(client), self._window(client, atomic=atomic) as window:
            put = Put(client, window, headers, split=False)
            await self._reply(reply, put, self._put_all(put, bodies))

    async def store(
        self, client: Client, headers: str, bodies: Iterable[Body]
    ) -> list[IncidentsError]:
        """Returns when every body that can be stored is on disk; the errors of the others.

        Raises the error that ended it before the last one: Unavailable, Overloaded, Closing.
        """
        errors: list[IncidentsError] = []
        with self._authorizer.watch(client), self._intake.bulk_window(client.source) as window:
            put = Put(client, window, headers, split=False, is_held=False)
            task = asyncio.create_task(self._put_all(put, bodies))
            try:
                async for completed in window.completed():
                    self._keep(put, completed)
                    errors += [line.error for line in completed if line.error is not None]
            finally:
                task.cancel()
                await asyncio.wait([task])
            task.result()
        for error in errors:
            if isinstance(error, _ENDS):
                raise error
        return errors

    def _window(self, client: Client, *, atomic: bool) -> AbstractContextManager[BulkWindow]:
        key = RequestKey.of(client.headers, client.source)
        return self._intake.bulk_window(client.source, key, atomic=atomic)

    async def _reply(self, reply: Reply, put: Put, putting: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(putting)
        told = LinesReply(reply, self._problems)
        try:
            async for completed in put.window.completed():
                self._keep(put, completed)
                await told.tell(completed)
        finally:
            task.cancel()
            await asyncio.wait([task])
        task.result()
        await told.end(put.window.failure)

    async def _put_all(self, put: Put, bodies: Iterable[Body]) -> None:
        number = 0
        try:
            for number, body in enumerate(bodies, 1):
                if number % _TURN_LINES == 0:
                    await asyncio.sleep(0)  # others get their turn
                await self._put_body(put, number, body, len(body.text))
        except IncidentsError as error:
            put.window.refuse_rest(number, error)
        finally:
            put.window.end()

    async def _read(self, first: bytes, pieces: AsyncGenerator[bytes], put: Put) -> None:
        """Puts every line into the window; an early end of the body is reported in a last line."""
        lines = Lines(self._settings.body_bytes_max)
        done = 0
        first = first.removeprefix(BOM_UTF8)
        try:
            piece: bytes | None = first
            while piece is not None:
                taken = 0
                for text in lines.take(piece):
                    if done % _TURN_LINES == 0 or taken > _TURN_BYTES:
                        taken = 0
                        await asyncio.sleep(0)  # others get their turn
                    taken += len(text)
                    await self._put(put, done + 1, text)
                    done += 1
                await asyncio.sleep(0)  # a piece may have no line end
                piece = await anext(pieces, None)
                put.client.check()
            await self._put(put, done + 1, lines.rest())
        except IncidentsError as error:
            # Each refused line is stored as rejected, and so is the whole request on errors of the
            # window.
            if put.window.tells_failure and not isinstance(error, NoLineTaken):
                body, is_whole = put.client.body_so_far()
                part = f"{put.kind} {done + 1}"
                self._rejections.keep(put.client, error, body, is_whole=is_whole, part=part)
            put.window.refuse_rest(done + 1, error)
        finally:
            put.window.end()

    async def _put(self, put: Put, number: int, text: bytes) -> None:
        """Puts the line into the window once there is room; blank lines are skipped."""
        if not text or text.isspace():
            return
        limit = self._settings.body_bytes_max
        if len(text) > limit:
            error = TooLarge(f"the line is longer than {limit} bytes, the limit of a body")
            await put.line(self._refused(put, number, error, text))
            return
        body = read_line(text)
        for each in elements(body) if put.split else (body,):
            await self._put_body(put, number, each, len(text))

    async def _put_body(self, put: Put, number: int, body: Body, size: int) -> None:
        if size > LIGHT_BYTES_MAX and is_heavy(body.text.encode()):
            line = await self._heavy_line(put, number, body)
        else:
            line = self._line(put, number, body)
        await put.line(line)

    def _line(self, put: Put, number: int, body: Body) -> Line:
        try:
            report = self._intake.incident(put.headers, body)
        except IncidentsError as error:
            return self._refused(put, number, error, body.raw or body.text.encode())
        searched = report.body_for_search
        heavy = searched is not None and is_heavy(searched.encode())
        return put.window.line(number, report, is_heavy=heavy)

    async def _heavy_line(self, put: Put, number: int, body: Body) -> Line:
        """The same, parsed without blocking the event loop."""
        try:
            report = await self._intake.heavy_incident(put.headers, body)
        except Unavailable:
            raise  # an error of this line and all later ones
        except IncidentsError as error:
            return self._refused(put, number, error, body.raw or body.text.encode())
        return put.window.line(number, report, is_heavy=True)

    def _refused(self, put: Put, number: int, error: IncidentsError, text: bytes) -> Line:
        """A refused line, which is stored among the rejected reports."""
        self._rejections.keep(put.client, error, text, part=f"{put.kind} {number}")
        return put.window.line(number, error)

    def _keep(self, put: Put, completed: Iterable[Line]) -> None:
        """Stores what was refused outside of the window among the rejected reports."""
        for line in completed:
            if isinstance(line.outcome, PendingWrite) and line.error is not None:
                text = line.outcome.incident.body.encode()
                part = f"{put.kind} {line.number}"
                self._rejections.keep(put.client, line.error, text, part=part)
