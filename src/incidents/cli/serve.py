"""incidents serve."""

import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import click

from incidents.cli.database import database, migrate_database
from incidents.cli.options import env_file, read_settings, setting
from incidents.http.server import free_port
from incidents.http.server import serve as serve_http
from incidents.settings import Settings

_POLL_SECONDS = 0.02
_READY_SECONDS_MAX = 60


@click.command(short_help="Take reports and answer questions over HTTP.")
@setting("host")
@setting("port")
@setting("workers")
@setting("data")
@setting("database_url")
@env_file
def serve(env_file: Path | None, **flags: Any) -> None:
    """Take reports and answer questions over HTTP.

    Without a database URL, a PostgreSQL of its own runs under the data directory; the
    servers of one data directory share it. The tables are made, or migrated, first.
    Ctrl-C or SIGTERM stops it when everything accepted is stored.
    """
    settings = read_settings(env_file, **flags)
    port = free_port(settings.host, settings.port)
    with database(settings) as url:
        migrate_database(settings, url)
        threading.Thread(target=_announce, args=(settings, port), daemon=True).start()
        serve_http(settings, url, port)


def _announce(settings: Settings, port: int) -> None:
    """Prints where the server is, once it answers there."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{port}"
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while not _answers(address):
        if time.monotonic() > deadline:
            return
        time.sleep(_POLL_SECONDS)
    stored = "the given database" if settings.database_url else settings.data.absolute()
    click.echo(
        f"incidents is ready on {address}\n"
        f"the data lies in {stored}\n"
        "try it:\n"
        f"  curl {address}/problems -H 'Content-Type: application/json' "
        """-d '{"service": "billing", "error": "card declined"}'\n"""
        f"  curl {address}/find -H 'Content-Type: application/json' "
        """-d '{"service": "billing"}'"""
    )


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=1):  # noqa: S310 - our own address
            return True
    except (URLError, OSError):
        return False
