"""GET and POST /groups, GET /groups/{id}: what is wrong, not only what came."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from falcon.asgi import Request, Response

from incidents.core.errors import BadParameter, NotFound
from incidents.core.grouping.keys import id_of_key, key_of_id
from incidents.core.grouping.state import Change, State
from incidents.core.incident import rfc3339
from incidents.db.condition import Condition
from incidents.groups.states import GroupStates, Standing
from incidents.http.endpoints.search.asked import ASKING, Asked
from incidents.http.message.client import Client
from incidents.http.message.parameters import check_parameters, parameter, whole_number
from incidents.http.middleware.authorizer import Authorizer
from incidents.search.group_counts import GroupsAsked, Sort
from incidents.search.group_search import GroupSearch, ShownGroup, ShownGroups
from incidents.search.groups import parse_cursor, write_cursor
from incidents.search.search import Search

_PARAMETERS = (*ASKING, "sort", "state", "limit", "after", "bins")
_LIMIT = 50
LIMIT_MAX = 1000
_BINS = 24
BINS_MAX = 100


class Groups:
    """Lists groups of what matches."""

    def __init__(
        self,
        search: Search,
        groups: GroupSearch,
        states: GroupStates,
        authorizer: Authorizer,
        asked: Asked,
    ) -> None:
        self._search = search
        self._groups = groups
        self._states = states
        self._authorizer = authorizer
        self._asked = asked

    async def on_get(self, req: Request, resp: Response) -> None:
        """Of what the URL asks for."""
        check_parameters(req, _PARAMETERS)
        with self._search.permit(Client.of(req).source):
            await self._reply(req, resp, self._asked.by_url(req))

    async def on_post(self, req: Request, resp: Response) -> None:
        """Of what matches the example in the body, too."""
        check_parameters(req, _PARAMETERS)
        with self._search.permit(Client.of(req).source) as permit:
            async with self._asked.by_body(req, permit) as condition:
                await self._reply(req, resp, condition)

    async def _reply(self, req: Request, resp: Response, condition: Condition) -> None:
        sort = _one_of(req, "sort", list(Sort)) or Sort.LAST
        states = _states(req)
        after = parameter(req, "after")
        cursor = None if after is None else parse_cursor(after, sort)
        limit = whole_number(req, "limit", default=_LIMIT, at_most=LIMIT_MAX)
        bins = whole_number(req, "bins", default=_BINS, at_most=BINS_MAX)
        asked = GroupsAsked(condition, (), sort, limit)
        if states:
            asked = _in_states(asked, states, await self._states.of())
        client = Client.of(req)
        try:
            with self._authorizer.watch(client):
                page = await client.while_there(self._groups.page(asked, cursor, bins))
        finally:
            client.stop_watching()
        standing = await self._states.of([each.key for each in page.groups])
        resp.content_type = "application/json"
        resp.text = _written(page, standing, sort)


class OneGroup:
    """Shows a group, with what people said of it."""

    def __init__(self, search: Search, groups: GroupSearch, states: GroupStates) -> None:
        self._search = search
        self._groups = groups
        self._states = states

    async def on_get(self, req: Request, resp: Response, id: str) -> None:  # noqa: A002
        """All of it that is stored."""
        check_parameters(req, ("bins",))
        key = group_key(id)
        bins = whole_number(req, "bins", default=_BINS, at_most=BINS_MAX)
        with self._search.permit(Client.of(req).source):
            asked = GroupsAsked(Condition(), (), Sort.LAST, 1, only=(key,))
            page = await self._groups.page(asked, None, bins)
        if not page.groups:
            raise not_there(id)
        standing = await self._states.of([key])
        shown = _group(page.groups[0], standing.get(key))
        shown |= {"since": rfc3339(page.since), "until": rfc3339(page.until)}
        shown["history"] = [written_change(each) for each in await self._states.history(key)]
        resp.content_type = "application/json"
        resp.text = json.dumps(shown, ensure_ascii=False)

    on_head = on_get


def group_key(text: str) -> int:
    """The key of the id in a path. Raises NotFound if no group can have it."""
    key = key_of_id(text)
    if key is None:
        raise not_there(text)
    return key


def not_there(text: str) -> NotFound:
    """No incident that is stored is in that group."""
    return NotFound(
        f"there is no group {text[:40]}: an id is 16 hexadecimal digits, as /groups shows it, and "
        "a group is there as long as one of its incidents is"
    )


def written_change(change: Change) -> dict[str, Any]:
    """A change as JSON."""
    return {
        "action": change.action,
        "at": rfc3339(change.at),
        "until": None if change.until is None else rfc3339(change.until),
        "by": change.by,
        "reason": change.reason,
    }


def _written(page: ShownGroups, standing: Mapping[int, Standing], sort: Sort) -> str:
    groups = [_group(each, standing.get(each.key)) for each in page.groups]
    return json.dumps(
        {
            "groups": groups,
            "since": rfc3339(page.since),
            "until": rfc3339(page.until),
            "complete": page.complete,
            "next": None if page.next is None else write_cursor(page.next, sort),
        },
        ensure_ascii=False,
    )


def _group(group: ShownGroup, standing: Standing | None) -> dict[str, Any]:
    change = None if standing is None else standing.change
    return {
        "id": id_of_key(group.key),
        "title": group.heading.title,
        "service": group.heading.service or None,
        "level": group.heading.level or None,
        "count": group.count,
        "first": {"id": group.first.id, "received_at": rfc3339(group.first.received_at)},
        "last": {"id": group.last.id, "received_at": rfc3339(group.last.received_at)},
        "state": State.OPEN if standing is None else standing.state,
        "change": None if change is None else written_change(change),
        "histogram": group.histogram,
    }


def _states(req: Request) -> Collection[State]:
    """The states that are asked for; none if all are."""
    text = parameter(req, "state")
    if text is None:
        return ()
    names = text.split(",")
    unknown = [name for name in names if name not in list(State)]
    if unknown:
        raise BadParameter(
            "state", f"it is one or more of {', '.join(State)}, not {unknown[0][:40]!r}"
        )
    return {State(name) for name in names}


def _in_states(
    asked: GroupsAsked, states: Collection[State], standing: Mapping[int, Standing]
) -> GroupsAsked:
    """Those that nobody changed are open, and need not be named."""
    if State.OPEN in states:
        without = [key for key, each in standing.items() if each.state not in states]
        return replace(asked, without=without)
    return replace(asked, only=[key for key, each in standing.items() if each.state in states])


def _one_of(req: Request, name: str, values: Sequence[Sort]) -> Sort | None:
    text = parameter(req, name)
    if text is None:
        return None
    if text not in values:
        raise BadParameter(name, f"it is one of {', '.join(values)}, not {text[:40]!r}")
    return Sort(text)
