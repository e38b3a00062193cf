"""Who may ask for what: looked at before anything else of a request.

It needs the ASGI scope and its headers by name, and nothing in it waits but for keys that are not
current:

    if authorizer.must_wait(scope):
        await authorizer.wait()
    grant = authorizer.check(scope, dict(scope["headers"]))

An answer that may outlast the grant is given within `authorizer.watch`.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from time import time
from typing import Any

from falcon.asgi import Request, Response

from incidents.auth.keyring import Grant, Keyring
from incidents.auth.login import login_text
from incidents.core.api_key import Scope, hash_of, key_in
from incidents.core.errors import Forbidden, KeyNeeded, KeyTooNarrow
from incidents.http.message.address import Addresses
from incidents.http.message.client import Client
from incidents.http.message.cookie import logins
from incidents.http.message.problem_details import reason_of
from incidents.http.middleware.browser import Headers, Hosts, Pages, check_same_origin
from incidents.support.metrics.metrics import REFUSED
from incidents.support.settings import Settings
from incidents.support.source import begin_source

log = logging.getLogger(__name__)

# The key in a request (its ASGI scope), or None.
KeyOf = Callable[[Mapping[str, Any]], bytes | None]

# The scopes that a path accepts; None accepts everybody.
Takers = frozenset[Scope] | None

# Headers of AWS SNS and Twilio.
_SEND_WHEN_ASKED = frozenset({b"x-amz-sns-message-type", b"x-twilio-signature"})

# Methods that change nothing. (/find and /timeline have one scope for all methods.)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})

_ADMINS: Takers = Scope.ADMIN.takers
_READERS = Scope.READ.takers


class _TakersOfPaths:
    """The scopes that each path accepts; unlisted paths need `admin`."""

    def __init__(self) -> None:
        self._of_path: dict[str, Takers] = {}
        self._of_prefix: list[tuple[str, str, Takers]] = []

    def protect(self, template: str, takers: Takers) -> None:
        prefix, placeholder, rest = template.partition("{")
        if placeholder:
            self._of_prefix.append((prefix, rest.partition("}")[2], takers))
            # The longest matching template applies.
            self._of_prefix.sort(key=lambda each: len(each[1]), reverse=True)
        else:
            self._of_path[template] = takers

    def takers(self, path: str) -> Takers:
        try:
            return self._of_path[path]
        except KeyError:
            found = (
                takers
                for prefix, suffix, takers in self._of_prefix
                if path.startswith(prefix) and path.endswith(suffix)
            )
            return next(found, _ADMINS)


class Authorizer:
    """Knows which scope a path needs, and admits requests that have it."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._keyring = keyring
        self._pages = Pages(settings)
        self._hosts = Hosts(settings)
        self._addresses = Addresses(settings)
        self._login_seconds = settings.login_seconds_max
        self._behind_proxies = settings.auth == "keys" and bool(settings.trusted_proxies)
        self._of_reading, self._of_changing = _TakersOfPaths(), _TakersOfPaths()
        self._key_of_prefix: list[tuple[str, KeyOf]] = []
        self._at_once: set[str] = set()

    def protect(
        self,
        template: str,
        needs: Scope | None,
        *,
        changes: Scope | None = None,
        waits_for_keys: bool = True,
        key_of: KeyOf | None = None,
    ) -> None:
        """From now on paths of this template need that scope or a wider one; with None no key.

        Methods that change something need `changes`, if given. Unlisted paths need `admin`. A path
        that does not wait for keys uses the last known ones while PostgreSQL is unavailable.
        `key_of` finds the key of senders that send it elsewhere.
        """
        if not waits_for_keys:
            self._at_once.add(template)
        takers = None if needs is None else needs.takers
        self._of_reading.protect(template, takers)
        self._of_changing.protect(template, takers if changes is None else changes.takers)
        if key_of is not None:
            self._key_of_prefix.append((template.partition("{")[0], key_of))

    def must_wait(self, scope: Mapping[str, Any]) -> bool:
        """Whether `wait` must come before `check`: the cached keys are too old."""
        if self._keyring.is_current or self._takers_of(scope) is None:
            return False
        return not (self._keyring.was_read and scope["path"] in self._at_once)

    async def wait(self) -> None:
        """Returns when the keys are current. Raises as Keyring.wait_until_current does."""
        await self._keyring.wait_until_current()

    def needs_key(self, scope: Mapping[str, Any]) -> bool:
        """Whether the server requires a key."""
        return self._keyring.required and self._takers_of(scope) is not None

    def check(self, scope: Mapping[str, Any], headers: Headers) -> Grant | None:
        """Returns if the request is authorized, and its grant; None if no key is needed.

        `headers` are those of the scope by lower-case name. Raises ForeignPage, KeyNeeded,
        KeyTooNarrow and UnknownHost. Each is logged with the client's address, without the key.
        """
        try:
            return self._check(scope, headers)
        except Forbidden as error:
            self.report(scope, error)
            raise

    def check_page(self, scope: Mapping[str, Any], headers: Headers) -> None:
        """Returns unless a foreign page sent the request. Raises ForeignPage, logged too."""
        try:
            self._pages.check(scope["method"], headers)
        except Forbidden as error:
            self.report(scope, error)
            raise

    def watch(self, client: Client) -> AbstractContextManager[None]:
        """In this block the client is told when its grant is revoked or expires."""
        return self._keyring.watch(client.grant, client.revoke)

    async def until_current(self) -> None:
        """Returns when the keys are current, however long that takes."""
        await self._keyring.until_current()

    async def log_in(self, scope: Mapping[str, Any], key: bytes) -> str:
        """The text of a login for the holder of that key, which must permit reading.

        Raises KeyNeeded and KeyTooNarrow, which are logged too, and as `wait` does.
        """
        if not self._keyring.is_current:
            await self.wait()
        try:
            _checked(self._keyring.grant_of(key), _READERS)
        except Forbidden as error:
            self.report(scope, error)
            raise
        return login_text(hash_of(key), int(time()) + self._login_seconds)

    def report(self, scope: Mapping[str, Any], error: Forbidden) -> None:
        """Logs that a request was refused, with the client's address."""
        REFUSED.add(1, reason_of(error))
        log.warning("a request from %s was refused: %s", self._addresses.of(scope), error)

    def _check(self, scope: Mapping[str, Any], headers: Headers) -> Grant | None:
        self._pages.check(scope["method"], headers)
        takers = self._takers_of(scope)
        if takers is None:
            return None
        if self._keyring.required:
            authorization = headers.get(b"authorization")
            login = self._login_of(scope, headers, takers)
            return login or self._key_of(scope, authorization, takers)
        # Without a key the Host header must be checked.
        self._hosts.check(headers.get(b"host"))
        if self._behind_proxies:
            self._check_near(scope)
        return None

    def _takers_of(self, scope: Mapping[str, Any]) -> Takers:
        paths = self._of_reading if scope["method"] in _READING else self._of_changing
        return paths.takers(scope["path"])

    def _login_of(
        self, scope: Mapping[str, Any], headers: Headers, takers: frozenset[Scope]
    ) -> Grant | None:
        """The login that authorizes the request, if no key was sent.

        A request that changes something must come from the server's own page; otherwise it raises
        ForeignPage. (A browser behind a proxy with a password sends Basic credentials with
        everything.)
        """
        authorization = headers.get(b"authorization")
        if Scope.MANAGE not in takers or _is_bearer(authorization):
            return None
        now = time()
        known = (self._keyring.grant_of_login(each, now) for each in logins(scope["headers"]))
        found = [each for each in known if each]
        passes = next((each for each in found if each.scope in takers), None)
        if takers == _READERS:
            return passes
        if passes is not None:
            check_same_origin(headers)
        elif found and authorization is None:
            return _checked(found[0], takers)
        return passes

    def _key_of(
        self, scope: Mapping[str, Any], authorization: bytes | None, takers: frozenset[Scope]
    ) -> Grant:
        key = self._special_key(scope)
        if key is None and authorization is not None:
            key = key_in(authorization)
        if key is None:
            raise KeyNeeded(
                "A key is required. Send `Authorization: Bearer KEY`",
                as_password=_sends_password_when_asked(scope),
            )
        return _checked(self._keyring.grant_of(key), takers)

    def _special_key(self, scope: Mapping[str, Any]) -> bytes | None:
        path = scope["path"]
        found = (key_of for prefix, key_of in self._key_of_prefix if path.startswith(prefix))
        key_of = next(found, None)
        return key_of(scope) if key_of else None

    def _check_near(self, scope: Mapping[str, Any]) -> None:
        address = self._addresses.of(scope)
        if address is None or not address.is_loopback:
            raise KeyNeeded("No key exists yet, and without keys only this machine is answered")


