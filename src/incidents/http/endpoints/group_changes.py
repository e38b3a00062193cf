"""POST /groups/{id}/resolve, reopen, mute, unmute: says something of a group."""

import json
from datetime import UTC, datetime
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.duration import parse_duration
from incidents.core.errors import BadExample, BadParameter
from incidents.core.grouping.state import Action
from incidents.groups.states import GroupStates
from incidents.http.endpoints.groups import group_key, not_there, written_change
from incidents.http.message.body import read_body
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters
from incidents.search.question import parse_time
from incidents.search.search import Search
from incidents.support.settings import Settings

# Longer reasons belong into an incident.
REASON_CHARACTERS_MAX = 1000
_BODY_BYTES_MAX = 8 * 1024


class GroupChange:
    """Does one thing to a group. The body may say why, and for a mute how long."""

    def __init__(
        self, action: Action, search: Search, states: GroupStates, settings: Settings
    ) -> None:
        self._action = action
        self._search = search
        self._states = states
        self._settings = settings

    async def on_post(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """Answers when it is on disk, with the state of the group."""
        check_parameters(req, ())
        key = group_key(id)
        client = Client.of(req)
        with self._search.permit(client.source) as permit:
            said = _object(await read_body(client, permit, self._settings))
            until, reason = self._read(said)
            if not await self._states.is_there(key):
                raise not_there(id)
        standing = await self._states.change(
            key, self._action, by=client.key_name, until=until, reason=reason
        )
        assert standing.change is not None
        resp.content_type = "application/json"
        shown = {"id": id, "state": standing.state, "change": written_change(standing.change)}
        resp.text = json.dumps(shown, ensure_ascii=False)

    def _read(self, said: dict[str, Any]) -> tuple[datetime | None, str | None]:
        known = ("reason", "until") if self._action is Action.MUTE else ("reason",)
        for name in said:
            if name not in known:
                raise BadParameter(name[:40], f"unknown; known are: {', '.join(known)}")
        reason = said.get("reason")
        if reason is not None and not _is_reason(reason):
            raise BadParameter(
                "reason", f"it is a text of at most {REASON_CHARACTERS_MAX:,} characters"
            )
        return _until(said.get("until")), reason


def _object(raw: bytes) -> dict[str, Any]:
    """The members of the body; none if it is empty."""
    if not raw.strip():
        return {}
    try:
        said = json.loads(raw[:_BODY_BYTES_MAX])
    except (ValueError, RecursionError) as error:
        raise BadExample(f"the body is not JSON: {error}") from error
    if not isinstance(said, dict):
        raise BadExample('the body is an object such as {"reason": "fixed in 1.2"}, or empty')
    return said


def _is_reason(value: object) -> bool:
    return isinstance(value, str) and len(value) <= REASON_CHARACTERS_MAX and value.isprintable()


def _until(value: object) -> datetime | None:
    """The end of a mute; a duration counts from now."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadParameter("until", "it is a text: a time, or a duration from now such as 2h or 7d")
    now = datetime.now(UTC)
    try:
        duration = parse_duration(value)
        until = parse_time("until", value, now) if duration is None else now + duration
    except OverflowError:
        until = now
    if until <= now:
        raise BadParameter("until", f"it is a time to come, not {value[:40]!r}")
    return until
