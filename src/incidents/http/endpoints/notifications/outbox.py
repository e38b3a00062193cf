"""GET /notifications, GET /notifications/{id}, POST /notifications/{id}/retry."""

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter, NotFound
from incidents.http.message.parameters import check_parameters, id_of, parameter, whole_number
from incidents.notifications.outbox import STATES, Outbox, StoredNotification

_LIMIT = 50
_LIMIT_MAX = 100
_PARAMETERS = ("state", "channel", "rule", "limit", "after")


class Notifications:
    """Lists the outbox, the newest first."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def on_get(self, req: Request, resp: Response) -> None:
        """A page of them: those with the state, channel and rule that are asked for."""
        check_parameters(req, _PARAMETERS)
        limit = whole_number(req, "limit", default=_LIMIT, at_most=_LIMIT_MAX)
        found = await self._outbox.page(
            limit + 1,
            _after(req),
            _state(req),
            parameter(req, "channel"),
            parameter(req, "rule"),
        )
        page = found[:limit]
        next_ = str(page[-1].id) if len(found) > limit else None
        resp.media = {"notifications": [each.to_object() for each in page], "next": next_}

    on_head = on_get


class OneNotification:
    """Shows one."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """The one with that id."""
        check_parameters(req, ())
        number = id_of("notification", id)
        resp.media = _found(number, await self._outbox.one(number)).to_object()

    on_head = on_get


class RetryNotification:
    """Sends one again that was not sent."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def on_post(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """Answers when it is due, with its state. One that was sent stays as it is."""
        check_parameters(req, ())
        number = id_of("notification", id)
        resp.media = _found(number, await self._outbox.retry(number)).to_object()


def _found(number: int, found: StoredNotification | None) -> StoredNotification:
    if found is None:
        raise NotFound(
            f"there is no notification {number}: GET /notifications lists those that there are"
        )
    return found


def _state(req: Request) -> str | None:
    text = parameter(req, "state")
    if text is not None and text not in STATES:
        raise BadParameter("state", f"it is one of {', '.join(STATES)}")
    return text


def _after(req: Request) -> int | None:
    text = parameter(req, "after")
    if text is None:
        return None
    try:
        return id_of("notification", text)
    except NotFound as error:
        raise BadParameter("after", "it is the `next` of the page before") from error
