"""The application: the table of routes."""

import logging
from collections.abc import Callable
from typing import Any

from falcon.asgi import App, Request, Response
from falcon.constants import COMBINED_METHODS

from incidents.core.api_key import Scope
from incidents.core.errors import IncidentsError
from incidents.http.endpoints.api_description import Description
from incidents.http.endpoints.group_routes import group_routes
from incidents.http.endpoints.health import Health, Readiness
from incidents.http.endpoints.incidents import Incidents, RawReports
from incidents.http.endpoints.login import LoginResource, LogoutResource
from incidents.http.endpoints.metrics import MetricsResource
from incidents.http.endpoints.notifications.channels import (
    AllChannels,
    ChannelTests,
    OneChannel,
)
from incidents.http.endpoints.notifications.outbox import (
    Notifications,
    OneNotification,
    RetryNotification,
)
from incidents.http.endpoints.page import pages
from incidents.http.endpoints.rejected import OneRejected, RejectedReports, StoreRejected
from incidents.http.endpoints.reports import PATH, PATHS, Reports
from incidents.http.endpoints.retention import RetentionResource
from incidents.http.endpoints.rules.firing import Firing
from incidents.http.endpoints.rules.mutes import MuteHistory, Mutes, OneMute
from incidents.http.endpoints.rules.rules import OneRule, RuleHistory, Rules
from incidents.http.endpoints.rules.trial import TryRule
from incidents.http.endpoints.saved_queries import AllQueries, OneQuery
from incidents.http.endpoints.search.asked import Asked
from incidents.http.endpoints.search.csv_table import CsvTables
from incidents.http.endpoints.search.fields import FieldsResource
from incidents.http.endpoints.search.find import Find
from incidents.http.endpoints.search.query import QueryResource
from incidents.http.endpoints.search.tail import TailResource
from incidents.http.endpoints.search.timeline import TimelineResource
from incidents.http.endpoints.search.values import ValuesResource
from incidents.http.endpoints.signed_reports import PREFIX, TEMPLATE, SignedPlaces
from incidents.http.http1.exchange import Exchange
from incidents.http.http1.limits import SEND_SECONDS_MAX
from incidents.http.message import problem_details
from incidents.http.message.client import ASGI, Client, ClientLeft, Receive, Send, sender
from incidents.http.message.json_object import ObjectBodies
from incidents.http.message.problem_details import Problems
from incidents.http.middleware.authorizer import Authorizer, AuthorizerMiddleware, KeyOf
from incidents.http.middleware.browser import allow_origins
from incidents.http.middleware.rejections import Rejections
from incidents.http.middleware.request_metrics import CountedSend
from incidents.http.protocols.gelf import Gelf
from incidents.http.protocols.ndjson import Bulk
from incidents.http.protocols.otlp import OtlpLogs
from incidents.http.protocols.sentry import (
    ENVELOPE,
    STORE,
    SentryEnvelopes,
    SentryEvents,
    sentry_key,
)
from incidents.runtime import Runtime
from incidents.support.request_id import begin_request

_NO_RESOURCE_HAS = "TRACE"

# Paths that pages may use with sendBeacon, which always sends cookies: a login has no effect there.
_BEACONS = (*PATHS, "/v1/logs", "/gelf")

_COUNTS = (
    ("/timeline", TimelineResource),
    ("/values", ValuesResource),
    ("/fields", FieldsResource),
)

log = logging.getLogger(__name__)


