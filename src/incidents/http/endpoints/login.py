"""POST /login and POST /logout: the page reads with a key without storing it."""

from typing import Any

from falcon.asgi import Request, Response

from incidents.core import json_text
from incidents.core.errors import BadParameter
from incidents.http.message import cookie
from incidents.http.message.body import read_json_body
from incidents.http.message.client import Client
from incidents.http.middleware.authorizer import Authorizer
from incidents.support.admission import ConcurrencyLimit
from incidents.support.settings import Settings

# Keys have less than a hundred characters.
_BODY_BYTES_MAX = 4096
_LEVELS_MAX = 2

# Logins in flight in a worker; more are answered 503. Each asks PostgreSQL for a key.
_LOGINS_MAX = 64


class LoginResource:
    """Exchanges a key that may read for a cookie."""

    def __init__(self, authorizer: Authorizer, settings: Settings) -> None:
        self._authorizer = authorizer
        self._settings = settings
        self._limit = ConcurrencyLimit("logins", _LOGINS_MAX, _LOGINS_MAX * _BODY_BYTES_MAX)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Takes `{"key": …}`. The key is checked, and neither stored nor logged."""
        with self._limit.permit() as permit:
            raw = await read_json_body(
                Client.of(req), permit, self._settings, bytes_max=_BODY_BYTES_MAX
            )
            key = _key(json_text.parse(json_text.decode(raw), _LEVELS_MAX))
            login = await self._authorizer.log_in(req.scope, key)
        cookie.give(req, resp, login, self._settings.login_seconds_max)
        resp.status = 204


class LogoutResource:
    """Deletes the cookie."""

    async def on_post(self, req: Request, resp: Response) -> None:
        """For anybody, logged in or not."""
        cookie.take_away(req, resp)
        resp.status = 204


def _key(said: Any) -> bytes:
    key = said.get("key") if isinstance(said, dict) else None
    if not isinstance(key, str):
        raise BadParameter("key", 'the key to log in with is missing: {"key": "KEY"}')
    return key.strip().encode(errors="replace")
