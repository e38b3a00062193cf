"""incidents channels: list, show, put, delete, test. incidents notifications: list, retry."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.group import Group
from incidents.cli.parts.list_options import format_option, limit_option
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say, show
from incidents.cli.parts.table import fitted
from incidents.core.errors import BadParameter

_SHOWN_AT_MOST = 100
_PAGE = 100
# Those of notifications/outbox.py.
_STATES = ("pending", "sent", "dead")
_CHANNELS_HEAD = f"{'NAME':16}  {'KIND':12}  {'WAIT':>5}  {'DEAD':>5}  STATE"
_HEAD = f"{'ID':>8}  {'CREATED':20}  {'STATE':7}  {'CHANNEL':16}  TITLE, OR WHY NOT"

Command = TypeVar("Command", bound=Callable[..., Any])


def _of_server(command: Command) -> Command:
    return setting("url")(env_file(command))


_name = click.argument("name")


@click.group(cls=Group, short_help="List, create, delete and test channels.")
def channels() -> None:
    """List, create, delete and test the channels that notifications go to.

    Listing and showing needs a key of the scope read, everything else one of the scope manage. The
    key is read from INCIDENTS_KEY. docs/reference/channels.md explains channels.
    """


@channels.command("list", short_help="List the channels, and how each fares.")
@format_option
@_of_server
def list_channels(format_: str | None, env_file: Path | None, **flags: Any) -> None:
    """List the channels, and how each fares."""
    found = Client(read_settings(env_file, **flags)).answer("GET", "/channels")
    _print(_CHANNELS_HEAD, iter(found["channels"]), _channel_row, format_)


@channels.command("show", short_help="Show a channel, without its secrets.")
@_name
@_of_server
def show_channel(name: str, env_file: Path | None, **flags: Any) -> None:
    """Show a channel as JSON, without its secrets."""
    found = Client(read_settings(env_file, **flags)).answer("GET", _path(name))
    for line in json.dumps(found, ensure_ascii=False, indent=2).split("\n"):
        show(line)


@channels.command(short_help="Create or replace a channel.")
@_name
@click.argument("file", type=click.File("rb"))
@_of_server
def put(name: str, file: Any, env_file: Path | None, **flags: Any) -> None:
    """Create or replace a channel by the JSON object in FILE; - reads standard input.

    A file keeps secrets out of the list of processes and the history of the shell.
    """
    try:
        given = json.load(file)
    except ValueError as error:
        raise BadParameter("FILE", f"it is not JSON: {error}") from error
    Client(read_settings(env_file, **flags)).change("PUT", _path(name), given)
    say(f"the channel {name} is stored: `incidents channels test {name}` tries it")


@channels.command(short_help="Delete a channel.")
@_name
@_of_server
def delete(name: str, env_file: Path | None, **flags: Any) -> None:
    """Delete a channel. What waits for it becomes dead letters."""
    Client(read_settings(env_file, **flags)).change("DELETE", _path(name))
    say(f"the channel {name} is deleted")


@channels.command(short_help="Send a message through a channel now.")
@_name
@_of_server
def test(name: str, env_file: Path | None, **flags: Any) -> None:
    """Send a message through a channel now, or say why that fails."""
    reply = Client(read_settings(env_file, **flags)).change("POST", f"{_path(name)}/test")
    say(f"sent in {reply['seconds']} s", err=False)


@click.group(cls=Group, short_help="List notifications, and send dead letters again.")
def notifications() -> None:
    """List notifications, and send dead letters again.

    Listing needs a key of the scope read, sending again one of the scope manage. The key is read
    from INCIDENTS_KEY.
    """


@notifications.command("list", short_help="List notifications, the newest first.")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--channel", help="Only those for this channel.")
@click.option("--rule", help="Only those of this rule.")
@limit_option(_SHOWN_AT_MOST)
@format_option
@_of_server
def list_notifications(
    state: str | None,
    channel: str | None,
    rule: str | None,
    limit: int,
    format_: str | None,
    env_file: Path | None,
    **flags: Any,
) -> None:
    """List notifications, the newest first."""
    client = Client(read_settings(env_file, **flags))
    _print(_HEAD, _all(client, limit, state=state, channel=channel, rule=rule), _row, format_)


@notifications.command(short_help="Send notifications again that were not sent.")
@click.argument("ids", metavar="[ID]...", type=click.IntRange(min=1), nargs=-1)
@click.option("--all-dead", is_flag=True, help="All dead letters, the oldest first.")
@_of_server
def retry(ids: tuple[int, ...], env_file: Path | None, *, all_dead: bool, **flags: Any) -> None:
    """Send notifications again that were not sent, with the same message ids."""
    if all_dead == bool(ids):
        raise click.UsageError("give ids, or --all-dead")
    client = Client(read_settings(env_file, **flags))
    if all_dead:
        ids = tuple(each["id"] for each in _all(client, None, state="dead"))[::-1]
    for each in ids:
        reply = client.change("POST", f"/notifications/{each}/retry")
        say(f"{reply['id']}\t{reply['state']}", err=False)


def _path(name: str) -> str:
    return f"/channels/{quote(name, safe='')}"


def _all(client: Client, limit: int | None, **wanted: str | None) -> Iterator[Any]:
    """So many of the newest, or all of them."""
    asked: dict[str, Any] = {name: value for name, value in wanted.items() if value is not None}
    left = limit
    while left is None or left > 0:
        asked["limit"] = _PAGE if left is None else min(left, _PAGE)
        page = client.answer("GET", f"/notifications?{urlencode(asked)}")
        yield from page["notifications"]
        if page["next"] is None:
            return
        asked["after"] = page["next"]
        left = None if left is None else left - len(page["notifications"])


def _print(head: str, rows: Iterator[Any], row: Callable[[Any], str], format_: str | None) -> None:
    table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    if table:
        click.echo(head)
    for each in rows:
        if table:
            click.echo(row(each))
        else:
            show(json.dumps(each, ensure_ascii=False))


def _channel_row(each: dict[str, Any]) -> str:
    kind = next(iter(each["channel"]))
    state = f"fails: {each['last_error']}" if each["failures"] else "works"
    if not each["failures"] and each["last_sent_at"] is None:
        state = "nothing sent yet"
    return fitted(f"{each['name']:16}  {kind:12}  {each['pending']:>5}  {each['dead']:>5}  {state}")


def _row(each: dict[str, Any]) -> str:
    said = each["payload"]["data"].get("title", "")
    if each["last_error"] and each["state"] != "sent":
        said = f"{each['last_error']} ({said})"
    created = f"{each['created_at'][:19]}Z"
    return fitted(f"{each['id']:>8}  {created:20}  {each['state']:7}  {each['channel']:16}  {said}")