class Application:
    """The ASGI application of one worker, and a shorter path for plain reports."""

    def __init__(self, asgi: ASGI, at_once: Callable[[Exchange], bool]) -> None:
        self._asgi = asgi
        self.at_once = at_once

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answers a request."""
        await self._asgi(scope, receive, send)


def create_app(runtime: Runtime) -> Application:
    """The application of one worker. The caller opens and closes its runtime."""
    authorizer = Authorizer(runtime.settings, runtime.keyring)
    app: App[Request, Response] = App(middleware=[AuthorizerMiddleware(authorizer)])
    app.req_options.keep_blank_qs_values = True
    app.req_options.auto_parse_qs_csv = False
    problems = Problems()
    problem_details.install(app, problems)

    def add_route(
        template: str,
        resource: object,
        *,
        needs: Scope | None,
        changes: Scope | None = None,
        waits_for_keys: bool = True,
        key_of: KeyOf | None = None,
    ) -> None:
        authorizer.protect(
            template, needs, changes=changes, waits_for_keys=waits_for_keys, key_of=key_of
        )
        app.add_route(template, resource)

    rejections = Rejections(runtime.settings, runtime.recorder)
    asked = Asked(runtime.parser, runtime.settings)
    tables = CsvTables(runtime.parser)
    find = Find(runtime.search, authorizer, runtime.settings, asked, tables)
    add_route("/find", find, needs=Scope.READ)
    for template, counts in _COUNTS:
        counting = counts(runtime.search, authorizer, runtime.settings, asked)
        add_route(template, counting, needs=Scope.READ)
    tail = TailResource(runtime.tail, authorizer, asked, runtime.settings)
    add_route("/tail", tail, needs=Scope.READ)
    add_route("/query", QueryResource(runtime.settings), needs=Scope.READ)
    add_route("/incidents/{id}", Incidents(runtime.search), needs=Scope.READ)
    add_route("/incidents/{id}/raw", RawReports(runtime.search), needs=Scope.READ)
    for template, (resource, scope) in group_routes(runtime, authorizer, asked).items():
        add_route(template, resource, needs=scope)
    table = runtime.recorder.table
    add_route("/rejected", RejectedReports(table, runtime.search), needs=Scope.READ)
    add_route("/rejected/{id}", OneRejected(table, runtime.search), needs=Scope.READ)
    storing = StoreRejected(table, runtime.intake, runtime.settings)
    add_route("/rejected/{id}/store", storing, needs=Scope.MANAGE)
    _add_what_is_managed(runtime, add_route)
    for template, takes in ((ENVELOPE, SentryEnvelopes), (STORE, SentryEvents)):
        taker = takes(runtime.intake, runtime.settings, rejections)
        add_route(template, taker, needs=Scope.REPORT, key_of=sentry_key)
    bulk = Bulk(runtime.intake, runtime.settings, problems, authorizer, rejections)
    logs = OtlpLogs(runtime.intake, runtime.settings, problems, bulk, rejections)
    add_route("/v1/logs", logs, needs=Scope.REPORT)
    gelf = Gelf(runtime.intake, runtime.settings, bulk, rejections)
    add_route("/gelf", gelf, needs=Scope.REPORT)
    add_route("/healthz", Health(), needs=None)
    add_route("/readyz", Readiness(runtime), needs=None)
    # An operator must see these while PostgreSQL is unavailable, too.
    add_route("/metrics", MetricsResource(runtime), needs=Scope.READ, waits_for_keys=False)
    add_route("/retention", RetentionResource(runtime.retention), needs=Scope.READ)
    add_route("/openapi.json", Description(), needs=None)
    add_route("/login", LoginResource(authorizer, runtime.settings), needs=None)
    add_route("/logout", LogoutResource(), needs=None)
    for template, page in pages().items():
        add_route(template, page, needs=None)
    authorizer.protect(PATH, Scope.REPORT)
    authorizer.protect(TEMPLATE, None)  # it authorizes by itself
    signed = SignedPlaces(authorizer, runtime.keyring, runtime.intake, runtime.settings)
    # At /problems.
    reports = Reports(runtime.intake, runtime.settings, problems, authorizer, signed, rejections)
    outermost = _outermost(app, reports, SEND_SECONDS_MAX)
    return Application(allow_origins(outermost, runtime.settings, _BEACONS), reports.at_once)


def _add_what_is_managed(runtime: Runtime, add_route: Callable[..., None]) -> None:
    _add_notifications(runtime, add_route)
    _add_rules(runtime, add_route)
    _add_saved_queries(runtime, add_route)


def _add_saved_queries(runtime: Runtime, add_route: Callable[..., None]) -> None:
    store = runtime.saved_queries
    add_route("/queries", AllQueries(store), needs=Scope.READ)
    one = OneQuery(store, ObjectBodies(runtime.settings))
    add_route("/queries/{name}", one, needs=Scope.READ, changes=Scope.MANAGE)


def _add_notifications(runtime: Runtime, add_route: Callable[..., None]) -> None:
    channels, outbox = runtime.channels, runtime.outbox
    add_route("/channels", AllChannels(channels), needs=Scope.READ)
    one = OneChannel(channels, ObjectBodies(runtime.settings))
    add_route("/channels/{name}", one, needs=Scope.READ, changes=Scope.MANAGE)
    tests = ChannelTests(channels, runtime.senders)
    add_route("/channels/{name}/test", tests, needs=Scope.MANAGE)
    add_route("/notifications", Notifications(outbox), needs=Scope.READ)
    add_route("/notifications/{id}", OneNotification(outbox), needs=Scope.READ)
    add_route("/notifications/{id}/retry", RetryNotification(outbox), needs=Scope.MANAGE)


def _add_rules(runtime: Runtime, add_route: Callable[..., None]) -> None:
    table, bodies = runtime.rules, ObjectBodies(runtime.settings)
    add_route("/firing", Firing(table), needs=Scope.READ)
    add_route("/rules", Rules(table), needs=Scope.READ)
    add_route("/rules/try", TryRule(table, runtime.trials, bodies), needs=Scope.READ)
    one = OneRule(table, bodies)
    add_route("/rules/{name}", one, needs=Scope.READ, changes=Scope.MANAGE)
    add_route("/rules/{name}/history", RuleHistory(table), needs=Scope.READ)
    add_route("/mutes", Mutes(table), needs=Scope.READ)
    mute = OneMute(table, bodies)
    add_route("/mutes/{name}", mute, needs=Scope.READ, changes=Scope.MANAGE)
    add_route("/mutes/{name}/history", MuteHistory(table), needs=Scope.READ)


def _outermost(app: App[Request, Response], reports: Reports, seconds_max: float) -> ASGI:
    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["method"] not in COMBINED_METHODS:
            # Falcon answers 400 to a method that it does not know; this makes it 404 or 405, as for
            # others.
            scope["method"] = _NO_RESOURCE_HAS
        if scope["path"] in PATHS:
            scope["path"] = PATH
        client = Client(scope, receive)
        begin_request(client.headers.get(b"x-request-id"))
        counted = CountedSend(scope, client, sender(send, seconds_max, client))
        try:
            if scope["path"] == PATH or scope["path"].startswith(PREFIX):
                await reports.answer(scope, client, counted.send)
            else:
                await app(scope, client.begin, counted.send)
        except ClientLeft:
            log.debug("a client left before its answer was whole")
        except IncidentsError as error:
            # A part of the reply was sent. The connection is cut, so that the client notices.
            log.warning("an answer was cut short: %s", error)
            raise ConnectionAbortedError from error
        finally:
            counted.end()

    return application
