"""incidents rules: apply, list, show, try, test-channel, schema."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.group import Group
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say, show
from incidents.cli.parts.rules_file import SECTIONS, apply, changes, read_file, written
from incidents.cli.parts.table import fitted
from incidents.core.errors import BadParameter

_HEAD = f"{'RULE':24}  {'STATE':10}  {'SINCE':20}  {'MEMBERS':>7}  WHEN"
_EVENTS = f"{'AT':20}  {'EVENT':9}  {'COUNT':>5}  TITLE"


@click.group(cls=Group, short_help="Apply, list, show and try rules.")
def rules() -> None:
    """Apply, list, show and try the rules that tell channels of incidents.

    Reading and trying needs a key of the scope read, applying and testing one of the scope manage.
    The key is read from INCIDENTS_KEY. docs/reference/rules.md explains rules.
    """


_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@rules.command("apply", short_help="Make the server have what a file says.")
@_file
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@setting("url")
@env_file
def apply_(file: Path, env_file: Path | None, *, dry_run: bool, **flags: Any) -> None:
    """Make the channels, rules and mutes of the server those of a YAML file.

    What the server has and the file does not is deleted. A section that the file does not have
    stays as it is. Secrets of channels are sent each time, because the server does not show them.
    """
    wanted = read_file(file)
    client = Client(read_settings(env_file, **flags))
    planned = changes(client, wanted)
    for change in planned:
        if not dry_run:
            apply(client, change)
        for line in written(change):
            say(line, err=False)
    said = "would change" if dry_run else "changed"
    say(f"{len(planned)} {said}" if planned else "nothing to change")


@rules.command("list", short_help="List rules, those that fire first.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@setting("url")
@env_file
def list_(env_file: Path | None, *, as_json: bool, **flags: Any) -> None:
    """List the rules, those that fire first."""
    found = Client(read_settings(env_file, **flags)).answer("GET", "/rules")
    if as_json:
        show(json.dumps(found, ensure_ascii=False))
        return
    click.echo(_HEAD)
    for each in found["rules"]:
        click.echo(_row(each))


@rules.command("show", short_help="Show a rule, its states and its history.")
@click.argument("name")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Lines of history."
)
@setting("url")
@env_file
def show_(name: str, limit: int, env_file: Path | None, **flags: Any) -> None:
    """Show a rule with the states of its members, and what it did, as JSON."""
    client = Client(read_settings(env_file, **flags))
    found = client.answer("GET", f"/rules/{name}")
    found["history"] = client.answer("GET", f"/rules/{name}/history?limit={limit}")["history"]
    _print(found)


@rules.command("try", short_help="Say when a rule of a file would have fired.")
@_file
@click.argument("name")
@click.option("--since", default="7d", show_default=True, help="A time, or an age: 12h, 7d.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
@setting("url")
@env_file
def try_(
    file: Path, name: str, since: str, env_file: Path | None, *, as_json: bool, **flags: Any
) -> None:
    """Say when the rule NAME of a file would have fired, and change nothing."""
    wanted = read_file(file).get("rules", {})
    if name not in wanted:
        raise BadParameter("NAME", f"{file} has no rule {name}, but {', '.join(wanted) or 'none'}")
    asked = {"rule": wanted[name], "name": name, "since": since}
    found = Client(read_settings(env_file, **flags)).change("POST", "/rules/try", asked)
    if as_json:
        _print(found)
        return
    click.echo(_EVENTS)
    for each in found["history"]:
        at = f"{each['at'][:19]}Z"
        row = f"{at:20}  {each['event']:9}  {each['count']:>5}  {each['title']}"
        click.echo(fitted(row))
    end = "" if found["complete"] else f"; only up to {found['until']} could be read"
    say(f"{found['matches']} matches since {found['since']}{end}")


@rules.command("test-channel", short_help="Send a test message to a channel.")
@click.argument("name")
@setting("url")
@env_file
def test_channel(name: str, env_file: Path | None, **flags: Any) -> None:
    """Send a test message to a channel of the server, and say what came of it."""
    _print(Client(read_settings(env_file, **flags)).change("POST", f"/channels/{name}/test"))


@rules.command(short_help="Print the JSON schema of the file.")
def schema() -> None:
    """Print the JSON schema of the file, for editors that check YAML."""
    api = files("incidents").joinpath("http/endpoints/openapi.json").read_text()
    _print(file_schema(json.loads(api)["components"]["schemas"]))


def file_schema(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schema of the file, of those of its objects in the API's description."""
    kinds = {section: section.removesuffix("s").capitalize() for section in SECTIONS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Channels, rules and mutes of incidents",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            section: {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{kind}"}}
            for section, kind in kinds.items()
        },
        "$defs": {kind: schemas[kind] for kind in kinds.values()},
    }


def _print(found: Any) -> None:
    for line in json.dumps(found, ensure_ascii=False, indent=2).split("\n"):
        show(line)


def _row(each: dict[str, Any]) -> str:
    firing, muted = each["firing"], each["muted"]
    state = f"{firing} firing" if firing else "pending" if each["pending"] else "ok"
    if firing and firing == muted:
        state = f"{firing} muted"
    since = f"{each['since'][:19]}Z" if each["since"] else "-"
    when = each["rule"]["when"]
    return fitted(f"{each['name']:24}  {state:10}  {since:20}  {each['members']:>7}  {when}")
