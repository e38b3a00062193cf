"""All metrics. docs/reference/metrics.md says what each is good for."""

from incidents import __version__
from incidents.support.metrics.kinds import Counter, Gauge, Histogram
from incidents.support.metrics.requests import METHODS, ROUTES, STATUSES, Requests

# Single reports, bulk lines, and the heavy ones of both have queues and writers of their own.
QUEUES = ("single", "bulk", "heavy")
# The names of the limits of requests in flight; for some, bytes are counted too.
LIMITED = (
    *("reports", "heavy reports", "bulk requests", "searches", "long answers", "listeners"),
    "changes",
    "unverified reports",
    "requests waiting for keys",
)
LIMITED_BYTES = ("reports", "heavy reports", "searches")
# What waits while PostgreSQL is unavailable.
WAITERS = ("reports", "searches", "listeners")

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAIT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_INCIDENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536)
_STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)

REQUESTS = Requests(
    Counter(
        "incidents_http_requests_total",
        "Requests by route template; the status is that of the response, or `left`.",
        route=ROUTES,
        method=METHODS,
        status=STATUSES,
    ),
    Histogram(
        "incidents_http_request_duration_seconds",
        "Time from a request's headers to the first byte of its response.",
        _SECONDS,
        route=ROUTES,
    ),
)

# The item types of Sentry's SDKs. Only events are stored.
SENTRY_TYPES = (
    *("event", "transaction", "session", "sessions", "client_report", "attachment", "check_in"),
    *("span", "log", "trace_metric", "profile", "profile_chunk", "replay_event", "other"),
)
SENTRY_ITEMS = Counter(
    "incidents_sentry_items_total",
    "Items of Sentry envelopes; only events are stored.",
    type=SENTRY_TYPES,
)
OTLP_RECORDS = Counter(
    "incidents_otlp_records_total",
    "OpenTelemetry log records: stored as an incident, or refused.",
    outcome=("stored", "refused"),
)
SIGNATURES = Counter(
    "incidents_signatures_total",
    "Requests to `/problems/in/NAME`, by the result of the signature check.",
    scheme=("github", "stripe", "slack", "standard-webhooks"),
    outcome=("valid", "invalid", "missing"),
)
STORED = Counter("incidents_stored_total", "Incidents committed and flushed to disk.", queue=QUEUES)
IDEMPOTENT_REPLAYS = Counter(
    "incidents_idempotent_replays_total",
    "Incidents reported again with the same Idempotency-Key, and not stored again.",
)
IDEMPOTENCY_KEYS_DELETED = Counter(
    "incidents_idempotency_keys_deleted_total",
    "Idempotency-Keys deleted: `expired`, or `too many` were stored.",
    reason=("expired", "too many"),
)
REPORTS_FAILED = Counter(
    "incidents_reports_failed_total",
    "Accepted reports that were not stored: PostgreSQL refused them, was unavailable, or the "
    "server stopped.",
    reason=("refused", "unavailable", "closing"),
)
# The reasons of refusals; a test compares them with the errors that have such a status.
REFUSALS = (
    *("not-json", "not-protobuf", "no-line-taken", "bad-example", "bad-parameter", "bad-encoding"),
    *("too-large", "nothing-kept", "in-flight", "key-reused", "other-line-refused", "over-limit"),
    "refused",
    *("unsupported-type", "unsupported-encoding"),
    *("key-needed", "key-too-narrow", "foreign-page", "other"),
)
REFUSED = Counter(
    "incidents_reports_refused_total",
    "Refused reports and lines, and requests without a valid key or from another site's page.",
    reason=REFUSALS,
)
REJECTED_STORED = Counter(
    "incidents_rejected_reports_stored_total", "Rejected reports stored for inspection."
)
REJECTED_DROPPED = Counter(
    "incidents_rejected_reports_dropped_total",
    "Rejected reports not stored: `busy`, more arrived than can be written; `full`, their table "
    "could not be shrunk; `unavailable`, PostgreSQL was unavailable.",
    reason=("busy", "full", "unavailable"),
)
BATCH = Histogram(
    "incidents_commit_incidents", "Incidents in one commit.", _INCIDENTS, queue=QUEUES
)
COMMIT = Histogram(
    "incidents_commit_duration_seconds",
    "Duration of one commit of a batch, from its INSERT until it is on disk.",
    _SECONDS,
    queue=QUEUES,
)
QUEUED = Gauge("incidents_queued_incidents", "Incidents waiting for the next commit.", queue=QUEUES)
QUEUED_BYTES = Gauge(
    "incidents_queued_bytes", "Bytes of the incidents waiting for the next commit.", queue=QUEUES
)
IN_DOUBT = Gauge(
    "incidents_in_doubt_reports",
    "Reports answered 503 that may still be stored in PostgreSQL.",
)
COMPENSATING_DELETES = Counter(
    "incidents_compensating_deletes_total",
    "Incidents deleted again because their reports were answered 503.",
)

