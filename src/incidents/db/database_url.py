"""Parses and checks a database URL before anything connects.

No error quotes any part of the URL: an unencoded password can end up in what is parsed as the host,
the database or a parameter.
"""

from typing import NamedTuple, NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from incidents.core.errors import CannotStart

_SCHEMES = ("postgresql", "postgres")

# Parameters of libpq that the driver does not know, with the values that are safe to ignore:
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_WITHOUT_EFFECT = {
    "channel_binding": ("prefer", "disable"),
    "client_encoding": ("utf8", "utf-8", "auto"),
    "fallback_application_name": None,
    "gssencmode": ("prefer", "disable"),
    "load_balance_hosts": ("disable",),
    "sslcompression": ("0",),
    "sslsni": ("1",),
}
_UNSUPPORTED = {
    "gssdelegation",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "max_protocol_version",
    "min_protocol_version",
    "oauth_client_id",
    "oauth_issuer",
    "oauth_scope",
    "replication",
    "require_auth",
    "requirepeer",
    "requiressl",
    "scram_client_key",
    "scram_server_key",
    "sslcertmode",
    "sslkeylogfile",
    "tcp_user_timeout",
}


class DatabaseUrl(NamedTuple):
    """What the driver is given, and what it cannot be given."""

    dsn: str
    # Replaces the program's own application_name.
    application_name: str | None
    connect_seconds: int | None


def parse(url: str) -> DatabaseUrl:
    """The parts of the URL, as libpq understands it. Raises CannotStart without any part of it."""
    parts = _split(url)
    named = dict(_parameters(parts.query))
    application_name = named.pop("application_name", None)
    connect_seconds = _seconds(named.pop("connect_timeout", "0"))
    for name, value in list(named.items()):
        if name in _UNSUPPORTED:
            _refuse(f"{name} is not supported: leave it out")
        if name in _WITHOUT_EFFECT:
            allowed = _WITHOUT_EFFECT[name]
            if allowed is not None and value.lower() not in allowed:
                _refuse(f"{name} can only be {' or '.join(allowed)}")
            del named[name]
    dsn = parts._replace(query=urlencode(named)).geturl()
    return DatabaseUrl(dsn, application_name, connect_seconds)


def _split(url: str) -> SplitResult:
    scheme, found, rest = url.partition("://")
    if not found or scheme not in _SCHEMES:
        _refuse("it must begin with postgresql://")
    try:
        parts = urlsplit(url)
    except ValueError:  # its text can contain a part of the URL
        _refuse_unencoded()
    _, _, hosts = parts.netloc.rpartition("@")
    ports = (each.rpartition("]")[2].partition(":")[2] for each in hosts.split(","))
    if rest.count("@") > parts.netloc.count("@") or parts.netloc.count("@") > 1 or "#" in rest:
        _refuse_unencoded()
    if not all(unquote(port).isdecimal() or not port for port in ports):
        _refuse_unencoded()
    return parts


def _parameters(query: str) -> list[tuple[str, str]]:
    try:
        # In URLs of libpq + means +, not a space.
        return parse_qsl(
            query.replace("+", "%2B"), keep_blank_values=True, strict_parsing=bool(query)
        )
    except ValueError:
        _refuse_unencoded()


def _seconds(text: str) -> int | None:
    """The value of connect_timeout; None for values that mean no limit to libpq."""
    try:
        seconds = int(text)
    except ValueError:
        _refuse("connect_timeout must be a whole number of seconds")
    return seconds if seconds > 0 else None


def _refuse_unencoded() -> NoReturn:
    _refuse(
        "in a user name or a password @ is to be written %40, / %2F, # %23, ? %3F, : %3A, "
        "[ %5B, ] %5D and % %25; a parameter is name=value"
    )


def _refuse(why: str) -> NoReturn:
    raise CannotStart(
        f"the database URL cannot be used: {why}. "
        "For example postgresql://user:password@host:5432/incidents?sslmode=require"
    ) from None
