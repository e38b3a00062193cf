"""incidents tail."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say
from incidents.cli.parts.query import line_of, query_argument
from incidents.cli.parts.shown import Shown, shown_options
from incidents.core.errors import Rejected, Unavailable
from incidents.db.driver import backoff


@click.command(
    short_help="Print incidents as they are committed.",
    epilog="""\b
Examples:
  incidents tail service=billing level=error
  incidents tail --columns received,level,body.host
  incidents tail service!=notifier 'status>=500' | jq .body.message""",
)
@query_argument
@shown_options
@setting("url")
@env_file
def tail(query: tuple[str, ...], shown: Shown, env_file: Path | None, **flags: Any) -> None:
    """Print matching incidents as they are committed, one a line. Without a QUERY: all.

    A QUERY is as for `incidents find`. After a lost connection it continues with the next
    incident that was not printed yet. The API key is read from INCIDENTS_KEY.
    """
    client = Client(read_settings(env_file, **flags))
    path = f"/tail?{urlencode({'q': line_of(query)})}"
    position, pause = "", backoff()
    while True:
        try:
            for id_, kind, data in _events(client, path, position):
                _show(shown, kind, data)
                position, pause = id_, backoff()
            reason = "the server ended it"
        except Unavailable as error:
            if not position:
                raise
            reason = str(error)
        say(f"incidents: {reason}; reconnecting")
        time.sleep(next(pause))


def _events(client: Client, path: str, position: str) -> Iterator[tuple[str, str, str]]:
    """Each event: its id, its type, its data. Raises as Client.lines does."""
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": position} if position else {})
    fields: dict[str, str] = {}
    for line in client.lines("GET", path, headers=headers):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields.get("id", ""), fields.get("event", "message"), fields.get("data", "")
            fields = {}


def _show(shown: Shown, kind: str, data: str) -> None:
    if kind == "message" and data:
        shown.show(data)
    elif kind == "skipped":
        count = json.loads(data)["skipped"]
        say(f"incidents: {count} were skipped: this client is too slow")
    elif kind == "end":
        raise Rejected(f"the server ended it: {json.loads(data)['reason']}")
