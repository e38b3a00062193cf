"""GET /tail: matching incidents as they are committed, as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing

from falcon.asgi import Request, Response

from incidents.example import parse_example
from incidents.http.client import Client
from incidents.http.parameters import parameter
from incidents.settings import Settings
from incidents.tail.position import NAME, parse_position
from incidents.tail.tail import Subscription, Tail

EVENT_STREAM = "text/event-stream"

# What a browser waits before it comes back.
_RETRY_MS = 1000


class TailResource:
    """Tells those who listen."""

    def __init__(self, tail: Tail, settings: Settings) -> None:
        self._tail = tail
        self._settings = settings

    async def on_get(self, req: Request, resp: Response) -> None:
        """Answers when whatever is committed from now on will be told."""
        given = parameter(req, "example")
        raw = ("{}" if given is None else given).encode(errors="surrogatepass")
        left = req.get_header(NAME)
        with ExitStack() as stack:
            place = stack.enter_context(self._tail.place())
            place.grow(len(raw))
            example = parse_example(raw, self._settings.nesting_levels_max)
            position = None if left is None else parse_position(left)
            client = Client.of(req)
            stack.callback(client.stop_watching)
            subscription = await client.while_there(self._tail.listen(example, position))
            stack.callback(subscription.close)
            resp.stream = _stream(subscription, client, stack.pop_all())
        resp.content_type = EVENT_STREAM
        resp.cache_control = ["no-store"]
        resp.set_header("X-Accel-Buffering", "no")  # nginx would hold events back


async def _stream(
    subscription: Subscription, client: Client, held: ExitStack
) -> AsyncGenerator[bytes]:
    with held:
        yield f"retry: {_RETRY_MS}\n".encode()
        async with aclosing(subscription.pieces()) as pieces:
            while (piece := await client.while_there(_next(pieces))) is not None:
                yield piece


async def _next(pieces: AsyncGenerator[bytes]) -> bytes | None:
    return await anext(pieces, None)
