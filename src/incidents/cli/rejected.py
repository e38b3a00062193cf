"""incidents rejected: list, show, store."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.group import Group
from incidents.cli.parts.list_options import format_option, limit_option
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say, show
from incidents.cli.parts.table import fitted
from incidents.rejected.rejection import STATUSES
from incidents.support.settings import Settings

_SHOWN_AT_MOST = 100
_PAGE = 100

_HEAD = f"{'ID':>8}  {'RECEIVED':20}  {'STATUS':6}  {'FROM':20}  WHY"


@click.group(cls=Group, short_help="List, show and store rejected reports.")
def rejected() -> None:
    """List, show and store the reports that a server refused.

    Listing and showing needs a key of the scope read, storing one of the scope manage. The key is
    read from INCIDENTS_KEY.
    """


@rejected.command("list", short_help="List rejected reports, the newest first.")
@click.option(
    "--status",
    type=click.Choice([str(each) for each in STATUSES]),
    help="Only reports refused with this status.",
)
@limit_option(_SHOWN_AT_MOST)
@format_option
@setting("url")
@env_file
def list_(
    status: str | None, limit: int, format_: str | None, env_file: Path | None, **flags: Any
) -> None:
    """List the rejected reports, the newest first."""
    settings = read_settings(env_file, **flags)
    table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    if table:
        click.echo(_HEAD)
    for each in _all(settings, status, limit):
        if table:
            click.echo(_row(each))
        else:
            show(json.dumps(each, ensure_ascii=False))


@rejected.command("show", short_help="Show one.")
@click.argument("id_", metavar="ID", type=click.IntRange(min=1))
@setting("url")
@env_file
def show_(id_: int, env_file: Path | None, **flags: Any) -> None:
    """Show the rejected report of that id, as JSON."""
    found = Client(read_settings(env_file, **flags)).answer("GET", f"/rejected/{id_}")
    for line in json.dumps(found, ensure_ascii=False, indent=2).split("\n"):
        show(line)


@rejected.command(short_help="Store one after all.")
@click.argument("ids", metavar="ID...", type=click.IntRange(min=1), nargs=-1, required=True)
@setting("url")
@env_file
def store(ids: tuple[int, ...], env_file: Path | None, **flags: Any) -> None:
    """Store the rejected reports of these ids: as incidents whose body is a string.

    Prints the id and the hash of each incident. One that was stored before is not stored again.
    """
    client = Client(read_settings(env_file, **flags))
    for each in ids:
        reply = client.store_rejected(each)
        say(f"{reply.id}\t{reply.hash}", err=False)


def _all(settings: Settings, status: str | None, limit: int) -> Iterator[Any]:
    client, left = Client(settings), limit
    asked = {} if status is None else {"status": status}
    while left:
        query = urlencode({**asked, "limit": min(left, _PAGE)})
        page = client.answer("GET", f"/rejected?{query}")
        yield from page["rejected"]
        left -= len(page["rejected"])
        if page["next"] is None:
            return
        asked["after"] = page["next"]


def _row(each: dict[str, Any]) -> str:
    sender = each["key"] or each["address"] or "-"
    received = f"{each['received_at'][:19]}Z"
    return fitted(
        f"{each['id']:>8}  {received:20}  {each['status']:<6}  {sender:20}  {each['detail']}"
    )
