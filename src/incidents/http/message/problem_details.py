"""The table of errors and their statuses.

Every error response is a problem (RFC 9457). `message` repeats `detail` for clients of the original
system, which read that key.
"""

import json
import logging
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

import falcon
from falcon.asgi import App, Request, Response

from incidents.core import errors
from incidents.core.api_key import masked
from incidents.http.http1.head import Headers
from incidents.http.message.client import ClientLeft
from incidents.http.message.coding import TAKEN
from incidents.http.message.reply import Answer
from incidents.support.metrics.metrics import REFUSALS, REQUESTS
from incidents.support.request_id import begin_request, request_id

log = logging.getLogger(__name__)

# The Retry-After of a 503: capacity is back within a commit or two.
_RETRY_AFTER_SECONDS = "1"

PROBLEM = "application/problem+json"

_STATUS: dict[type[errors.IncidentsError], HTTPStatus] = {
    errors.NotJSON: HTTPStatus.BAD_REQUEST,
    errors.NotProtobuf: HTTPStatus.BAD_REQUEST,
    errors.NoLineTaken: HTTPStatus.BAD_REQUEST,
    errors.BadExample: HTTPStatus.BAD_REQUEST,
    errors.BadParameter: HTTPStatus.BAD_REQUEST,
    errors.BadEncoding: HTTPStatus.BAD_REQUEST,
    errors.KeyNeeded: HTTPStatus.UNAUTHORIZED,
    errors.KeyTooNarrow: HTTPStatus.FORBIDDEN,
    errors.ForeignPage: HTTPStatus.FORBIDDEN,
    errors.UnknownHost: HTTPStatus.MISDIRECTED_REQUEST,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.CutOff: HTTPStatus.REQUEST_TIMEOUT,
    errors.InFlight: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.HeadersTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    errors.UnsupportedType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.UnsupportedEncoding: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NothingKept: HTTPStatus.CONFLICT,
    errors.ReceiverFailed: HTTPStatus.BAD_GATEWAY,
    errors.OverLimit: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.KeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.OtherLineRefused: HTTPStatus.FAILED_DEPENDENCY,
    errors.Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Closing: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
}

# Details for statuses that Falcon raises itself; its own texts say less.
_DETAILS = {
    400: "the request line is not understood; /openapi.json lists paths and methods",
    404: "there is nothing at this path; /openapi.json lists what there is",
    405: str(errors.MethodNotAllowed(())),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What a client is told of an error."""

    status: HTTPStatus
    slug: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)

    def to_object(self) -> dict[str, Any]:
        """Its JSON object (RFC 9457). Keys that were sent by mistake are masked."""
        detail = masked(self.detail)
        return {
            "type": f"urn:incidents:problem:{self.slug}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": detail,
            "message": detail,
            "request_id": request_id(),
            **self.members,
        }

    def to_headers(self) -> list[tuple[str, str]]:
        """Its headers, with the request id."""
        return [*self.headers.items(), ("X-Request-Id", request_id() or "")]

    def named_headers(self) -> Headers:
        """The same as ASGI headers."""
        return [(name.lower().encode(), value.encode()) for name, value in self.to_headers()]

    def to_answer(self) -> Answer:
        """The whole response."""
        body = json.dumps(self.to_object()).encode()
        return self.status, [*self.named_headers(), (b"content-type", PROBLEM.encode())], body


class Problems:
    """Turns errors into problems, and logs what an operator must know."""

    def of(self, error: Exception) -> Problem:
        """The problem of any error; an unknown error is logged."""
        if isinstance(error, errors.IncidentsError):
            return self._of_known(error)
        if isinstance(error, falcon.HTTPError):
            status = HTTPStatus(error.status_code)
            detail = _DETAILS.get(status, error.description or error.title or status.phrase)
            return Problem(status, _slug(status.phrase), detail, dict(error.headers or {}))
        log.error("an unknown error", exc_info=error)
        detail = "the server met an unknown error; its log says more"
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)

    def _of_known(self, error: errors.IncidentsError) -> Problem:
        status = status_of(error)
        headers = {}
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            log.warning("a request was answered 503: %s", error)
            headers["Retry-After"] = _RETRY_AFTER_SECONDS
        if status == HTTPStatus.CONFLICT:
            headers["Retry-After"] = _RETRY_AFTER_SECONDS
        if isinstance(error, errors.UnsupportedEncoding):
            headers["Accept-Encoding"] = TAKEN
        if isinstance(error, errors.MethodNotAllowed):
            headers["Allow"] = ", ".join(error.allowed)
        if challenge := _challenge(error):
            headers["WWW-Authenticate"] = challenge
        members = _members_of(error)
        return Problem(status, _slug(type(error).__name__), detail_of(error), headers, members)


def _members_of(error: errors.IncidentsError) -> dict[str, Any]:
    """What programs are told beside the text: where in the request it is wrong."""
    if isinstance(error, errors.BadQuery):
        known = {"suggestion": error.suggestion} if error.suggestion is not None else {}
        return {"position": error.position, **known}
    return {"parameter": error.name} if isinstance(error, errors.BadParameter) else {}


def status_of(error: errors.IncidentsError) -> HTTPStatus:
    """The status of the error."""
    kind = type(error)
    known = _STATUS.get(kind)
    return known or next(_STATUS[each] for each in kind.__mro__ if each in _STATUS)


def reason_of(error: errors.IncidentsError) -> str:
    """Its name in the metrics."""
    return _reason_of(type(error).__name__)


@cache
def _reason_of(name: str) -> str:
    slug = _slug(name)
    return slug if slug in REFUSALS else "other"


def detail_of(error: errors.IncidentsError) -> str:
    """What clients are told of it."""
    return error.shown if isinstance(error, errors.StorageError) else error.detail


def refusal(status: HTTPStatus, why: str) -> Answer:
    """The response to a malformed request, or to one connection too many."""
    begin_request(None)
    REQUESTS.none(status)
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return Problem(status, _slug(status.phrase), why, headers).to_answer()


def install(app: App[Request, Response], problems: Problems) -> None:
    """From now on every error of `app` is answered as a problem."""

    async def on_error(_: Request, resp: Response, error: Exception, __: dict[str, object]) -> None:
        problem = problems.of(error)
        resp.status = problem.status
        resp.set_headers(problem.to_headers())
        resp.content_type = PROBLEM
        resp.text = json.dumps(problem.to_object())

    async def on_left(_: Request, __: Response, error: Exception, ___: dict[str, object]) -> None:
        """Sends nothing: a client that only closed its side would take it for the response."""
        raise error

    # Falcon uses the last handler that matches.
    app.add_error_handler(Exception, on_error)
    app.add_error_handler(falcon.HTTPError, on_error)
    app.add_error_handler(ClientLeft, on_left)


def _challenge(error: errors.IncidentsError) -> str | None:
    """What a client must send (RFC 6750, section 3; RFC 7617): the same for every unknown key."""
    if isinstance(error, errors.KeyNeeded):
        return f'{"Basic" if error.as_password else "Bearer"} realm="incidents"'
    if isinstance(error, errors.KeyTooNarrow):
        return f'Bearer realm="incidents", error="insufficient_scope", scope="{error.scope}"'
    return None


def _slug(name: str) -> str:
    """`NotJSON` as `not-json`, `Not Found` as `not-found`."""
    spaced = "".join(
        f" {each}" if each.isupper() and (before.islower() or before == " ") else each
        for before, each in zip(f" {name}", name, strict=False)
    )
    return "-".join(spaced.lower().split())
