"""Every setting: its name, type, default, unit, and why it is there.

This is the only reader of the environment. A setting `name` is the variable
`INCIDENTS_NAME`, a line of the env file, and, where a command takes it, the flag `--name`.
A number's unit is the end of its name.
"""

import os
import re
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import (
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from incidents.duration import parse_duration
from incidents.errors import CannotStart

ENV_PREFIX = "INCIDENTS_"

_KIB = 1024
_MIB = 1024 * _KIB

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?")
# What no setting allows more of: what was stored can be read, whatever was set then.
NESTING_LEVELS_MAX = 250

_ROWS_AT_ONCE_MAX = 100
# What the rows that one reader holds in memory may take up, were they all of the largest size.
_ROWS_BYTES = 32 * _MIB


def _default_data() -> Path:
    """Root's home is closed to the user that PostgreSQL must run as; /var/lib is not."""
    if os.geteuid() == 0:
        return Path("/var/lib/incidents")
    return platformdirs.user_data_path("incidents", appauthor=False)


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        duration = parse_duration(value)
    except OverflowError:
        duration = None
    if duration is None:
        raise ValueError("a duration is a number and a unit: 90m, 24h, 30d, 8w")
    return duration


class Settings(BaseSettings):
    """One consistent set of settings, checked when it is built and never changed after."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, frozen=True, extra="ignore", allow_inf_nan=False
    )

    # Where
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one."
    )
    workers: int = Field(default=1, ge=1, le=256, description="Processes that answer requests.")
    data: Path = Field(
        default_factory=_default_data,
        description="Directory of the embedded PostgreSQL; not used with a database URL.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="A PostgreSQL (14 or later) to use instead of the embedded one: "
        "postgresql://user:password@host:port/database.",
    )

    # Who is answered
    published_address: str | None = Field(
        default=None,
        description="Where others reach the server, if that is not INCIDENTS_HOST: the address "
        "that a container's port is published on. It then says what this machine alone is.",
    )
    auth: Literal["keys", "off"] = Field(
        default="keys",
        description="keys: whoever has a key, and, as long as none was ever made, this machine "
        "alone; off: everybody who reaches the server.",
    )
    keys_seconds_max: float = Field(
        default=5,
        ge=0.2,
        allow_inf_nan=False,
        description="How old may be what a worker knows of the keys: "
        "a key is refused no later than this after it was revoked.",
    )
    keys_max: int = Field(
        default=1000, ge=1, description="Keys that there may be at once; each worker holds them."
    )
    login_seconds_max: int = Field(
        default=43_200,
        ge=1,
        le=366 * 86_400,
        description="How long a login on the page is good; it ends sooner with its key.",
    )
    logins_max: int = Field(
        default=64, ge=1, description="Logins under way in a worker; one more is answered 503."
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Names that the server may be called by where no key is needed, besides "
        "localhost, INCIDENTS_HOST and any IP address; comma-separated; * is every name.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of pages elsewhere that may use the API from a browser (CORS), "
        "such as https://console.example; comma-separated.",
    )
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of the proxies whose X-Forwarded-For is believed, "
        "such as 10.0.0.0/8; comma-separated.",
    )
    signature_key_file: Path | None = Field(
        default=None,
        description="File of the key that the secrets of signatures are encrypted with; "
        "signatures.key in the data directory where none is given. Made (0600) with the first "
        "key that verifies.",
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="PEM file of the certificate, and of those that vouch for it; "
        "with it HTTPS is spoken, and HTTP no longer; read again on SIGHUP.",
    )
    tls_private_key: Path | None = Field(
        default=None, description="PEM file of the certificate's private key, not encrypted."
    )

    # What is taken
    body_bytes_max: int = Field(
        default=_MIB, ge=1, le=64 * _MIB, description="Longest body, after decompression too."
    )
    nesting_levels_max: int = Field(
        default=100,
        ge=1,
        le=NESTING_LEVELS_MAX,
        description="Deepest nesting of arrays and objects in a body.",
    )
    body_seconds_max: float = Field(
        default=30,
        gt=0,
        description="Longest time that a body may take to arrive, whatever is asked; NDJSON must "
        "bring at least 16 KiB in each such time that it is waited for.",
    )
    refused_bytes_max: int = Field(
        default=8 * _MIB,
        ge=0,
        description="Bytes of a body that are read and thrown away behind an answer that did not "
        "wait for them, so that its client gets it; a longer one may see its connection break.",
    )
    refused_seconds_max: float = Field(
        default=5, gt=0, description="Longest time that this takes before the connection is closed."
    )
    header_seconds_max: float = Field(
        default=30,
        gt=0,
        description="Longest time that a request's headers may take to arrive; "
        "a connection that is idle for as long is closed.",
    )
    header_bytes_max: int = Field(
        default=64 * _KIB, ge=1, description="Names and values of a request's headers together."
    )
    unfinished_headers_bytes_max: int = Field(
        default=16 * _MIB,
        ge=1,
        description="Headers that have come of requests whose headers are not whole, together, in "
        "a worker; those that brought most are cut off.",
    )
    send_seconds_max: float = Field(
        default=30,
        gt=0,
        description="How far a client may be behind one that takes 64 KiB a second of a long "
        "answer before it is cut off.",
    )
    redacted_headers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Headers whose values are stored as [redacted], besides those whose name says "
        "that they authenticate; comma-separated.",
    )
    redacted_fields: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Fields of bodies whose values are stored as [redacted]: paths of names with "
        "dots, through objects and arrays, such as user.email; comma-separated. The hash is over "
        "what is stored; what came is not kept.",
    )
    kept_headers: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Headers whose values are kept although their name says that they "
        "authenticate; comma-separated.",
    )
    connections_max: int = Field(
        default=10_000,
        ge=1,
        description="Open HTTP connections a worker; one more is answered 503.",
    )

    # Intake
    intake_incidents_max: int = Field(
        default=4096,
        ge=1,
        description="Reports under way in a worker; one more is answered 503. Heavy ones, of more "
        "than 16 KiB or some 270 values, are counted for themselves: as many again.",
    )
    intake_bytes_max: int = Field(
        default=32 * _MIB, ge=1, description="Bytes of the reports under way in a worker, likewise."
    )
    intake_batches_max: int = Field(
        default=1, ge=1, le=100, description="Commits of reports that a worker may have under way."
    )
    batch_incidents_max: int = Field(
        default=2048, ge=1, le=65536, description="Incidents that share one commit."
    )
    batch_bytes_max: int = Field(
        default=8 * _MIB, ge=1, description="Bytes of bodies that share one commit."
    )
    bulk_requests_max: int = Field(
        default=4, ge=1, description="Bulk requests (NDJSON) that a worker takes at once."
    )
    bulk_batches_max: int = Field(
        default=2, ge=1, le=100, description="Commits of lines that a worker may have under way."
    )
    bulk_incidents_max: int = Field(
        default=4096, ge=1, description="Lines of a bulk request under way; then it is not read on."
    )
    bulk_bytes_max: int = Field(
        default=4 * _MIB, ge=1, description="Bytes of the lines of a bulk request, likewise."
    )
    idempotency_seconds: int = Field(
        default=86_400,
        ge=1,
        le=366 * 86_400,
        description="How long an Idempotency-Key is remembered: what comes again with it until "
        "then is answered as the first time, and not stored again.",
    )
    idempotency_keys_max: int = Field(
        default=1_000_000,
        ge=1,
        description="Idempotency-Keys that are remembered, about 300 bytes each, one for each line "
        "of NDJSON; where there are more the oldest are forgotten before their time.",
    )
    drain_seconds_max: float = Field(
        default=30, gt=0, description="Longest time that stopping waits for what was accepted."
    )
    retry_after_seconds: int = Field(
        default=1, ge=1, description="What a 503 tells the client to wait (Retry-After)."
    )

    # Rejected reports
    rejected_reports_max: int = Field(
        default=10_000,
        ge=0,
        le=100_000,
        description="Reports that were refused, and are kept: the newest, each key and each "
        "address its share. 0: none.",
    )
    rejected_bytes_max: int = Field(
        default=32 * _MIB,
        ge=_MIB,
        le=256 * _MIB,
        description="Bytes of the rejected reports that are kept, likewise; on the disk they may "
        "take three times as many, and 16 MiB.",
    )
    rejected_retention: Annotated[timedelta, NoDecode, BeforeValidator(_duration)] = Field(
        default="7d",
        validate_default=True,
        ge=timedelta(minutes=1),
        le=timedelta(days=36_500),
        description="How long rejected reports are kept: 90m, 24h, 30d, 8w.",
    )

    # Search
    search_deadline_seconds: float = Field(
        default=5, gt=0, description="When a page comes back with what was found so far."
    )
    stream_seconds_max: float = Field(
        default=3600, gt=0, description="Longest time that a reply without a limit may stream."
    )
    page_incidents_max: int = Field(default=100_000, ge=1, description="Largest `limit` of a page.")
    searches_max: int = Field(
        default=1024, ge=1, description="Searches under way in a worker; one more is answered 503."
    )
    search_bytes_max: int = Field(
        default=16 * _MIB,
        ge=1,
        description="Bytes of the examples of the searches under way in a worker, likewise.",
    )
    streams_max: int = Field(
        default=6,
        ge=1,
        description="Long answers that a worker sends at once; one more is answered 503. "
        "Fewer than the connections, so that short answers always find one.",
    )
    search_connections: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Connections to PostgreSQL that a worker searches with.",
    )
    search_turn_seconds: float = Field(
        default=0.03,
        ge=0,
        description="A worker begins its searches one after another: the next one when the last "
        "is done, or has gone on for so long. So reports beside many of them find a processor. "
        "0: all at once.",
    )
    search_work_mem_bytes: int = Field(
        default=64 * _MIB,
        ge=_MIB,
        description="PostgreSQL's work_mem for a search, so that bitmaps stay exact.",
    )

    timeline_seconds: float = Field(
        default=0.2,
        gt=0,
        description="How long matches are counted by time before an estimate is given.",
    )
    timeline_bins_max: int = Field(default=1000, ge=1, description="Largest `bins` of a timeline.")

    # Tail
    tail_listeners_max: int = Field(
        default=1000, ge=1, description="Listeners of a worker; one more is answered 503."
    )
    tail_buffer_incidents_max: int = Field(
        default=1000,
        ge=1,
        description="Incidents kept for the slow listeners to one example; older ones are skipped.",
    )
    tail_buffer_bytes_max: int = Field(
        default=_MIB,
        ge=1,
        description="Bytes of the incidents kept for them, likewise.",
    )
    tail_bytes_per_second_max: int = Field(
        default=16 * _MIB,
        ge=1024,
        description="Bytes a second that a worker tells its listeners together, each write "
        "counted as 8 KiB more; a sixteenth of that while reports are under way.",
    )
    tail_poll_seconds: float = Field(
        default=0.1,
        gt=0,
        description="How often a worker that somebody listens to looks for new incidents.",
    )
    tail_order_seconds_max: float = Field(
        default=1,
        ge=0,
        description="How long incidents wait for one with a lower id that is not committed yet, "
        "so that they are told in the order of ids.",
    )
    tail_late_seconds_max: float = Field(
        default=60,
        gt=0,
        description="How long an id that others went past may still be committed; "
        "at least three times the database wait.",
    )
    tail_heartbeat_seconds: float = Field(
        default=15, gt=0, description="How often a listener is told that there is nothing new."
    )
    tail_connections: int = Field(
        default=2,
        ge=1,
        le=1000,
        description="Connections to PostgreSQL that a worker serves its listeners with.",
    )

    # Seeing inside
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto",
        description="The log of the server: text is lines for people, json an object a line, "
        "auto the one on a terminal and the other elsewhere.",
    )
    slow_find_seconds: float = Field(
        default=1,
        ge=0,
        description="A find that PostgreSQL takes as long for is logged, with where it looked.",
    )

    # Storage
    database_wait_seconds: float = Field(
        default=10,
        gt=0,
        allow_inf_nan=False,
        description="How long requests wait for a PostgreSQL that is away before a 503.",
    )
    partition_ids: int = Field(
        default=1_000_000, ge=1, description="Ids that a new partition of the table covers."
    )
    retention: Annotated[timedelta | None, NoDecode, BeforeValidator(_duration)] = Field(
        default=None,
        ge=timedelta(minutes=1),
        le=timedelta(days=36_500),
        description="How long incidents are kept: 90m, 24h, 30d, 8w. Older ones are deleted; "
        "without it, none.",
    )
    retention_check_seconds: float = Field(
        default=60, gt=0, description="How often it is looked for incidents past the retention."
    )
    retention_batch_incidents: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Incidents past the retention that one statement deletes, "
        "where they share a partition with others.",
    )
    migrate_lock_seconds: float = Field(
        default=10, gt=0, description="How long a migration waits for a lock before it gives up."
    )
    migrate_statement_seconds: float = Field(
        default=600, gt=0, description="How long one statement of a migration may take."
    )
    embedded_start_seconds: int = Field(
        default=300,
        ge=1,
        description="How long the embedded PostgreSQL may take to start; "
        "after a crash it repeats its log first.",
    )

    original_database: str | None = Field(
        default=None,
        repr=False,
        description="Where import reads the incidents of the original system from, a "
        "PostgreSQL: postgresql://user:password@host:port/database.",
    )

    # Commands that ask a server
    url: str = Field(
        default="http://127.0.0.1:8000", description="The server that send and find ask."
    )
    key: str | None = Field(
        default=None,
        repr=False,
        description="The key that they send to it (Authorization: Bearer).",
    )
    client_seconds_max: float = Field(
        default=30, gt=0, description="How long they wait for the next piece of its answer."
    )
    client_wait_seconds: float = Field(
        default=30, ge=0, description="How long they come back to a server that is busy."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if min(self.intake_bytes_max, self.search_bytes_max) < self.body_bytes_max:
            raise ValueError("INTAKE_BYTES_MAX and SEARCH_BYTES_MAX: not less than BODY_BYTES_MAX")
        if (self.tls_certificate is None) != (self.tls_private_key is None):
            raise ValueError("TLS_CERTIFICATE and TLS_PRIVATE_KEY: one needs the other")
        return self

    @property
    def intake_connections(self) -> int:
        """A worker's: one a batch, a heavy one too; one each to cover, take back and sort in.

        And three for what has an Idempotency-Key (`intake/once.py`).
        """
        return self.intake_batches_max + self.bulk_batches_max + 7

    @property
    def signature_key_path(self) -> Path:
        """Where the key lies that the secrets of signatures are encrypted with."""
        path = self.signature_key_file or self.data / "signatures.key"
        return path.expanduser().absolute()

    @property
    def only_this_machine(self) -> bool:
        """Whether no other machine reaches the server."""
        try:
            return ip_address(self.reached_at).is_loopback
        except ValueError:
            return self.reached_at.lower() == "localhost"  # RFC 6761, section 6.3

    @property
    def reached_at(self) -> str:
        """The address, or the name, that others reach the server at."""
        return self.published_address or self.host

    @property
    def embedded_connections(self) -> int:
        """Connections that the embedded PostgreSQL takes: enough for two such servers."""
        # Beside them one for the keys, one each for retention and expired keys, and three for the
        # rejected reports.
        each_worker = self.search_connections + self.tail_connections + self.intake_connections + 6
        return max(200, 2 * self.workers * each_worker + 20)

    @property
    def rows_at_once(self) -> int:
        """Rows that one reader of the table fetches, and holds, at a time."""
        return max(1, min(_ROWS_AT_ONCE_MAX, _ROWS_BYTES // self.body_bytes_max))

    @field_validator(
        *(
            "redacted_headers",
            "redacted_fields",
            "kept_headers",
            "allowed_hosts",
            "allowed_origins",
        ),
        "trusted_proxies",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if _ORIGIN.fullmatch(origin) is None:
                raise ValueError(
                    f"{origin} is no origin: give scheme, host and (if it has one) port, "
                    "in small letters and nothing behind, such as https://console.example"
                )
        return origins

    @classmethod
    def read(cls, env_file: Path | None = None, **flags: Any) -> Self:
        """Flags win over the environment, the environment over the env file, that over defaults.

        Raises CannotStart, naming each setting that cannot be read and why.
        """
        if env_file is not None and not env_file.is_file():
            raise CannotStart(f"the env file {env_file} does not exist")
        try:
            if env_file is not None:
                env_file.read_text(encoding="utf-8")
            return cls(_env_file=env_file, **flags)  # type: ignore[call-arg]
        except (OSError, UnicodeDecodeError) as error:
            raise CannotStart(f"the env file {env_file} cannot be read: {error}") from error
        except ValidationError as error:
            raise CannotStart(_in_one_line(error)) from error


def _in_one_line(error: ValidationError) -> str:
    wrong = (
        f"{ENV_PREFIX}{str(each['loc'][0]).upper()}: {each['msg']} (got {each['input']!r})"
        if each["loc"]
        else each["msg"]
        for each in error.errors()
    )
    return "settings: " + "; ".join(wrong)
