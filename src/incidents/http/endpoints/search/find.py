"""POST /find and GET /find: incidents by example, by query line, or by hash."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter, Overloaded
from incidents.core.fields import DEFAULT, parse_fields
from incidents.core.query.tree import EVERYTHING, Tree
from incidents.http.endpoints.search.asked import ASKING, Asked
from incidents.http.endpoints.search.csv_table import CSV, CsvTables
from incidents.http.endpoints.search.long_answers import LongAnswers
from incidents.http.endpoints.search.rendering import (
    JSON,
    NDJSON,
    Piece,
    render_page,
    render_stream,
)
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, parameter
from incidents.http.middleware.authorizer import Authorizer
from incidents.search.question import parse_cursor, parse_limit
from incidents.search.search import Search
from incidents.search.stream import PIECE_BYTES
from incidents.support.settings import Settings

_PARAMETERS = ("after", "fields", "limit", *ASKING)

# The largest `limit` of a page. Without a limit all matches are streamed.
PAGE_INCIDENTS_MAX = 100_000

# A response that is complete within this time is sent whole, with its length.
_TOGETHER_SECONDS = 0.2

_Next = asyncio.Future[Piece | None]


class Find:
    """Answers questions, from their first match on."""

    def __init__(
        self,
        search: Search,
        authorizer: Authorizer,
        settings: Settings,
        asked: Asked,
        tables: CsvTables,
    ) -> None:
        self._search = search
        self._authorizer = authorizer
        self._settings = settings
        self._asked = asked
        self._tables = tables
        self._long_answers = LongAnswers()

    async def on_get(self, req: Request, resp: Response) -> None:
        """By hash, or by a query line: `h`, `q`."""
        check_parameters(req, _PARAMETERS)
        if parameter(req, "h") is None and parameter(req, "q") is None:
            raise BadParameter("h", "a hash or a query is missing: /find?h=HASH or /find?q=QUERY")
        with ExitStack() as stack:
            stack.enter_context(self._search.permit(Client.of(req).source))
            await self._reply(req, resp, EVERYTHING, stack)

    async def on_post(self, req: Request, resp: Response) -> None:
        """By example: the body."""
        check_parameters(req, _PARAMETERS)
        with ExitStack() as stack:
            permit = stack.enter_context(self._search.permit(Client.of(req).source))
            async with self._asked.in_body(req, permit) as example:
                await self._reply(req, resp, example, stack)

    async def _reply(self, req: Request, resp: Response, example: Tree, stack: ExitStack) -> None:
        """Sends a short answer whole, and a long one as it is found.

        Errors before the first piece become statuses; `stack` is closed when all is sent.
        """
        media_type = _media_type(req)
        resp.content_type = media_type if media_type != CSV else f"{CSV}; charset=utf-8"
        pieces, waits = self._pieces(req, example, media_type)
        client = Client.of(req)
        stack.callback(client.stop_watching)
        stack.enter_context(self._authorizer.watch(client))

        async def begin_long() -> None:
            if not self._search.has_stream_permit(client.source):
                await self._long_answers.make_room()
            stack.enter_context(self._long_answers.sending(client))
            stack.enter_context(self._search.stream_permit(client.source))

        refusable = self._refusable(waits, client.source)
        first, more = await client.while_there(_first(pieces, refusable, begin_long))
        if more is None:
            resp.data = first
        else:
            resp.stream = self._stream(first, more, pieces, client, stack.pop_all())

    def _refusable(self, waits: Callable[[], bool], source: bytes | None) -> Callable[[], bool]:
        """A function: whether a slow response should not begin yet: it could not be refused then.

        It should not while it `waits` for PostgreSQL; or, without a permit for a long response,
        within the deadline of a page: a busy machine alone does not make a response long.
        """
        clock = asyncio.get_running_loop().time
        until = clock() + self._settings.search_deadline_seconds
        return lambda: waits() or (not self._search.has_stream_permit(source) and clock() < until)

    def _pieces(
        self, req: Request, example: Tree, media_type: str
    ) -> tuple[AsyncGenerator[Piece], Callable[[], bool]]:
        """The response, and a function: whether it waits for PostgreSQL now."""
        condition = self._asked.by_url(req, example)
        after, limit = parameter(req, "after"), parameter(req, "limit")
        below = None if after is None else parse_cursor(after)
        incidents_max = None if limit is None else parse_limit(limit, PAGE_INCIDENTS_MAX)
        if media_type == CSV:
            fields = parse_fields(parameter(req, "fields") or DEFAULT)
            stream = self._search.stream(condition, below=below)
            return self._tables.render(stream, fields, incidents_max), lambda: stream.waits
        if parameter(req, "fields") is not None:
            raise BadParameter("fields", "they are columns of CSV: send Accept: text/csv")
        in_lines = media_type == NDJSON
        if incidents_max is None:
            stream = self._search.stream(condition, below=below)
            return render_stream(stream, in_lines=in_lines), lambda: stream.waits
        page = self._search.page(condition, below=below, limit=incidents_max)
        hints = None
        if parameter(req, "q"):
            hints = self._search.hints(self._asked.less_strict(req, example))
        return render_page(page, hints, in_lines=in_lines), lambda: False

    async def _stream(
        self,
        first: bytes,
        next_: _Next,
        pieces: AsyncGenerator[Piece],
        client: Client,
        held: ExitStack,
    ) -> AsyncGenerator[bytes]:
        with held:
            async with aclosing(pieces):
                try:
                    yield first
                    while (piece := await client.while_there(next_)) is not None:
                        next_ = _next(pieces)
                        await client.while_there(self._authorizer.until_current())
                        yield piece.data
                finally:
                    await _end(next_)


def _media_type(req: Request) -> str:
    # Who names one of the others means it, also beside */*.
    accepted = req.accept.lower()
    named = [each for each in (NDJSON, CSV) if each in accepted]
    return req.client_prefers([*named, JSON]) or JSON


async def _first(
    pieces: AsyncGenerator[Piece],
    refusable: Callable[[], bool],
    begin_long: Callable[[], Awaitable[None]],
) -> tuple[bytes, _Next | None]:
    """A short response as a whole; of a long or slow one the beginning, and the next piece.

    A slow one does not begin while it is `refusable`. `begin_long` takes its permit, at once,
    because it might be gone a moment later. Raises Overloaded if there is none.
    """
    clock = asyncio.get_running_loop().time
    first, until = bytearray(), clock() + _TOGETHER_SECONDS
    piece = await anext(pieces, None)
    while piece is not None:
        first += piece.data
        if piece.is_last:
            await pieces.aclose()
            break
        next_ = _next(pieces)
        if len(first) >= PIECE_BYTES or await _is_slow(next_, until - clock(), refusable):
            try:
                await begin_long()
            except (Overloaded, asyncio.CancelledError):
                await _end(next_)
                raise
            return bytes(first), next_
        piece = await next_
    return bytes(first), None


def _next(pieces: AsyncGenerator[Piece]) -> _Next:
    return asyncio.ensure_future(anext(pieces, None))


async def _is_slow(next_: _Next, seconds: float, refusable: Callable[[], bool]) -> bool:
    """Whether it does not come within so many seconds, nor while it is `refusable`."""
    if await _comes(next_, seconds):
        return False
    while refusable():
        if await _comes(next_, _TOGETHER_SECONDS):
            return False
    return True


async def _comes(next_: _Next, seconds: float) -> bool:
    try:
        return bool((await asyncio.wait({next_}, timeout=max(0, seconds)))[0])
    except asyncio.CancelledError:
        await _end(next_)
        raise


async def _end(next_: _Next) -> None:
    next_.cancel()
    await asyncio.wait({next_})
