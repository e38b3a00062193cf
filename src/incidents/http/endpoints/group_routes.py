"""Where groups are, and what one needs for it."""

from incidents.core.api_key import Scope
from incidents.core.grouping.state import Action
from incidents.http.endpoints.group_changes import GroupChange
from incidents.http.endpoints.groups import Groups, OneGroup
from incidents.http.endpoints.search.asked import Asked
from incidents.http.middleware.authorizer import Authorizer
from incidents.runtime import Runtime


def group_routes(
    runtime: Runtime, authorizer: Authorizer, asked: Asked
) -> dict[str, tuple[object, Scope]]:
    """By path template what answers there, and the scope that it needs."""
    search, groups, states = runtime.search, runtime.groups, runtime.group_states
    routes: dict[str, tuple[object, Scope]] = {
        "/groups": (Groups(search, groups, states, authorizer, asked), Scope.READ),
        "/groups/{id}": (OneGroup(search, groups, states), Scope.READ),
    }
    for action in Action:
        change = GroupChange(action, search, states, runtime.settings)
        routes[f"/groups/{{id}}/{action}"] = change, Scope.MANAGE
    return routes
