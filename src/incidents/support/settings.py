"""All settings: name, type, default, unit and help, declared once.

`--help`, the tables of docs/reference/settings.md and the check of the environment derive from
them. A setting `name` is the variable `INCIDENTS_NAME`, a line of the env file and, for commands
that use it, the flag `--name`. The name of a number ends with its unit.
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

from incidents.core.duration import parse_duration
from incidents.core.errors import CannotStart
from incidents.support.environment import ENV_PREFIX, names_in, refuse_old_names, unknown_names

_KIB = 1024
_MIB = 1024 * _KIB
_YEAR_SECONDS = 366 * 86_400

# The highest value of the setting: stored bodies stay readable, whatever the setting was.
NESTING_LEVELS_MAX = 250

# Memory of a worker for the reports in flight, unless single bodies may be larger.
_INTAKE_BYTES_MAX = 32 * _MIB
# The same for the examples of its searches.
_SEARCH_BYTES_MAX = 16 * _MIB
# Rows that one reader has in memory, and their bytes if all had the largest size.
_ROWS_AT_ONCE_MAX = 100
_ROWS_BYTES = 32 * _MIB
# Link-local addresses (RFC 3927, RFC 4291), and the metadata services of Amazon, Alibaba, Azure and
# Oracle outside of them: with such an address a channel could read secrets of the machine.
_FORBIDDEN_NETWORKS = (
    "169.254.0.0/16,fe80::/10,fd00:ec2::254,100.100.100.200,168.63.129.16,192.0.0.192"
)
# Reads for listeners are short, and one waits while the other runs.
TAIL_CONNECTIONS = 2

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?")

# The titles of the groups, by their first setting.
GROUPS = {
    "host": "The ten that matter first",
    "published_address": "Access",
    "connections_max": "Requests",
    "intake_reports_max": "Reports",
    "rejected_reports_max": "Rejected reports",
    "search_deadline_seconds": "Search",
    "tail_listeners_max": "Tail",
    "smtp_url": "Notifications",
    "database_wait_seconds": "Database",
    "log_format": "Log",
    "url": "Client commands",
}


def _default_data() -> Path:
    """PostgreSQL's user cannot enter root's home, but can enter /var/lib."""
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


def _separated(value: object) -> object:
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return value


_Count = Annotated[int, Field(ge=1)]
_Seconds = Annotated[float, Field(gt=0)]
_Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_separated)]
_Networks = Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(_separated)]
_Age = Annotated[
    timedelta,
    NoDecode,
    BeforeValidator(_duration),
    Field(ge=timedelta(minutes=1), le=timedelta(days=36_500)),
]


class Settings(BaseSettings):
    """A consistent set of settings, checked when it is built and never changed."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, frozen=True, extra="ignore", allow_inf_nan=False
    )

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Other machines reach the server only when this is not "
        "127.0.0.1; that requires a key, or auth=off.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 picks one that is free."
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
    auth: Literal["keys", "off"] = Field(
        default="keys",
        description="keys: a request needs an API key; until the first key is created, only this "
        "machine is answered. off: everybody who reaches the server is answered.",
    )
    tls_certificate: Path | None = Field(
        default=None,
        description="PEM file with the server's certificate and its intermediate certificates. "
        "With it the server speaks HTTPS only. Read again on SIGHUP.",
    )
    tls_private_key: Path | None = Field(
        default=None, description="PEM file with the certificate's private key, not encrypted."
    )
    retention: _Age | None = Field(
        default=None,
        description="Age at which incidents are deleted: 90m, 24h, 30d, 8w. Without it none is.",
    )
    body_bytes_max: int = Field(
        default=_MIB, ge=1, le=64 * _MIB, description="Largest body, also after decompression."
    )

    published_address: str | None = Field(
        default=None,
        description="Address or name at which others reach the server where it differs from "
        "INCIDENTS_HOST, such as the address that a container's port is published on. The server "
        "then decides by it whether other machines reach it.",
    )
    allowed_hosts: _Names = Field(
        default=(),
        description="Host names, besides localhost, INCIDENTS_HOST and IP addresses, that requests "
        "without a key may use; comma-separated; * allows every name.",
    )
    allowed_origins: _Names = Field(
        default=(),
        description="Origins of web pages elsewhere that may use the API from a browser (CORS), "
        "such as https://console.example; comma-separated.",
    )
    trusted_proxies: _Networks = Field(
        default=(),
        description="Addresses or networks of proxies whose X-Forwarded-For is trusted, such as "
        "10.0.0.0/8; comma-separated.",
    )
    key_cache_seconds_max: float = Field(
        default=5,
        ge=0.2,
        description="Maximum age of a worker's key cache. A revoked key is refused after this time "
        "at the latest.",
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="Address at which people open the page, such as https://incidents.example; "
        "links in notifications begin with it. By default http:// with host and port.",
    )
    keys_max: _Count = Field(
        default=1000, description="API keys that can exist at once; each worker caches them all."
    )
    login_seconds_max: int = Field(
        default=43_200,
        ge=1,
        le=_YEAR_SECONDS,
        description="Duration of a login on the page; it ends sooner when its key is revoked.",
    )
    signature_key_file: Path | None = Field(
        default=None,
        description="File with the key that encrypts the secrets of signed webhooks and of "
        "channels; by default signatures.key in the data directory. Created (mode 0600) with the "
        "first secret.",
    )

    connections_max: _Count = Field(
        default=10_000, description="Open HTTP connections of a worker; more are answered 503."
    )
    header_seconds_max: _Seconds = Field(
        default=30,
        description="Time in which a request's headers must arrive; an idle connection is closed "
        "after the same time.",
    )
    body_seconds_max: _Seconds = Field(
        default=30,
        description="Time in which a body must arrive. NDJSON must bring at least 16 KiB in each "
        "such period that the server waits for it.",
    )
    drain_seconds_max: _Seconds = Field(
        default=30, description="Time that a stopping server waits for requests it has accepted."
    )
    nesting_levels_max: int = Field(
        default=100,
        ge=1,
        le=NESTING_LEVELS_MAX,
        description="Deepest nesting of arrays and objects in a body.",
    )
    redacted_headers: _Names = Field(
        default=(),
        description="Headers stored as [redacted], besides those whose names say that they carry "
        "credentials; comma-separated.",
    )
    unredacted_headers: _Names = Field(
        default=(),
        description="Headers stored as sent although their names say that they carry credentials; "
        "comma-separated.",
    )
    redacted_fields: _Names = Field(
        default=(),
        description="Fields of bodies stored as [redacted]: dotted paths through objects and "
        "arrays, such as user.email; comma-separated. The hash covers what is stored.",
    )

    intake_reports_max: _Count = Field(
        default=4096,
        description="Reports in flight in a worker; more are answered 503. Heavy ones (over 16 KiB "
        "or about 270 values) have a limit of their own of the same size.",
    )
    intake_batches_max: int = Field(
        default=1, ge=1, le=100, description="Concurrent commits of reports in a worker."
    )
    batch_incidents_max: int = Field(
        default=2048, ge=1, le=65536, description="Incidents that share one commit."
    )
    bulk_requests_max: _Count = Field(
        default=4,
        description="Bulk requests (NDJSON) in flight in a worker; more are answered 503.",
    )
    bulk_lines_max: _Count = Field(
        default=4096,
        description="Lines of one bulk request in flight; the server then stops reading until some "
        "are stored. Also the largest request with atomic=true.",
    )
    idempotency_seconds: int = Field(
        default=86_400,
        ge=1,
        le=_YEAR_SECONDS,
        description="Time for which an Idempotency-Key is stored. A repeated report gets the first "
        "response and is not stored again.",
    )
    idempotency_keys_max: _Count = Field(
        default=1_000_000,
        description="Idempotency-Keys stored, about 300 bytes each, one for each line of NDJSON; "
        "beyond that the oldest are deleted early.",
    )

    new_groups_per_day_max: _Count = Field(
        default=100_000,
        description="Groups that can be new within a day; incidents of further ones join the group "
        "of their service.",
    )

    rejected_reports_max: int = Field(
        default=10_000,
        ge=0,
        le=100_000,
        description="Rejected reports stored: the newest, with a share for each key and each "
        "address. 0 stores none.",
    )
    rejected_bytes_max: int = Field(
        default=32 * _MIB,
        ge=_MIB,
        le=256 * _MIB,
        description="Bytes of the rejected reports stored; on disk they can take three times as "
        "many, and 16 MiB.",
    )
    rejected_retention: _Age = Field(
        default="7d",
        validate_default=True,
        description="Age at which rejected reports are deleted: 90m, 24h, 30d, 8w.",
    )

    search_deadline_seconds: _Seconds = Field(
        default=5, description="Time after which a page returns what has been found so far."
    )
    word_index: bool = Field(
        default=True,
        description="Index the words and numbers of incidents in the background. With `false`, "
        "finds of words and ranges look at one incident after the other, but for what was indexed "
        "before.",
    )
    searches_max: _Count = Field(
        default=1024, description="Searches in flight in a worker; more are answered 503."
    )
    search_connections: int = Field(
        default=8,
        ge=1,
        le=1000,
        description="Database connections of a worker for searches. Responses of more than a page "
        "use all but two of them.",
    )
    search_stagger_seconds: float = Field(
        default=0.03,
        ge=0,
        description="A worker starts its next search when the last one is done, or has run for "
        "this time, so that reports get their share of the processor. 0 starts all at once.",
    )
    slow_find_seconds: float = Field(
        default=1, ge=0, description="Database time from which a find is logged as slow."
    )

    tail_listeners_max: _Count = Field(
        default=1000, description="Listeners of a worker; more are answered 503."
    )

    smtp_url: str | None = Field(
        default=None,
        repr=False,
        description="Mail server for channels of the kind email that name none: "
        "smtps://user:password@mail.example:465, or smtp:// for STARTTLS on port 587.",
    )
    smtp_from: str | None = Field(
        default=None,
        description="Sender of e-mails; by default the user of the mail server, or incidents@ and "
        "the name of this machine.",
    )
    notify_seconds_max: _Seconds = Field(
        default=15, description="Time in which a receiver must have taken a notification."
    )
    notify_forbidden_networks: _Networks = Field(
        default=_FORBIDDEN_NETWORKS,
        validate_default=True,
        description="Networks that notifications are never sent to, whatever a name resolves to; "
        "comma-separated. The default has link-local addresses and the metadata services of "
        "clouds.",
    )
    notifications_retention: _Age = Field(
        default="30d",
        validate_default=True,
        description="Age at which notifications that were sent, or are dead letters, are deleted: "
        "90m, 24h, 30d, 8w.",
    )

    database_wait_seconds: _Seconds = Field(
        default=10,
        description="Time that a request waits for an unavailable PostgreSQL before a 503.",
    )
    partition_ids: _Count = Field(
        default=1_000_000, description="Ids in a new partition of the table."
    )
    retention_check_seconds: _Seconds = Field(
        default=60, description="Interval at which expired incidents are looked for."
    )
    migrate_statement_seconds: _Seconds = Field(
        default=600, description="Time limit of one statement of a migration."
    )
    embedded_start_seconds: _Count = Field(
        default=300,
        description="Time in which the embedded PostgreSQL must start, including the replay of its "
        "log after a crash.",
    )

    log_format: Literal["auto", "text", "json"] = Field(
        default="auto",
        description="Format of the server's log: text for people, json for one object a line, auto "
        "for text on a terminal and json elsewhere.",
    )

    url: str = Field(default="http://127.0.0.1:8000", description="Server that send and find use.")
    key: str | None = Field(
        default=None, repr=False, description="API key they send (Authorization: Bearer)."
    )
    client_retry_seconds: float = Field(
        default=30,
        ge=0,
        description="Time for which they retry a server that is busy or unreachable.",
    )
    original_database: str | None = Field(
        default=None,
        repr=False,
        description="PostgreSQL of the original system that import reads from: "
        "postgresql://user:password@host:port/database.",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_private_key is None):
            raise ValueError("TLS_CERTIFICATE and TLS_PRIVATE_KEY: each needs the other")
        return self

    @property
    def intake_bytes_max(self) -> int:
        """Bytes of the reports in flight in a worker: two of the largest bodies always fit."""
        return max(_INTAKE_BYTES_MAX, 2 * self.body_bytes_max)

    @property
    def search_bytes_max(self) -> int:
        """Bytes of the examples of searches in flight in a worker: the largest one always fits."""
        return max(_SEARCH_BYTES_MAX, self.body_bytes_max)

    @property
    def bulk_batches_max(self) -> int:
        """Concurrent commits of bulk lines: one more, so that a single sender keeps two busy."""
        return self.intake_batches_max + 1

    @property
    def streams_max(self) -> int:
        """Concurrent streamed responses: fewer than connections, so that pages always get one."""
        return max(1, self.search_connections - 2)

    @property
    def intake_connections(self) -> int:
        """Connections of a worker for writing.

        One for each concurrent commit, and for heavy reports; one each to create partitions, to
        delete reports in doubt and to merge the index; and three for reports with an
        Idempotency-Key (`ingest/idempotent_writer.py`).
        """
        return self.intake_batches_max + self.bulk_batches_max + 7

    @property
    def signature_key_path(self) -> Path:
        """The file with the key that encrypts the secrets of signed webhooks and channels."""
        path = self.signature_key_file or self.data / "signatures.key"
        return path.expanduser().absolute()

    @property
    def only_this_machine(self) -> bool:
        """Whether no other machine can reach the server."""
        try:
            return ip_address(self.reached_at).is_loopback
        except ValueError:
            return self.reached_at.lower() == "localhost"  # RFC 6761, section 6.3

    @property
    def reached_at(self) -> str:
        """The address or name at which others reach the server."""
        return self.published_address or self.host

    @property
    def page_address(self) -> str:
        """Where people open the page, without a / at the end."""
        scheme = "http" if self.tls_certificate is None else "https"
        host = f"[{self.reached_at}]" if ":" in self.reached_at else self.reached_at
        return (self.public_url or f"{scheme}://{host}:{self.port}").rstrip("/")

    @property
    def embedded_connections(self) -> int:
        """Connections that the embedded PostgreSQL allows: enough for two such servers."""
        # Plus one for the keys, one each for retention, settling, words and expired keys, three
        # each for rejected reports, notifications and rules, and four for groups.
        each_worker = self.search_connections + TAIL_CONNECTIONS + self.intake_connections + 18
        return max(200, 2 * self.workers * each_worker + 20)

    @property
    def rows_at_once(self) -> int:
        """Rows that one reader of the table fetches, and has in memory, at a time."""
        return max(1, min(_ROWS_AT_ONCE_MAX, _ROWS_BYTES // self.body_bytes_max))

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if _ORIGIN.fullmatch(origin) is None:
                raise ValueError(
                    f"{origin} is not an origin: give scheme, host and port (if any), "
                    "in lower case and nothing else, such as https://console.example"
                )
        return origins

    @classmethod
    def read(cls, env_file: Path | None = None, **flags: Any) -> Self:
        """The settings from flags, the environment, the env file and defaults, in this order.

        Raises CannotStart, which names each invalid setting and the reason.
        """
        if env_file is not None and not env_file.is_file():
            raise CannotStart(f"the env file {env_file} does not exist")
        try:
            refuse_old_names(_named(env_file))
            return cls(_env_file=env_file, **flags)  # type: ignore[call-arg]
        except (OSError, UnicodeDecodeError) as error:
            raise CannotStart(f"the env file {env_file} cannot be read: {error}") from error
        except ValidationError as error:
            raise CannotStart(_in_one_line(error)) from error

    @classmethod
    def unknown(cls, env_file: Path | None = None) -> list[str]:
        """A sentence for each variable that looks like a setting but is none."""
        return unknown_names(_named(env_file), cls.model_fields)


def _named(env_file: Path | None) -> set[str]:
    return {*os.environ, *(names_in(env_file) if env_file else ())}


def _in_one_line(error: ValidationError) -> str:
    wrong = (
        f"{ENV_PREFIX}{str(each['loc'][0]).upper()}: {each['msg']} (got {each['input']!r})"
        if each["loc"]
        else each["msg"]
        for each in error.errors()
    )
    return "settings: " + "; ".join(wrong)


def wants_colors() -> bool:
    """Whether commands may use colours on a terminal (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
