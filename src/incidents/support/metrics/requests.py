"""Counts requests, by the template of their route and never by their path."""

import re

from incidents.support.metrics.kinds import Counter, Histogram

OTHER = "other"
# The client left before there was an answer.
LEFT = "left"

ROUTES = (
    "/problems",
    "/problems/in/{name}",
    "/find",
    "/timeline",
    "/values",
    "/fields",
    "/tail",
    "/query",
    "/incidents/{id}",
    "/incidents/{id}/raw",
    "/groups",
    "/groups/{id}",
    "/groups/{id}/resolve",
    "/groups/{id}/reopen",
    "/groups/{id}/mute",
    "/groups/{id}/unmute",
    "/rejected",
    "/rejected/{id}",
    "/rejected/{id}/store",
    "/channels",
    "/channels/{name}",
    "/channels/{name}/test",
    "/notifications",
    "/queries",
    "/queries/{name}",
    "/notifications/{id}",
    "/notifications/{id}/retry",
    "/firing",
    "/rules",
    "/rules/try",
    "/rules/{name}",
    "/rules/{name}/history",
    "/mutes",
    "/mutes/{name}",
    "/mutes/{name}/history",
    "/api/{project}/envelope/",
    "/api/{project}/store/",
    "/v1/logs",
    "/gelf",
    "/healthz",
    "/readyz",
    "/metrics",
    "/retention",
    "/openapi.json",
    "/login",
    "/logout",
    "/",
    "/page/{name:path}",
    "/docs",
    "/docs/{name}",
    OTHER,
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", OTHER)
STATUSES = (
    *("200", "201", "202", "204", "304"),
    *("400", "401", "403", "404", "405", "408", "409", "413", "415", "421", "422", "424"),
    *("431", "500", "502", "503", LEFT, OTHER),
)

_WHOLE = frozenset(ROUTES)
_WITH_PLACES = [
    (re.compile(re.sub(r"\{\w+\}", "[^/]+", each).replace("{name:path}", ".+")), each)
    for each in ROUTES
    if "{" in each
]


def route_of(path: str) -> str:
    """The template of the route for a path; `other` if there is none."""
    if path in _WHOLE:
        return path
    return next((each for found, each in _WITH_PLACES if found.fullmatch(path)), OTHER)


class Requests:
    """Counts each request once: when its answer begins, or its client has left."""

    def __init__(self, answered: Counter, durations: Histogram) -> None:
        self._answered = answered
        self._durations = durations

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request that was answered so long after its headers had arrived."""
        self._durations.observe(seconds, route)
        self._count(route, method, str(int(status)))

    def left(self, route: str, method: str) -> None:
        """Counts a client that left before its answer began."""
        self._count(route, method, LEFT)

    def none(self, status: int) -> None:
        """Counts the answer to a malformed request, or to a connection beyond the limit."""
        self._count(OTHER, OTHER, str(int(status)))

    def _count(self, route: str, method: str, status: str) -> None:
        try:
            self._answered.add(1, route, method, status)
        except KeyError:
            self._answered.add(
                1,
                route,
                method if method in METHODS else OTHER,
                status if status in STATUSES else OTHER,
            )
