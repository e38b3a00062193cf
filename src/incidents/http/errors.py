"""Which error gives which status: this table, and nothing else.

Every error is a problem (RFC 9457). `message` repeats `detail` for clients of the original
system, which read that key.
"""

import json
import logging
import time
from http import HTTPStatus

import falcon
from falcon.asgi import App, Request, Response

from incidents import errors
from incidents.http.client import ClientLeft

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"

_STATUS: dict[type[errors.IncidentsError], HTTPStatus] = {
    errors.NotJSON: HTTPStatus.BAD_REQUEST,
    errors.BadExample: HTTPStatus.BAD_REQUEST,
    errors.BadParameter: HTTPStatus.BAD_REQUEST,
    errors.BadEncoding: HTTPStatus.BAD_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.CutOff: HTTPStatus.REQUEST_TIMEOUT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.UnsupportedEncoding: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.OverLimit: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Closing: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
}

# Statuses that Falcon raises itself; every other of its texts would say less than ours.
_DETAILS = {
    400: "the request line is not understood; /openapi.json lists paths and methods",
    404: "there is nothing at this path; /openapi.json lists what there is",
    405: "this path is not for that method; Allow lists those that it takes",
}


class _SentAway:
    """Logs that requests are sent away: how many, and why; once a second, however many."""

    def __init__(self) -> None:
        self._count = 0
        self._logged_at = -1.0

    def report(self, error: errors.IncidentsError) -> None:
        """One more was sent away."""
        self._count += 1
        if time.monotonic() - self._logged_at >= 1:
            log.warning("%d requests were answered 503, the last: %s", self._count, error)
            self._count = 0
            self._logged_at = time.monotonic()


def install(app: App[Request, Response], retry_after_seconds: int) -> None:
    """From now on every error of `app` is a problem."""
    sent_away = _SentAway()

    async def on_known(
        _: Request, resp: Response, error: errors.IncidentsError, __: dict[str, object]
    ) -> None:
        status = next(_STATUS[each] for each in type(error).__mro__ if each in _STATUS)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            sent_away.report(error)
            resp.set_header("Retry-After", str(retry_after_seconds))
        if isinstance(error, errors.UnsupportedEncoding):
            resp.set_header("Accept-Encoding", "gzip")
        _write(resp, status, _slug(type(error).__name__), _detail(error))

    async def on_falcon(
        _: Request, resp: Response, error: falcon.HTTPError, __: dict[str, object]
    ) -> None:
        for name, value in dict(error.headers or {}).items():
            resp.set_header(name, value)
        status = HTTPStatus(error.status_code)
        detail = _DETAILS.get(status, error.description or error.title or status.phrase)
        _write(resp, status, _slug(status.phrase), detail)

    async def on_unknown(
        req: Request, resp: Response, error: Exception, _: dict[str, object]
    ) -> None:
        log.error("%s %s: an unknown error", req.method, req.path, exc_info=error)
        _write(
            resp,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal",
            "the server met an error that it does not know; its log says more",
        )

    async def on_left(*_: object) -> None:
        """Whatever is answered now, nobody reads it."""

    # The last that fits is taken.
    app.add_error_handler(Exception, on_unknown)
    app.add_error_handler(falcon.HTTPError, on_falcon)
    app.add_error_handler(errors.IncidentsError, on_known)
    app.add_error_handler(ClientLeft, on_left)


def _detail(error: errors.IncidentsError) -> str:
    # What the driver says names hosts and roles: that is for the log.
    if isinstance(error, errors.StorageError) and not isinstance(error, errors.Refused):
        return "PostgreSQL is not available just now: try again soon"
    return error.detail


def _write(resp: Response, status: HTTPStatus, slug: str, detail: str) -> None:
    resp.status = status
    resp.content_type = PROBLEM
    resp.text = json.dumps(
        {
            "type": f"urn:incidents:problem:{slug}",
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
            "message": detail,
        }
    )


def _slug(name: str) -> str:
    """`NotJSON` as `not-json`, `Not Found` as `not-found`."""
    spaced = "".join(
        f" {each}" if each.isupper() and (before.islower() or before == " ") else each
        for before, each in zip(f" {name}", name, strict=False)
    )
    return "-".join(spaced.lower().split())
