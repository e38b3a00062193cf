"""incidents serve."""

import logging
import signal
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import click

from incidents.cli.database import database, keys_of, lapses_of, migrate_database
from incidents.cli.options import env_file, read_settings, setting
from incidents.errors import CannotStart
from incidents.http.server import check_tls, free_port
from incidents.http.server import serve as serve_http
from incidents.logs import log_to_stderr
from incidents.metrics.directory import shared_directory
from incidents.settings import Settings

_POLL_SECONDS = 0.02
_READY_SECONDS_MAX = 60


@click.command(short_help="Take reports and answer questions over HTTP.")
@setting("host")
@setting("port")
@setting("workers")
@setting("data")
@setting("database_url")
@setting("tls_certificate")
@setting("tls_private_key")
@env_file
def serve(env_file: Path | None, **flags: Any) -> None:
    """Take reports and answer questions over HTTP.

    Without a database URL, a PostgreSQL of its own runs under the data directory; the
    servers of one data directory share it. The tables are made, or migrated, first.
    Ctrl-C or SIGTERM stops it when everything accepted is stored.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    settings = read_settings(env_file, **flags)
    log_to_stderr(logging.WARNING, settings.log_format)
    check_tls(settings)
    address, port = free_port(settings.host, settings.port)
    with database(settings) as url:
        migrate_database(settings, url)
        keyed = _check_keys(settings, url)
        for lapse in lapses_of(settings, url):
            click.secho(f"WARNING: {lapse}", fg="red", bold=True, err=True)
        announcer = threading.Thread(
            target=_announce, args=(settings, address, port, keyed), daemon=True
        )
        announcer.start()
        with shared_directory() as metrics:
            serve_http(settings, url, address, port, metrics)


def _check_keys(settings: Settings, url: str) -> bool:
    """Whether a key is needed. Raises CannotStart when one is, and there is none."""
    if settings.auth == "off":
        if not settings.only_this_machine:
            click.echo(
                f"INCIDENTS_AUTH=off: whoever reaches {settings.host} can report and read", err=True
            )
        return False
    now = keys_of(settings, url)
    if settings.only_this_machine or now.scopes:
        return now.ever
    raise CannotStart(
        f"there is no key, and {settings.host} is not this machine alone (as 127.0.0.1 is). "
        "Make a key with `incidents keys create NAME --scope report|read|admin` for the same "
        "--data or --database-url, or say INCIDENTS_AUTH=off to answer everybody"
    )


def _announce(settings: Settings, host: str, port: int, keyed: bool) -> None:  # noqa: FBT001
    """Prints where the server is, once it answers there."""
    scheme = "https" if settings.tls_certificate else "http"
    address = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while not _answers(address):
        if time.monotonic() > deadline:
            click.echo(f"incidents does not answer on {address} yet", err=True)
            return
        time.sleep(_POLL_SECONDS)
    data = settings.data.expanduser().absolute()
    key = ' -H "Authorization: Bearer $KEY"' if keyed else ""
    click.echo(
        f"incidents is ready on {address}\n"
        f"the data lies in {'the given database' if settings.database_url else data}\n"
        "try it:\n"
        f"  curl {address}/problems{key} -H 'Content-Type: application/json' "
        """-d '{"service": "billing", "error": "card declined"}'\n"""
        f"  curl {address}/find{key} -H 'Content-Type: application/json' "
        """-d '{"service": "billing"}'"""
    )


def _answers(address: str) -> bool:
    # It asks itself: whoever else would answer there could not have the port.
    itself = ssl.create_default_context()
    itself.check_hostname = False
    itself.verify_mode = ssl.CERT_NONE
    direct = build_opener(ProxyHandler({}), HTTPSHandler(context=itself))
    try:
        with direct.open(f"{address}/healthz", timeout=1):
            return True
    except (URLError, OSError):
        return False
