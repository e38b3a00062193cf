"""GET /tail: matching incidents as they are committed, as server-sent events."""

import json
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime

from falcon.asgi import Request, Response

from incidents.core.errors import KeyNeeded
from incidents.core.query.instant import instant_of
from incidents.core.query.tree import all_of, at
from incidents.db.stream.position import NAME, parse_position
from incidents.http.endpoints.search.asked import Asked, query_of
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, parameter
from incidents.http.middleware.authorizer import Authorizer
from incidents.live_tail.tail import Subscription, Tail
from incidents.support.settings import Settings

EVENT_STREAM = "text/event-stream"

# The time that a browser waits before it reconnects.
_RETRY_MS = 1000


class TailResource:
    """Sends events to listeners."""

    def __init__(
        self, tail: Tail, authorizer: Authorizer, asked: Asked, settings: Settings
    ) -> None:
        self._settings = settings
        self._tail = tail
        self._authorizer = authorizer
        self._asked = asked

    async def on_get(self, req: Request, resp: Response) -> None:
        """Answers when everything committed from now on will be sent."""
        check_parameters(req, ("example", "q"))
        tree = at(query_of(req, self._settings), instant_of(datetime.now(UTC)))
        given = parameter(req, "example")
        raw = ("{}" if given is None else given).encode(errors="surrogatepass")
        left = req.get_header(NAME)
        client = Client.of(req)
        with ExitStack() as stack:
            permit = stack.enter_context(self._tail.permit(client.source))
            stack.enter_context(self._authorizer.watch(client))
            permit.grow(len(raw))
            position = None if left is None else parse_position(left)
            stack.callback(client.stop_watching)
            async with self._asked.example(raw) as example:
                listening = self._tail.listen(all_of([example, tree]), position, client.source)
                subscription = await client.while_there(listening)
            stack.callback(subscription.close)
            resp.stream = self._stream(subscription, client, stack.pop_all())
        resp.content_type = EVENT_STREAM
        resp.cache_control = ["no-store"]
        resp.set_header("X-Accel-Buffering", "no")  # nginx would buffer the events

    async def _stream(
        self, subscription: Subscription, client: Client, held: ExitStack
    ) -> AsyncGenerator[bytes]:
        with held:
            yield f"retry: {_RETRY_MS}\n".encode()
            try:
                async with aclosing(subscription.pieces()) as pieces:
                    while (piece := await client.while_there(_next(pieces))) is not None:
                        await client.while_there(self._authorizer.until_current())
                        yield piece
            except KeyNeeded as error:
                yield _end(error)


async def _next(pieces: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(pieces, None)


def _end(error: KeyNeeded) -> bytes:
    """The last event, when the client may not receive more."""
    return f"event: end\ndata: {json.dumps({'reason': error.detail})}\n\n".encode()
