"""incidents find."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.pretty import pretty
from incidents.cli.parts.query import line_of, query_argument
from incidents.cli.parts.shown import Shown, shown_options
from incidents.core.errors import NotFound

_SHOWN_AT_MOST = 100
_PAGE = 1000
_NO_MATCHES = 1


@click.command(
    short_help="Find incidents by a query line, by hash or by id.",
    epilog="""\b
Examples:
  incidents find service=billing user=42
  incidents find 'status>=500 -region=eu ("connection reset" OR refused)' --since 24h
  incidents find '{"context": {"region": "eu"}}'
  incidents find --hash 63bd7bae826f1198cd7710c7441a0c844b1f23ebad4a0dd8df28dfd968a56ddd
  incidents find level=error --columns received,level,body.host
  incidents find level=error --since 1h | jq -r .body.service | sort | uniq -c
  if incidents find level=fatal --since 5m --limit 1 >/dev/null; then page-someone; fi""",
)
@query_argument
@click.option("--hash", "hash_", metavar="HASH", help="Only incidents with this hash.")
@click.option("--id", "id_", type=click.IntRange(min=1), help="Only the incident with this id.")
@click.option("--since", metavar="TIME", help="Only incidents received at this time or later.")
@click.option("--until", metavar="TIME", help="Only incidents received before this time.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"Number of incidents. Default: {_SHOWN_AT_MOST} on a terminal, else all.",
)
@shown_options
@setting("url")
@env_file
def find(
    query: tuple[str, ...],
    hash_: str | None,
    id_: int | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    shown: Shown,
    env_file: Path | None,
    **flags: Any,
) -> None:
    """Find incidents on a server, the newest first. Without a QUERY: all.

    A QUERY is a line such as 'level=error -service=mail status>=500 "timed out"', or an example,
    which is a JSON object. Put the line in single quotes: the shell has a meaning of its own for
    quotes, < and >. A line that begins with - stands behind --. The exit code is 0 if something was
    found, otherwise 1. On a terminal, --id shows the whole incident. The API key is read from
    INCIDENTS_KEY.
    """
    client = Client(read_settings(env_file, **flags))
    at_most = limit or (_SHOWN_AT_MOST if shown.is_table else None)
    if id_ is not None and (query or hash_ is not None):
        raise click.UsageError("--id stands alone: give no QUERY and no --hash")
    if id_ is not None and shown.is_table and not shown.is_chosen:
        _show_pretty(client, id_)
        return
    if id_ is not None:
        lines = _one(client, id_)
    else:
        asked = {"q": line_of(query), "h": hash_, "since": since, "until": until}
        given = {name: value for name, value in asked.items() if value is not None}
        lines = _lines(client, given, at_most)
    found = shown.show_all(lines)
    if not found:
        _end_without_matches()
    if shown.is_table and limit is None and found == _SHOWN_AT_MOST:
        click.echo(f"the newest {_SHOWN_AT_MOST}; --limit shows more", err=True)


def _show_pretty(client: Client, id_: int) -> None:
    """Prints one whole incident for people. Ends the program if there is none."""
    line = next(_one(client, id_), None)
    if line is None:
        _end_without_matches()
    else:
        click.echo(pretty(line))


def _end_without_matches() -> NoReturn:
    click.echo("no matches", err=True)
    sys.exit(_NO_MATCHES)


def _one(client: Client, id_: int) -> Iterator[str]:
    try:
        yield " ".join(client.lines("GET", f"/incidents/{id_}"))
    except NotFound:
        return


def _lines(client: Client, given: dict[str, str], at_most: int | None) -> Iterator[str]:
    """All matches, or at most so many, page after page: a page can be shorter than requested."""
    if at_most is None:
        yield from client.lines("GET", f"/find?{urlencode(given)}")
        return
    left, after = at_most, dict[str, str]()
    while left:
        query = urlencode({**given, **after, "limit": min(left, _PAGE)})
        *page, last = client.lines("GET", f"/find?{query}")
        yield from page
        left -= len(page)
        cursor = json.loads(last)["next"]
        if cursor is None:
            return
        after = {"after": cursor}
