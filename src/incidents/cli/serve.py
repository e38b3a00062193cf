"""incidents serve."""

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import click

from incidents.cli.database import database, lapses_of, migrate_database
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
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    settings = read_settings(env_file, **flags)
    address, port = free_port(settings.host, settings.port)
    with database(settings) as url:
        migrate_database(settings, url)
        for lapse in lapses_of(settings, url):
            click.secho(f"WARNING: {lapse}", fg="red", bold=True, err=True)
        threading.Thread(target=_announce, args=(settings, address, port), daemon=True).start()
        serve_http(settings, url, address, port)


def _announce(settings: Settings, host: str, port: int) -> None:
    """Prints where the server is, once it answers there."""
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while not _answers(address):
        if time.monotonic() > deadline:
            click.echo(f"incidents does not answer on {address} yet", err=True)
            return
        time.sleep(_POLL_SECONDS)
    data = settings.data.expanduser().absolute()
    click.echo(
        f"incidents is ready on {address}\n"
        f"the data lies in {'the given database' if settings.database_url else data}\n"
        "try it:\n"
        f"  curl {address}/problems -H 'Content-Type: application/json' "
        """-d '{"service": "billing", "error": "card declined"}'\n"""
        f"  curl {address}/find -H 'Content-Type: application/json' "
        """-d '{"service": "billing"}'"""
    )


def _answers(address: str) -> bool:
    direct = build_opener(ProxyHandler({}))
    try:
        with direct.open(f"{address}/healthz", timeout=1):
            return True
    except (URLError, OSError):
        return False
