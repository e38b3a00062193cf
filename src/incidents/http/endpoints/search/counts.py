"""What /timeline, /values and /fields have in common: matches are counted within a time."""

from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter, BadQuery
from incidents.core.query.fields import parse_path
from incidents.core.query.tree import Path
from incidents.db.condition import Condition
from incidents.http.endpoints.search.asked import ASKING, Asked
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, parameter, whole_number
from incidents.http.middleware.authorizer import Authorizer
from incidents.search.search import Search
from incidents.support.settings import Settings

T = TypeVar("T")

# Time to count matches before an estimate is returned: the page feels immediate.
COUNT_SECONDS = 0.2


class CountResource(ABC):
    """Counts what a request asks for."""

    # Those of its own, beside what says which incidents are meant.
    parameters: ClassVar[Sequence[str]]

    def __init__(
        self, search: Search, authorizer: Authorizer, settings: Settings, asked: Asked
    ) -> None:
        self._search = search
        self._authorizer = authorizer
        self._settings = settings
        self._asked = asked

    async def on_get(self, req: Request, resp: Response) -> None:
        """Of what the URL asks for."""
        check_parameters(req, (*self.parameters, "seconds", *ASKING))
        with self._search.permit(Client.of(req).source):
            await self._reply(req, resp, self._asked.by_url(req))

    async def on_post(self, req: Request, resp: Response) -> None:
        """Of what matches the example in the body, too."""
        check_parameters(req, (*self.parameters, "seconds", *ASKING))
        with self._search.permit(Client.of(req).source) as permit:
            async with self._asked.by_body(req, permit) as condition:
                await self._reply(req, resp, condition)

    @abstractmethod
    def count(self, req: Request, condition: Condition, seconds: float) -> Coroutine[Any, Any, str]:
        """The reply, as JSON. Raises BadParameter, StorageError."""

    async def _reply(self, req: Request, resp: Response, condition: Condition) -> None:
        longest = int(self._settings.search_deadline_seconds)
        seconds = whole_number(req, "seconds", default=0, at_most=max(1, longest))
        counting = self.count(req, condition, seconds or COUNT_SECONDS)
        client = Client.of(req)
        try:
            with self._authorizer.watch(client):
                resp.text = await client.while_there(counting)
        finally:
            client.stop_watching()
        resp.content_type = "application/json"


def path_of(req: Request, name: str) -> Path | None:
    """The path that a parameter has, as in a query line. Raises BadParameter."""
    text = parameter(req, name)
    if text is None:
        return None
    try:
        return parse_path(text)
    except BadQuery as error:
        raise BadParameter(name, error.reason) from error


def error_of(*, is_estimate: bool, error: int) -> dict[str, object]:
    """The members of a reply that say how exact it is."""
    return {"estimate": True, "error": error} if is_estimate else {"estimate": False}


def written(time: datetime) -> str:
    """A time as replies have it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
