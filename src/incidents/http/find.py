"""POST /find and GET /find: incidents by example, or by hash."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime
from typing import Any

from falcon.asgi import Request, Response

from incidents.errors import BadParameter
from incidents.example import parse_example
from incidents.http.body import read_json_body
from incidents.http.client import Client
from incidents.http.rendering import JSON, NDJSON, PIECE_BYTES, render
from incidents.search.question import (
    Question,
    parse_cursor,
    parse_hash,
    parse_limit,
    parse_time,
)
from incidents.search.search import Search
from incidents.settings import Settings


class Find:
    """Answers questions, from their first match on."""

    def __init__(self, search: Search, settings: Settings) -> None:
        self._search = search
        self._settings = settings

    async def on_get(self, req: Request, resp: Response) -> None:
        """By hash: `h`."""
        hash_ = _parameter(req, "h")
        if hash_ is None:
            raise BadParameter("h", "the hash to find is missing: /find?h=HASH")
        with ExitStack() as stack:
            stack.enter_context(self._search.place())
            question = Question(hash=parse_hash(hash_), **_times(req))
            await self._reply(req, resp, question, stack)

    async def on_post(self, req: Request, resp: Response) -> None:
        """By example: the body."""
        with ExitStack() as stack:
            place = stack.enter_context(self._search.place())
            raw = await read_json_body(Client.of(req), place, self._settings)
            example = parse_example(raw, self._settings.nesting_levels_max)
            await self._reply(req, resp, Question(example=example, **_times(req)), stack)

    async def _reply(
        self, req: Request, resp: Response, question: Question, stack: ExitStack
    ) -> None:
        """Sends a short answer whole, and a long one as it is found.

        Errors before the first piece become statuses; `stack` is closed when all is sent.
        """
        after, limit = _parameter(req, "after"), _parameter(req, "limit")
        answer = self._search.answer(
            question,
            below=None if after is None else parse_cursor(after),
            limit=None if limit is None else parse_limit(limit, self._settings.page_incidents_max),
        )
        resp.content_type = _media_type(req)
        pieces = render(answer, in_lines=resp.content_type == NDJSON)
        client = Client.of(req)
        stack.callback(client.stop_watching)
        first = await client.while_there(_next(pieces)) or b""
        if len(first) < PIECE_BYTES:
            await pieces.aclose()
            resp.data = first
        else:
            stack.enter_context(self._search.stream_place())
            resp.stream = _stream(first, pieces, client, stack.pop_all())


def _media_type(req: Request) -> str:
    # Who names NDJSON means it, also beside */*.
    offered = [NDJSON, JSON] if NDJSON in req.accept.lower() else [JSON, NDJSON]
    return req.client_prefers(offered) or JSON


async def _stream(
    first: bytes, pieces: AsyncGenerator[bytes], client: Client, held: ExitStack
) -> AsyncGenerator[bytes]:
    with held:
        async with aclosing(pieces):
            yield first
            while piece := await client.while_there(_next(pieces)):
                yield piece


async def _next(pieces: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(pieces, None)


def _parameter(req: Request, name: str) -> str | None:
    values = req.get_param_as_list(name)
    if not values:
        return None
    if len(values) > 1:
        raise BadParameter(name, "it is given more than once; once is right")
    return values[0]


def _times(req: Request) -> dict[str, Any]:
    now = datetime.now(UTC)
    texts = {name: _parameter(req, name) for name in ("since", "until")}
    return {name: parse_time(name, text, now) for name, text in texts.items() if text is not None}
