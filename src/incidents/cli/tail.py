"""incidents tail."""

import json
import time
from collections.abc import Iterator
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import click

from incidents.errors import CannotStart
from incidents.storage.driver import pauses

_SECONDS_MAX = 60  # of silence: a server that listens says every 15 s that it is there

_PERMANENT = range(400, 500)


@click.command(short_help="Print incidents as they are committed.")
@click.argument("example", default="{}")
@click.option(
    "--url",
    metavar="URL",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="Where the server is.",
)
def tail(example: str, url: str) -> None:
    r"""Print matching incidents as they are committed, one a line (NDJSON).

    EXAMPLE is JSON, as for `POST /find`; without it every incident is printed. When the
    connection is lost, it goes on with the next incident that was not printed yet.

    \b
      incidents tail '{"service": "billing", "level": "error"}'
    """
    if not url.startswith(("http://", "https://")):
        raise CannotStart(f"--url: http://… or https://… is needed, not {url}")
    place = f"{url.rstrip('/')}/tail?{urlencode({'example': example})}"
    position: str | None = None
    pause = pauses()
    while True:
        try:
            for id_, kind, data in _events(place, position):
                _show(kind, data)
                position, pause = id_, pauses()
            reason = "the server ended it"
        except (OSError, HTTPException) as error:
            reason = _reason(error)
            if position is None:
                raise CannotStart(f"{url} cannot be listened to: {reason}") from error
        click.echo(f"incidents: {reason}; trying to go on", err=True)
        time.sleep(next(pause))


def _events(place: str, position: str | None) -> Iterator[tuple[str, str, str]]:
    """Each event: its id, its kind, its data. Raises OSError, HTTPException, CannotStart."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": position} if position else {})
    try:
        reply = urlopen(Request(place, headers=headers), timeout=_SECONDS_MAX)  # noqa: S310 - http
    except HTTPError as error:
        if error.code in _PERMANENT:
            raise CannotStart(_reason(error)) from error
        raise
    with reply:
        fields: dict[str, str] = {}
        for raw in reply:
            line = raw.decode().rstrip("\n")
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                yield fields.get("id", ""), fields.get("event", "message"), fields.get("data", "")
                fields = {}


def _show(kind: str, data: str) -> None:
    if kind == "message" and data:
        click.echo(data)
    elif kind == "skipped":
        count = json.loads(data)["skipped"]
        click.echo(f"incidents: {count} were skipped: this end is too slow", err=True)


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        try:
            return str(json.loads(error.read())["detail"])
        except (ValueError, KeyError):
            return str(error)
    return str(error.reason if isinstance(error, URLError) else error) or "the connection was lost"
