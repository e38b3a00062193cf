"""What a page from elsewhere may do with a server that its visitor's browser can reach: nothing.

A browser sends a request for any page that asks, keeps its answer from pages of another
origin, and says where it came from. By a name that its owner suddenly points at another address
(DNS rebinding) a page can make the server its own origin; then the name betrays it.
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
    """Knows which pages may ask: the server's own, and those of the origins in a setting."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(origin.encode() for origin in settings.allowed_origins)

    def check(self, method: str, headers: Headers) -> None:
        """Returns when no page asks, or one that may. Raises ForeignPage."""
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        if (origin is None and site is None) or origin in self._allowed:
            return
        if site is None:
            own = (origin or b"").partition(b"://")[2] == headers.get(b"host")
        else:
            # What the browser says itself (https://www.w3.org/TR/fetch-metadata/).
            own = site in (b"same-origin", b"none") or _is_link(method, headers)
        if not own:
            raise ForeignPage(
                f"a page of {_shown(origin or b'another site')} may not use this server; "
                "INCIDENTS_ALLOWED_ORIGINS names the origins that may"
            )


def check_same_origin(headers: Headers) -> None:
    """Returns when the browser says that a page of this server asks. Raises ForeignPage.

    For what changes something, in the name of who has logged in.
    """
    origin, host = headers.get(b"origin"), headers.get(b"host")
    is_own = headers.get(b"sec-fetch-site") == b"same-origin"
    if not origin or not (is_own or origin.partition(b"://")[2] == host):
        raise ForeignPage(
            "a login changes something from the server's own page alone: the header Origin must "
            "be this server's. Send a key as `Authorization: Bearer KEY` otherwise"
        )


def _is_link(method: str, headers: Headers) -> bool:
    """Somebody followed a link to an incident: the page that had it never sees the answer."""
    return (
        method in ("GET", "HEAD")
        and headers.get(b"sec-fetch-mode") == b"navigate"
        and headers.get(b"sec-fetch-dest") == b"document"
    )


def is_preflight(headers: Headers) -> bool:
    """Whether a browser asks, before it sends what a page wants it to."""
    return b"access-control-request-method" in headers


class Hosts:
    """Knows the names of the server that no stranger can have."""

    def __init__(self, settings: Settings) -> None:
        names = {name.lower().rstrip(".") for name in (settings.host, *settings.allowed_hosts)}
        self._names = names | {"localhost"}
        self._is_known = lru_cache(maxsize=256)(self._look_up)

    def check(self, host: bytes | None) -> None:
        """Returns when `host`, the header, has a name that is the server's. Raises UnknownHost.

        An IP address is one: no name was looked up, so none was pointed elsewhere. Without a header
        (HTTP/1.0) it is no browser that asks.
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
    """The application, with CORS for the origins of the setting; unchanged without any.

    `beacons` are the paths that sendBeacon may be used with, which always sends cookies: paths
    where a login is good for nothing.
    Source: https://fetch.spec.whatwg.org/#http-cors-protocol
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
    """Lets a page that may ask send what it asks to: any header can be part of a report."""
    headers = [
        *extra,
        (b"access-control-allow-methods", b"GET, HEAD, POST"),
        (b"access-control-allow-headers", asked.get(b"access-control-request-headers", b"")),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
