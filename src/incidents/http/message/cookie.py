"""The cookie with a login (RFC 6265): for the page, and not readable by scripts."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from falcon.asgi import Request, Response

from incidents.auth.login import Login, parse_login

NAME = "incidents_login"

_PREFIX = f"{NAME}=".encode()

# A browser may send several, one for each path and domain.
_LOOKED_AT_MAX = 8

_LONG_AGO = datetime.fromtimestamp(1, UTC)


def logins(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Login]:
    """The logins in a request's cookies; at most a few are checked."""
    for text in islice(_texts(headers), _LOOKED_AT_MAX):
        if login := parse_login(text):
            yield login


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    # HTTP/2 may split cookies into several headers (RFC 9113, section 8.2.3).
    for name, value in headers:
        if name == b"cookie" and _PREFIX in value:
            pairs = (each.strip() for each in value.split(b";"))
            yield from (
                each.removeprefix(_PREFIX).decode("latin-1")
                for each in pairs
                if each.startswith(_PREFIX)
            )


def give(req: Request, resp: Response, login: str, seconds: int) -> None:
    """Sets the cookie with the login, for this duration."""
    _set(req, resp, login, max_age=seconds)


def take_away(req: Request, resp: Response) -> None:
    """Deletes the cookie."""
    _set(req, resp, "", expires=_LONG_AGO)


def _set(req: Request, resp: Response, value: str, **ends: Any) -> None:
    # Without a path the browser uses that of the page, which is right behind a proxy with a path
    # prefix too.
    resp.set_cookie(NAME, value, secure=_is_secure(req), http_only=True, same_site="Strict", **ends)
    resp.set_header("Cache-Control", "no-store")


def _is_secure(req: Request) -> bool:
    """Whether the page came over TLS: to this server, or to the proxy named by its origin."""
    return req.scheme == "https" or (req.get_header("Origin") or "").startswith("https://")
