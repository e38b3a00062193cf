"""POST /problems: a report comes in, or many in one request.

This path speaks plain ASGI: a framework's share of a report would be larger than any other.
"""

import json
from datetime import UTC, datetime
from typing import Any

from incidents.errors import HeadersTooLarge, MethodNotAllowed
from incidents.fingerprint import canonical
from incidents.http.body import is_in_lines, read_json_body
from incidents.http.bulk import Bulk
from incidents.http.client import Client, ClientLeft, Send
from incidents.http.errors import PROBLEM, Problems
from incidents.http.guard import Guard
from incidents.http.reply import Reply
from incidents.incident import make_incident, stored_headers
from incidents.intake.intake import Intake
from incidents.settings import Settings

PATH = "/problems"

METHODS = ("POST", "OPTIONS")


class Reports:
    """Takes reports."""

    def __init__(
        self, intake: Intake, settings: Settings, problems: Problems, guard: Guard
    ) -> None:
        self._guard = guard
        self._intake = intake
        self._settings = settings
        self._problems = problems
        self._bulk = Bulk(intake, settings, problems)
        self._redacted = frozenset(name.lower().encode() for name in settings.redacted_headers)

    async def answer(self, scope: dict[str, Any], client: Client, send: Send) -> None:
        """Answers the request of that scope (ASGI), whatever its method and its fault."""
        reply = Reply(send)
        try:
            await self._take(scope, client, reply)
        except ClientLeft:
            raise
        except Exception as error:
            if reply.begun:
                raise  # the connection is cut, so that its client can tell
            problem = self._problems.of(error)
            await client.discard_rest(
                self._settings.refused_bytes_max, self._settings.refused_seconds_max
            )
            body = json.dumps(problem.to_object()).encode()
            await reply.whole(problem.status, PROBLEM, body, problem.headers)

    async def _take(self, scope: dict[str, Any], client: Client, reply: Reply) -> None:
        if self._guard.must_wait(scope):
            await self._guard.wait()
        self._guard.check(scope)
        if scope["method"] == "OPTIONS":
            await reply.whole(200, "text/plain", b"", {"Allow": ", ".join(METHODS)})
        elif scope["method"] != "POST":
            raise MethodNotAllowed(METHODS)
        elif is_in_lines(client):
            _check_size(scope["headers"], self._settings.header_bytes_max)
            await self._bulk.take(client, reply, self._headers(scope))
        else:
            await self._take_one(scope, client, reply)

    async def _take_one(self, scope: dict[str, Any], client: Client, reply: Reply) -> None:
        """Answers when the incident is on disk."""
        with self._intake.place() as place:
            raw = await read_json_body(client, place, self._settings)
            place.grow(_check_size(scope["headers"], self._settings.header_bytes_max))
            incident = make_incident(
                self._headers(scope), raw, datetime.now(UTC), self._settings.nesting_levels_max
            )
            id_ = await self._intake.store(incident)
        await reply.whole(
            201,
            "application/json",
            b'{"hash": "%s"}' % incident.hash.hex().encode(),
            {"Location": f"/incidents/{id_}"},
        )

    def _headers(self, scope: dict[str, Any]) -> str:
        return canonical(stored_headers(scope["headers"], self._redacted))


def _check_size(headers: list[tuple[bytes, bytes]], limit: int) -> int:
    size = sum([len(name) + len(value) for name, value in headers])
    if size > limit:
        raise HeadersTooLarge(f"the headers have {size} bytes; at most {limit} are taken")
    return size
