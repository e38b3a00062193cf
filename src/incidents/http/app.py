"""The table of routes."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from falcon.asgi import App, Request, Response
from falcon.constants import COMBINED_METHODS

from incidents.errors import IncidentsError
from incidents.http import errors
from incidents.http.client import Client, ClientLeft, Receive, Send, sender
from incidents.http.description import Description
from incidents.http.errors import Problems
from incidents.http.find import Find
from incidents.http.health import Health, Readiness
from incidents.http.incidents import Incidents
from incidents.http.reports import PATH, Reports
from incidents.runtime import Runtime

_NO_RESOURCE_HAS = "TRACE"

log = logging.getLogger(__name__)

ASGI = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def create_app(runtime: Runtime) -> ASGI:
    """The ASGI application of one worker; it opens the runtime, and closes it."""
    app: App[Request, Response] = App(middleware=_Lifespan(runtime))
    app.req_options.keep_blank_qs_values = True
    app.req_options.auto_parse_qs_csv = False
    problems = Problems(runtime.settings.retry_after_seconds)
    errors.install(app, problems)

    app.add_route("/find", Find(runtime.search, runtime.settings))
    app.add_route("/incidents/{id}", Incidents(runtime.search))
    app.add_route("/healthz", Health())
    app.add_route("/readyz", Readiness(runtime))
    app.add_route("/openapi.json", Description())
    reports = Reports(runtime.intake, runtime.settings, problems)  # at /problems
    return _outermost(app, reports, runtime.settings.send_seconds_max)


class _Lifespan:
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def process_startup(self, scope: Mapping[str, Any], event: Mapping[str, Any]) -> None:  # noqa: ARG002
        await self._runtime.open()

    async def process_shutdown(self, scope: Mapping[str, Any], event: Mapping[str, Any]) -> None:  # noqa: ARG002
        await self._runtime.close()


def _outermost(app: App[Request, Response], reports: Reports, seconds_max: float) -> ASGI:
    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope.get("method", _NO_RESOURCE_HAS) not in COMBINED_METHODS:
            # Falcon knows no such method, and would say 400; so it is 404 or 405, as for others.
            scope["method"] = _NO_RESOURCE_HAS
        client = Client(scope, receive)
        try:
            if scope.get("path") == PATH:
                await reports.answer(scope, client, sender(send, seconds_max))
            else:
                await app(scope, client.receive, sender(send, seconds_max))
        except ClientLeft:
            log.debug("a client left before its answer was whole")
        except IncidentsError as error:
            # Part of the answer is sent. Its connection is cut, so that its client can tell.
            log.warning("an answer was cut short: %s", error)
            raise

    return application