IN_FLIGHT = Gauge("incidents_in_flight", "Requests in flight.", kind=LIMITED)
IN_FLIGHT_LIMIT = Gauge(
    "incidents_in_flight_limit", "Largest number of requests in flight.", kind=LIMITED
)
IN_FLIGHT_BYTES = Gauge(
    "incidents_in_flight_bytes", "Bytes of the requests in flight.", kind=LIMITED_BYTES
)
IN_FLIGHT_BYTES_LIMIT = Gauge(
    "incidents_in_flight_limit_bytes",
    "Largest number of bytes of the requests in flight.",
    kind=LIMITED_BYTES,
)
LIMIT_EXCEEDED = Counter(
    "incidents_limit_exceeded_total",
    "Requests answered 503 because a limit was reached.",
    kind=(*LIMITED, "logins", "changes", "trials"),
)

DATABASE_WAIT = Histogram(
    "incidents_database_wait_seconds",
    "Time that requests waited for PostgreSQL while it was unavailable or out of connections.",
    _WAIT_SECONDS,
    kind=WAITERS,
)

RETURNED = Counter(
    "incidents_returned_total", "Incidents returned to clients.", kind=("page", "stream", "id")
)
FIND_STEPS = Histogram("incidents_find_steps", "Steps of the search for one page.", _STEPS)
FIND_DEADLINES_EXCEEDED = Counter(
    "incidents_find_deadlines_exceeded_total", "Pages returned early at their deadline."
)
SLOW_FINDS = Counter("incidents_slow_finds_total", "Finds logged as slow.")
NOT_INDEXED_IDS = Gauge(
    "incidents_not_indexed_ids",
    "Settled ids whose words and numbers are not indexed yet; finds look at them one by one.",
)
SLOW_CLIENTS_DISCONNECTED = Counter(
    "incidents_slow_clients_disconnected_total",
    "Clients disconnected because they read too slowly.",
)

TAIL_SENT = Counter(
    "incidents_tail_sent_total", "Incidents sent to listeners, counted for each listener."
)
TAIL_SKIPPED = Counter("incidents_tail_skipped_total", "Incidents skipped for slow listeners.")

NEW_GROUPS = Gauge("incidents_new_groups", "Groups that are new within the last day.")
GROUPS_FULL = Gauge(
    "incidents_new_groups_limit_reached",
    "1 while incidents of further new groups join the group of their service.",
)

RETENTION_DELETED = Counter(
    "incidents_retention_deleted_total", "Expired incidents deleted row by row."
)
DROPPED = Counter("incidents_retention_dropped_partitions_total", "Expired partitions dropped.")
RETENTION_FAILED = Counter("incidents_retention_failures_total", "Failed runs of the retention.")
RETENTION_HALTED = Gauge(
    "incidents_retention_halted",
    "Workers whose retention is halted because the clock jumped: `waiting` resumes by itself, "
    "`stopped` after an operator confirms.",
    state=("waiting", "stopped"),
)

# The kinds of channels; a test compares them with notifications/channel_fields.py.
CHANNELS = ("webhook", "email", "slack", "alertmanager", "apprise")
NOTIFICATIONS = Counter(
    "incidents_notifications_total",
    "Attempts to deliver a notification.",
    channel=CHANNELS,
    outcome=("sent", "failed"),
)
NOTIFICATIONS_DEAD = Counter(
    "incidents_notifications_dead_total",
    "Notifications that became dead letters: not delivered within a day (`expired`), their channel "
    "was deleted (`no channel`), from a backup or a copy (`restored`), or `too many` waited.",
    reason=("expired", "no channel", "restored", "too many"),
)
NOTIFICATIONS_JOINED = Counter(
    "incidents_notifications_joined_total",
    "Notifications joined into one message because their channel had reached its rate limit.",
)
NOTIFICATIONS_PENDING = Gauge(
    "incidents_notifications_pending", "Notifications that wait for their delivery."
)
NOTIFICATIONS_OLDEST = Gauge(
    "incidents_notifications_oldest_seconds", "Age of the oldest notification that waits."
)
CHANNELS_FAILING = Gauge(
    "incidents_channels_failing", "Channels whose last attempt to deliver failed."
)

# What the history of a rule calls it.
RULE_EVENTS = (*("firing", "repeated", "unmuted", "resolved", "forgotten", "undelivered", "grace"),)
RULE_HISTORY = Counter(
    "incidents_rule_events_total",
    "What rules did, as in their history. `undelivered`: a notification became a dead letter.",
    event=RULE_EVENTS,
)
RULES_HELD_BACK = Counter(
    "incidents_rule_muted_total", "Firings, and their repetitions, that a mute held back."
)
RULES_NOT_FOLLOWED = Counter(
    "incidents_rule_not_followed_total",
    "Matches of members beyond the 10,000 states that a rule can have.",
)
RULES_FIRING = Gauge("incidents_rules_firing", "Members of rules that fire.")
RULE_STATES = Gauge("incidents_rule_states", "Members of rules that have a state.")
RULES_BEHIND = Gauge(
    "incidents_rules_behind_seconds",
    "Time by which the evaluation of rules is behind; 1.2 s when it has seen everything.",
)

LOG_MESSAGES = Counter(
    "incidents_log_messages_total",
    "Warnings and errors, including those that the log's rate limit suppressed.",
    level=("warning", "error"),
)
WORKERS = Gauge("incidents_workers", "Running workers.", version=(__version__,))
WORKER_STARTS = Counter(
    "incidents_worker_starts_total", "Workers started, including the first ones."
)
