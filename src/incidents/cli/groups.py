"""incidents groups: list, show, resolve, reopen, mute, unmute."""

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
from incidents.core.grouping.state import Action, State

_SHOWN_AT_MOST = 50
_PAGE = 1000

_HEAD = f"{'ID':16}  {'STATE':8}  {'COUNT':>7}  {'LAST, UTC':11}  TITLE"


class _Listing(Group):
    """A query lists groups, where it is not the name of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is not a command is a query."""
        is_command = bool(args) and (args[0] in self.commands or args[0] in ("-h", "--help"))
        return super().parse_args(ctx, args if is_command else ["list", *args])


@click.group(cls=_Listing, short_help="List groups of incidents, resolve and mute them.")
def groups() -> None:
    """List groups of incidents: what is wrong, not only what came.

    `incidents groups QUERY` is `incidents groups list QUERY`. Listing and showing needs a key of
    the scope read, anything else one of the scope manage. The key is read from INCIDENTS_KEY.
    """


@groups.command("list", short_help="List groups, that of the newest incident first.")
@click.argument("query", nargs=-1)
@click.option(
    "--state",
    metavar="STATE,...",
    help=f"Only groups in one of these states: {', '.join(State)}.",
)
@click.option(
    "--sort",
    type=click.Choice(["last", "first", "count"]),
    help="What stands first: the newest incident (default), the newest group, the largest.",
)
@click.option("--since", metavar="TIME", help="Only incidents received at this time or later.")
@click.option("--until", metavar="TIME", help="Only incidents received before this time.")
@limit_option(_SHOWN_AT_MOST)
@format_option
@setting("url")
@env_file
def list_(
    query: tuple[str, ...],
    limit: int,
    format_: str | None,
    env_file: Path | None,
    state: str | None,
    sort: str | None,
    since: str | None,
    until: str | None,
    **flags: Any,
) -> None:
    """List the groups of what matches the query line, or of everything."""
    client = Client(read_settings(env_file, **flags))
    asked = {"q": " ".join(query), "state": state, "sort": sort, "since": since, "until": until}
    found = _all(client, {name: value for name, value in asked.items() if value}, limit)
    is_table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    if is_table:
        show(_HEAD)
    for each in found:
        show(_row(each) if is_table else json.dumps(each, ensure_ascii=False))


@groups.command("show", short_help="Show one.")
@click.argument("id_", metavar="ID")
@setting("url")
@env_file
def show_(id_: str, env_file: Path | None, **flags: Any) -> None:
    """Show the group of that id, and what people said of it, as JSON."""
    found = Client(read_settings(env_file, **flags)).answer("GET", f"/groups/{_path(id_)}")
    for line in json.dumps(found, ensure_ascii=False, indent=2).split("\n"):
        show(line)


def _changing(action: Action, text: str) -> click.Command:
    """A command that does one thing to groups."""

    def change(
        ids: tuple[str, ...],
        reason: str | None,
        env_file: Path | None,
        until: str | None = None,
        **flags: Any,
    ) -> None:
        client = Client(read_settings(env_file, **flags))
        said = {"reason": reason, "until": until}
        body = {name: value for name, value in said.items() if value is not None}
        for each in ids:
            state = client.change("POST", f"/groups/{_path(each)}/{action}", body)["state"]
            say(f"{each}\t{state}", err=False)

    change = click.argument("ids", metavar="ID...", nargs=-1, required=True)(change)
    change = click.option("--reason", metavar="TEXT", help="Why; it stands in the history.")(change)
    if action is Action.MUTE:
        until = "Until a time, or for a duration such as 2h or 7d. Default: for good."
        change = click.option("--until", metavar="TIME", help=until)(change)
    return click.command(action, help=text, short_help=text)(setting("url")(env_file(change)))


for _action, _text in (
    (Action.RESOLVE, "Resolve groups; what comes later makes them `back`."),
    (Action.REOPEN, "Open groups again."),
    (Action.MUTE, "Mute groups; their incidents are stored and found as before."),
    (Action.UNMUTE, "End a mute."),
):
    groups.add_command(_changing(_action, _text))


def _all(client: Client, asked: dict[str, str], limit: int) -> list[dict[str, Any]]:
    """The first groups, page after page; what comes again is added up."""
    found: dict[str, dict[str, Any]] = {}
    for each in _pages(client, asked, limit):
        known = found.get(each["id"])
        if known is None:
            found[each["id"]] = each
        else:
            known["count"] += each["count"]
            known["first"] = each["first"]
    return list(found.values())[:limit]


def _pages(client: Client, asked: dict[str, str], limit: int) -> Iterator[dict[str, Any]]:
    given = {**asked, "limit": str(min(limit, _PAGE))}
    ids: set[str] = set()
    while True:
        page = client.answer("GET", f"/groups?{urlencode(given)}")
        yield from page["groups"]
        ids |= {each["id"] for each in page["groups"]}
        # Older incidents of groups that are shown are counted, too.
        if page["next"] is None or (page["complete"] and len(ids) >= limit):
            return
        given["after"] = page["next"]


def _path(id_: str) -> str:
    return id_ if id_.isalnum() and id_.isascii() else "unknown"


def _row(each: dict[str, Any]) -> str:
    last = each["last"]["received_at"]
    told_apart_by = " ".join(filter(None, (each["service"], each["level"])))
    title = f"{told_apart_by}: {each['title']}" if told_apart_by else each["title"]
    return fitted(
        f"{each['id']}  {each['state']:8}  {each['count']:>7}  {last[5:10]} {last[11:16]}  {title}"
    )
