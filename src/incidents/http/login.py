"""POST /login and POST /logout: the page's way to read with a key, and not to keep it."""

from typing import Any

from falcon.asgi import Request, Response

from incidents import json_text
from incidents.errors import BadParameter
from incidents.http import cookie
from incidents.http.body import read_json_body
from incidents.http.client import Client
from incidents.http.guard import Guard
from incidents.room import Room
from incidents.settings import Settings

# A key has less than a hundred characters.
_BODY_BYTES_MAX = 4096
_LEVELS_MAX = 2

# Logins in flight in a worker; more are answered 503. Each asks PostgreSQL for a key.
_LOGINS_MAX = 64


class LoginResource:
    """Gives whoever has a key that can read a cookie in its place."""

    def __init__(self, guard: Guard, settings: Settings) -> None:
        self._guard = guard
        self._settings = settings
        self._room = Room("logins", _LOGINS_MAX, _LOGINS_MAX * _BODY_BYTES_MAX)

    async def on_post(self, req: Request, resp: Response) -> None:
        """Takes `{"key": …}`. The key is looked up, and neither stored nor logged."""
        with self._room.place() as place:
            raw = await read_json_body(
                Client.of(req), place, self._settings, bytes_max=_BODY_BYTES_MAX
            )
            key = _key(json_text.parse(json_text.decode(raw), _LEVELS_MAX))
            login = await self._guard.log_in(req.scope, key)
        cookie.give(req, resp, login, self._settings.login_seconds_max)
        resp.status = 204


class LogoutResource:
    """Takes the cookie away."""

    async def on_post(self, req: Request, resp: Response) -> None:
        """Whoever asks, logged in or not."""
        cookie.take_away(req, resp)
        resp.status = 204


def _key(said: Any) -> bytes:
    key = said.get("key") if isinstance(said, dict) else None
    if not isinstance(key, str):
        raise BadParameter("key", 'the key to log in with is missing: {"key": "KEY"}')
    return key.strip().encode(errors="replace")
