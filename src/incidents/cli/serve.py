"""incidents serve."""

import logging
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.database import database, keys_of, lapses_of, migrate_database
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.core.errors import CannotStart
from incidents.embedded.statistics import collect_after_new_version
from incidents.http.server.port import listen
from incidents.http.server.server import check_tls
from incidents.http.server.server import serve as serve_http
from incidents.support.logs import log_to_stderr
from incidents.support.metrics.directory import shared_directory
from incidents.support.settings import Settings


@click.command(short_help="Start the server: reports and searches over HTTP.")
@setting("host")
@setting("port")
@setting("workers")
@setting("data")
@setting("database_url")
@setting("tls_certificate")
@setting("tls_private_key")
@env_file
def serve(env_file: Path | None, **flags: Any) -> None:
    """Start the server: reports and searches over HTTP.

    Without a database URL, an embedded PostgreSQL runs in the data directory; servers of one
    data directory share it. The database is migrated first. On Ctrl-C or SIGTERM the server
    stores everything it accepted, then stops.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    settings = read_settings(env_file, **flags)
    log_to_stderr(logging.WARNING, settings.log_format)
    check_tls(settings)
    # First: of two servers that start on one port at once, one ends here.
    with listen(settings.host, settings.port) as listening, database(settings) as url:
        migrate_database(settings, url)
        keyed = _check_keys(settings, url)
        for lapse in lapses_of(settings, url):
            click.secho(f"WARNING: {lapse}", fg="red", bold=True, err=True)
        if settings.database_url is None:
            collect_after_new_version(settings.data.expanduser().absolute(), url)
        when_started = partial(_announce, settings, listening.getsockname(), keyed)
        with shared_directory() as metrics:
            serve_http(settings, url, listening, metrics, when_started)


def _check_keys(settings: Settings, url: str) -> bool:
    """Whether a key is needed. Raises CannotStart if one is needed and none exists."""
    if settings.auth == "off":
        if not settings.only_this_machine:
            click.echo(
                f"INCIDENTS_AUTH=off: everybody can report and read at {settings.reached_at}",
                err=True,
            )
        return False
    now = keys_of(settings, url)
    if settings.only_this_machine or now.live:
        return now.ever
    raise CannotStart(
        f"Listening on {settings.reached_at} requires a key. Create one with "
        "`incidents keys create NAME --scope report|read|manage|admin` for the "
        "same --data or --database-url, or set INCIDENTS_AUTH=off to answer everybody"
    )


def _announce(settings: Settings, address: tuple[Any, ...], keyed: bool) -> None:  # noqa: FBT001
    """Prints the server's address and examples."""
    host, port = address[:2]
    scheme = "https" if settings.tls_certificate else "http"
    url = f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
    data = settings.data.expanduser().absolute()
    key = ' -H "Authorization: Bearer $KEY"' if keyed else ""
    click.echo(
        f"incidents is ready on {url}\n"
        f"the data lies in {'the given database' if settings.database_url else data}\n"
        "try it:\n"
        f"  curl {url}/problems{key} -H 'Content-Type: application/json' "
        """-d '{"service": "billing", "error": "card declined"}'\n"""
        f"  curl {url}/find{key} -H 'Content-Type: application/json' "
        """-d '{"service": "billing"}'"""
    )