def _sends_password_when_asked(scope: Mapping[str, Any]) -> bool:
    """Whether the sender only sends the password of its URL after a challenge.

    Others are not challenged: a browser would remember the password (docs/decisions/*-access.md).
    """
    return any(name in _SEND_WHEN_ASKED for name, _ in scope["headers"])


def _is_bearer(authorization: bytes | None) -> bool:
    return authorization is not None and authorization[:7].lower() == b"bearer "


def _checked(found: Grant | None, takers: frozenset[Scope]) -> Grant:
    if found is None:
        raise KeyNeeded("Invalid or revoked key. Send `Authorization: Bearer KEY`")
    if found.scope not in takers:
        right = [each for each in Scope if each in takers]
        raise KeyTooNarrow(
            right[0],
            f"this key has the scope {found.scope}; this path needs {' or '.join(right)}",
        )
    return found


class AuthorizerMiddleware:
    """Falcon's middleware: authorizes before a route is chosen."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    async def process_request(self, req: Request, resp: Response) -> None:
        """Raises as `Authorizer.check` does."""
        if self._authorizer.must_wait(req.scope):
            await self._authorizer.wait()
        if self._authorizer.needs_key(req.scope):
            # After a logout nothing can be read from a cache.
            resp.set_header("Cache-Control", "no-store")
        client = Client.of(req)
        client.grant = self._authorizer.check(req.scope, client.headers)
        begin_source(client.source)
