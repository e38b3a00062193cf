"""Every metric, on one screen. docs/reference/metrics.md says what each is good for."""

from incidents import __version__
from incidents.metrics.kinds import Counter, Gauge, Histogram
from incidents.metrics.requests import METHODS, ROUTES, STATUSES, Requests

# Single reports, the lines of bulk requests, and what is heavy of both have queues and writers
# of their own.
WAYS = ("single", "bulk", "heavy")
# The names of the bounds on what may be under way; of some it matters how many bytes they hold.
ROOMS = (
    *("reports", "heavy reports", "bulk requests", "searches", "long answers", "listeners"),
    "unverified reports",
    "requests that wait for the keys",
)
ROOMS_OF_BYTES = ("reports", "heavy reports", "searches")
# Those who wait while PostgreSQL is away.
WAITERS = ("reports", "searches", "listeners")

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAIT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_INCIDENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536)
_STEPS = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)

REQUESTS = Requests(
    Counter(
        "incidents_http_requests_total",
        "Requests, by the template of their route; the status is that of the answer, or `left`.",
        route=ROUTES,
        method=METHODS,
        status=STATUSES,
    ),
    Histogram(
        "incidents_http_request_duration_seconds",
        "Time from a request's headers until its answer begins.",
        _SECONDS,
        route=ROUTES,
    ),
)

# The items that an SDK of Sentry sends; of those that are no events nothing is stored.
SENTRY_TYPES = (
    *("event", "transaction", "session", "sessions", "client_report", "attachment", "check_in"),
    *("span", "log", "trace_metric", "profile", "profile_chunk", "replay_event", "other"),
)
SENTRY_ITEMS = Counter(
    "incidents_sentry_items_total",
    "Items of Sentry's envelopes; events are stored, all others are not.",
    type=SENTRY_TYPES,
)
OTLP_RECORDS = Counter(
    "incidents_otlp_records_total",
    "Log records of OpenTelemetry, each stored as an incident, or refused by itself.",
    outcome=("stored", "refused"),
)
SIGNATURES = Counter(
    "incidents_signatures_total",
    "Requests to the places of keys that verify signatures.",
    scheme=("github", "stripe", "slack", "standard-webhooks"),
    outcome=("valid", "invalid", "missing"),
)
STORED = Counter("incidents_stored_total", "Incidents committed and flushed to disk.", way=WAYS)
REPEATED = Counter(
    "incidents_repeated_total",
    "Incidents that were reported again with the Idempotency-Key of the first time, and not stored "
    "again.",
)
KEYS_FORGOTTEN = Counter(
    "incidents_idempotency_keys_forgotten_total",
    "Idempotency-Keys that are not remembered any more.",
    reason=("expired", "too many"),
)
NOT_STORED = Counter(
    "incidents_not_stored_total",
    "Reports that were taken and then failed: PostgreSQL refused them, was away, or the server "
    "stopped.",
    reason=("refused", "unavailable", "closing"),
)
# What is refused, by why; a test holds that all errors with such a status are among them.
REFUSALS = (
    *("not-json", "not-protobuf", "no-line-taken", "bad-example", "bad-parameter", "bad-encoding"),
    *("too-large", "nothing-kept", "in-flight", "key-reused", "other-line-refused", "over-limit"),
    "refused",
    *("unsupported-type", "unsupported-encoding"),
    *("key-needed", "key-too-narrow", "foreign-page", "other"),
)
REFUSED = Counter(
    "incidents_refused_total",
    "Reports, and lines of them, that were refused as they were; and requests without a good key, "
    "or from a foreign page.",
    reason=REFUSALS,
)
REJECTED_KEPT = Counter(
    "incidents_rejected_kept_total", "Rejected reports that were written, to be looked at."
)
REJECTED_DROPPED = Counter(
    "incidents_rejected_dropped_total",
    "Rejected reports that were not written: `busy`, more came than are written; `full`, their "
    "table could not be made smaller; `unavailable`, PostgreSQL was away.",
    reason=("busy", "full", "unavailable"),
)
BATCH = Histogram("incidents_batch_incidents", "Incidents in one commit.", _INCIDENTS, way=WAYS)
COMMIT = Histogram(
    "incidents_commit_duration_seconds",
    "Time of one commit of a batch, from its INSERT to PostgreSQL's answer that it is on disk.",
    _SECONDS,
    way=WAYS,
)
QUEUED = Gauge("incidents_queue_incidents", "Incidents that wait for the next commit.", way=WAYS)
QUEUED_BYTES = Gauge("incidents_queue_bytes", "Bytes of the incidents that wait.", way=WAYS)
IN_DOUBT = Gauge(
    "incidents_in_doubt",
    "Reports answered 503 of which it is not known yet whether PostgreSQL stored them.",
)
TAKEN_BACK = Counter(
    "incidents_taken_back_total", "Incidents taken out again: their reports were answered 503."
)

UNDER_WAY = Gauge("incidents_under_way", "Requests that hold a place now.", room=ROOMS)
UNDER_WAY_MAX = Gauge("incidents_under_way_max", "Places that there are.", room=ROOMS)
UNDER_WAY_BYTES = Gauge(
    "incidents_under_way_bytes", "Bytes that they hold now.", room=ROOMS_OF_BYTES
)
UNDER_WAY_BYTES_MAX = Gauge(
    "incidents_under_way_bytes_max", "Bytes that they may hold.", room=ROOMS_OF_BYTES
)
TURNED_AWAY = Counter(
    "incidents_turned_away_total",
    "Requests answered 503 because no place was left.",
    room=(*ROOMS, "logins"),
)

DATABASE_WAIT = Histogram(
    "incidents_database_wait_seconds",
    "How long reports or questions had to wait because PostgreSQL was away or had no connection "
    "left, until it was back or they gave up.",
    _WAIT_SECONDS,
    waiter=WAITERS,
)

FOUND = Counter(
    "incidents_found_total", "Incidents given to who asked.", way=("page", "stream", "id")
)
FIND_STEPS = Histogram("incidents_find_steps", "Steps that the search of one page took.", _STEPS)
FINDS_CUT = Counter("incidents_finds_cut_total", "Pages that met their deadline.")
FINDS_SLOW = Counter("incidents_finds_slow_total", "Finds that were logged as slow.")
SLOW_READERS = Counter(
    "incidents_slow_readers_total", "Clients cut off as they took too little of an answer."
)

TOLD = Counter("incidents_tail_told_total", "Incidents told to listeners, once for each.")
SKIPPED = Counter(
    "incidents_tail_skipped_total", "Incidents left out for listeners that were too slow."
)

LET_GO = Counter("incidents_retention_deleted_total", "Incidents deleted one by one: too old.")
DROPPED = Counter("incidents_retention_dropped_partitions_total", "Partitions dropped: too old.")
RETENTION_FAILED = Counter(
    "incidents_retention_failures_total", "Looks for what is too old that failed."
)
RETENTION_HALTED = Gauge(
    "incidents_retention_halted",
    "Workers that delete nothing as they do not believe the clock: `waiting` ends by itself, "
    "`stopped` when somebody confirms.",
    state=("waiting", "stopped"),
)

LOGGED = Counter(
    "incidents_logged_total",
    "Warnings and errors of the log, those too that it only counts.",
    level=("warning", "error"),
)
WORKERS = Gauge("incidents_workers", "Workers that live.", version=(__version__,))
WORKER_STARTS = Counter("incidents_worker_starts_total", "Workers started, the first ones too.")
