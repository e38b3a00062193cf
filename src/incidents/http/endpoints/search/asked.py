"""Which incidents a request asks for: by a query line, by example, by hash, by time."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from falcon.asgi import Request

from incidents.core.errors import Overloaded
from incidents.core.example import parse_example
from incidents.core.query.hints import hints_of
from incidents.core.query.instant import instant_of
from incidents.core.query.normal_form import normal_form
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import EVERYTHING, Tree, all_of, at
from incidents.core.weight import LIGHT_BYTES_MAX, is_heavy
from incidents.db.condition import Condition
from incidents.http.message.body import check_json_type, read_body
from incidents.http.message.client import Client
from incidents.http.message.parameters import parameter, times
from incidents.search.counts.hints import Changed
from incidents.search.question import condition_of, parse_hash
from incidents.support.admission import Permit
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

# What says in a URL which incidents are meant. All of it must match.
ASKING = ("h", "q", "since", "until")


class Asked:
    """Reads what requests ask for; what is done with heavy examples is done with one at a time."""

    def __init__(self, parser: Parser, settings: Settings) -> None:
        self._parser = parser
        self._settings = settings
        self._turn = asyncio.Lock()

    def by_url(self, req: Request, example: Tree = EVERYTHING) -> Condition:
        """What the parameters ASKING of the URL say, and the example.

        Raises BadParameter and BadQuery.
        """
        return _condition(req, all_of([example, query_of(req, self._settings)]))

    def less_strict(self, req: Request, example: Tree) -> Iterator[Changed]:
        """The query line of the URL made less strict, beside the example: if it finds nothing."""
        for hint in hints_of(query_of(req, self._settings)):
            condition = _condition(req, all_of([example, hint.tree]))
            yield Changed(normal_form(hint.tree), condition, hint.reason)

    @asynccontextmanager
    async def by_body(self, req: Request, permit: Permit) -> AsyncGenerator[Condition]:
        """As `by_url`, with the example in the body. Raises what `in_body` does, too."""
        async with self.in_body(req, permit) as example:
            yield self.by_url(req, example)

    @asynccontextmanager
    async def in_body(self, req: Request, permit: Permit) -> AsyncGenerator[Tree]:
        """The example in the body, to look for it in the block; beside `q` there need not be one.

        Raises what `read_body` and `example` do, and UnsupportedType.
        """
        client = Client.of(req)
        has_query = parameter(req, "q") is not None
        if not has_query:
            check_json_type(client)
        raw = await read_body(client, permit, self._settings)
        if has_query and not raw.strip():
            yield EVERYTHING
            return
        check_json_type(client)
        async with self.example(raw) as example:
            yield example

    @asynccontextmanager
    async def example(self, raw: bytes) -> AsyncGenerator[Tree]:
        """The example that `raw` holds, to look for it in the block.

        Raises what `parse_example` does, and Overloaded when heavy ones before it take too long.
        """
        levels = self._settings.nesting_levels_max
        if len(raw) <= LIGHT_BYTES_MAX or not is_heavy(raw):
            yield parse_example(raw, levels)
            return
        deadline = asyncio.get_running_loop().time() + self._settings.database_wait_seconds
        example = await self._parser.call(deadline, parse_example, raw, levels)
        try:
            async with asyncio.timeout_at(deadline):
                await self._turn.acquire()
        except TimeoutError as error:
            raise Overloaded("too many finds have large examples: try again soon") from error
        try:
            yield example
        finally:
            self._turn.release()


def _condition(req: Request, tree: Tree) -> Condition:
    hash_ = parameter(req, "h")
    return condition_of(
        at(tree, instant_of(datetime.now(UTC))),
        hash_=None if hash_ is None else parse_hash(hash_),
        **times(req),
    )


def query_of(req: Request, settings: Settings) -> Tree:
    """The tree of the parameter `q`; EVERYTHING where it is not given. Raises BadQuery."""
    return parse_query(parameter(req, "q") or "", settings.nesting_levels_max)
