"""What pages of other origins may do with a server that their visitor's browser reaches: nothing.

A browser sends requests for any page and only hides the response from pages of another origin, but
it says where a request came from. With DNS rebinding (a name that suddenly resolves to another
address) a page can make the server its own origin; then the Host header reveals it.
"""

from collections.abc import Container, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from incidents.core.errors import ForeignPage, UnknownHost
from incidents.http.message.client import ASGI, Receive, Send
from incidents.support.settings import Settings

_SHOWN_CHARACTERS_MAX = 80
_ANY = "*"
_SHOWN_TO_PAGES = b"Location, Retry-After, WWW-Authenticate, X-Request-Id, X-Sentry-Rate-Limits"

Headers = Mapping[bytes, bytes]


class Pages:
    """Knows which pages may send requests: the server's own, and those of the setting's origins."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(origin.encode() for origin in settings.allowed_origins)

    def check(self, method: str, headers: Headers) -> None:
        """Returns unless a page sent it that may not. Raises ForeignPage."""
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        if (origin is None and site is None) or origin in self._allowed:
            return
        if site is None:
            own = (origin or b"").partition(b"://")[2] == headers.get(b"host")
        else:
            # Set by the browser itself (https://www.w3.org/TR/fetch-metadata/).
            own = site in (b"same-origin", b"none") or _is_link(method, headers)
        if not own:
            raise ForeignPage(
                f"a page of {_shown(origin or b'another site')} may not use this server; "
                "INCIDENTS_ALLOWED_ORIGINS names the origins that may"
            )


def check_same_origin(headers: Headers) -> None:
    """Returns if a page of this server sent the request. Raises ForeignPage.

    For requests that change something on behalf of a logged-in user.
    """
    origin, host = headers.get(b"origin"), headers.get(b"host")
    is_own = headers.get(b"sec-fetch-site") == b"same-origin"
    if not origin or not (is_own or origin.partition(b"://")[2] == host):
        raise ForeignPage(
            "a login changes something from the server's own page alone: the header Origin must "
            "be this server's. Send a key as `Authorization: Bearer KEY` otherwise"
        )


def _is_link(method: str, headers: Headers) -> bool:
    """Whether a link to an incident was followed: its page never sees the response."""
    return (
        method in ("GET", "HEAD")
        and headers.get(b"sec-fetch-mode") == b"navigate"
        and headers.get(b"sec-fetch-dest") == b"document"
    )


def is_preflight(headers: Headers) -> bool:
    """Whether it is a browser's CORS preflight."""
    return b"access-control-request-method" in headers


class Hosts:
    """Knows the names of the server that no attacker can use."""

    def __init__(self, settings: Settings) -> None:
        names = {name.lower().rstrip(".") for name in (settings.host, *settings.allowed_hosts)}
        self._names = names | {"localhost"}
        self._is_known = lru_cache(maxsize=256)(self._look_up)

    def check(self, host: bytes | None) -> None:
        """Returns if `host`, the header, is a name of the server. Raises UnknownHost.

        An IP address is always one: without a DNS lookup there is no rebinding. Without a header
        (HTTP/1.0) the client is not a browser.
        """
        if host is not None and not self._is_known(host):
            raise UnknownHost(
                f"{_shown(host)} is not a name of this server: use "
                "its address, add the name to INCIDENTS_ALLOWED_HOSTS, or create a key"
            )

    def _look_up(self, host: bytes) -> bool:
        name = _name(host.decode("latin-1"))
        return _ANY in self._names or (
            name in self._names or name.endswith(".localhost") or _is_address(name)
        )


def _name(host: str) -> str:
    """The host without its port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _shown(value: bytes) -> str:
    return ascii(value.decode("latin-1")[:_SHOWN_CHARACTERS_MAX])


def allow_origins(app: ASGI, settings: Settings, beacons: Container[str]) -> ASGI:
    """The application with CORS for the origins of the setting; unchanged without any.

    `beacons` are paths for sendBeacon, which always sends cookies: paths where a login has no
    effect. https://fetch.spec.whatwg.org/#http-cors-protocol
    """
    if not settings.allowed_origins:
        return app
    allowed = frozenset(origin.encode() for origin in settings.allowed_origins)

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers: Headers = dict(scope.get("headers", ()))
        origin = headers.get(b"origin")
        extra = [(b"vary", b"Origin")]
        if origin in allowed:
            extra += [
                (b"access-control-allow-origin", origin or b""),
                (b"access-control-expose-headers", _SHOWN_TO_PAGES),
            ]
            if scope["path"] in beacons:
                extra.append((b"access-control-allow-credentials", b"true"))
            if scope["method"] == "OPTIONS" and is_preflight(headers):
                await _answer_preflight(headers, extra, send)
                return

        async def send_with_headers(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                event["headers"] = [*event["headers"], *extra]
            await send(event)

        await app(scope, receive, send_with_headers)

    return application


async def _answer_preflight(asked: Headers, extra: list[tuple[bytes, bytes]], send: Send) -> None:
    """Allows an allowed page to send any header: all can be part of a report."""
    headers = [
        *extra,
        (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE"),
        (b"access-control-allow-headers", asked.get(b"access-control-request-headers", b"")),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
