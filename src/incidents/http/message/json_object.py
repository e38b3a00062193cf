"""A small JSON object as the body of a request: what a client sets up."""

from typing import Any

from incidents.core import json_text
from incidents.core.errors import BadParameter
from incidents.http.message.body import read_json_body
from incidents.http.message.client import Client
from incidents.support.admission import ConcurrencyLimit
from incidents.support.settings import Settings

BODY_BYTES_MAX = 64 * 1024
_LEVELS_MAX = 20
# Requests in flight in a worker that change what all users share; more are answered 503.
_CHANGES_MAX = 16


class ObjectBodies:
    """Reads bodies; all of a worker's share one limit."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limit = ConcurrencyLimit("changes", _CHANGES_MAX, _CHANGES_MAX * BODY_BYTES_MAX)

    async def read(self, client: Client) -> dict[str, Any]:
        """The object. Raises NotJSON, BadParameter, TooLarge, and what read_json_body does."""
        with self._limit.permit() as permit:
            raw = await read_json_body(client, permit, self._settings, bytes_max=BODY_BYTES_MAX)
        found = json_text.parse(json_text.decode(raw), _LEVELS_MAX)
        if not isinstance(found, dict):
            raise BadParameter("body", "it must be a JSON object")
        return found
