"""incidents values, incidents fields: what stands in the incidents that match."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.list_options import format_option, limit_option
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say, show
from incidents.cli.parts.query import line_of, query_argument
from incidents.cli.parts.table import fitted

_VALUES = 10
_FIELDS = 100

Counted = dict[str, Any]


@click.command(
    short_help="Count the values of a field.",
    epilog="""\b
Examples:
  incidents values body.host
  incidents values alerts.labels.alertname status=firing --since 24h --limit 20""",
)
@click.argument("field")
@query_argument
@click.option("--since", metavar="TIME", help="Only incidents received at this time or later.")
@click.option("--until", metavar="TIME", help="Only incidents received before this time.")
@limit_option(_VALUES)
@format_option
@setting("url")
@env_file
def values(
    field: str,
    query: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    format_: str | None,
    env_file: Path | None,
    **flags: Any,
) -> None:
    """Print the most frequent values of FIELD among the matches, and how many incidents have each.

    FIELD and QUERY are as a query line has them. Without a QUERY: among all incidents. The API key
    is read from INCIDENTS_KEY.
    """
    asked = {"field": field, "limit": str(limit), "since": since, "until": until}
    found = _answer("/values", query, asked, env_file, flags)
    _print(found["values"], format_, f"{'COUNT':>9}  {'SHARE':>5}  VALUE", _row_of(found["count"]))
    said = [f"{found['missing']} of {found['count']} incidents do not have the field"]
    if found["other"]:
        said.append(f"other values: {found['other']}")
    _say(said, found)


@click.command(
    short_help="List the fields of incidents.",
    epilog="""\b
Examples:
  incidents fields
  incidents fields service=billing --since 1h""",
)
@query_argument
@click.option("--since", metavar="TIME", help="Only incidents received at this time or later.")
@click.option("--until", metavar="TIME", help="Only incidents received before this time.")
@limit_option(_FIELDS)
@format_option
@setting("url")
@env_file
def fields(
    query: tuple[str, ...],
    since: str | None,
    until: str | None,
    limit: int,
    format_: str | None,
    env_file: Path | None,
    **flags: Any,
) -> None:
    """Print the fields that the matches have, the most frequent first.

    Each is named as a query line names it. Without a QUERY: those of all incidents. The API key is
    read from INCIDENTS_KEY.
    """
    found = _answer("/fields", query, {"since": since, "until": until}, env_file, flags)
    head = f"{'COUNT':>9}  {'SHARE':>5}  {'TYPES':20}  FIELD"
    _print(found["fields"][:limit], format_, head, _row_of_field)
    left = len(found["fields"]) - limit
    _say([f"{left} fields more: --limit shows them"] if left > 0 else [], found)


def _answer(
    path: str,
    query: tuple[str, ...],
    asked: dict[str, str | None],
    env_file: Path | None,
    flags: dict[str, Any],
) -> Counted:
    client = Client(read_settings(env_file, **flags))
    given = {name: value for name, value in asked.items() if value is not None}
    found: Counted = client.answer("GET", f"{path}?{urlencode({**given, 'q': line_of(query)})}")
    return found


def _print(
    rows: Iterable[Counted], format_: str | None, head: str, row: Callable[[Counted], str]
) -> None:
    is_table = format_ == "table" or (format_ is None and sys.stdout.isatty())
    if is_table:
        show(head)
    for each in rows:
        show(fitted(row(each)) if is_table else json.dumps(each, ensure_ascii=False))


def _row_of(count: int) -> Callable[[Counted], str]:
    def row(each: Counted) -> str:
        share, value = each["count"] / max(1, count), each["value"]
        text = value if isinstance(value, str) else json.dumps(value)
        return f"{each['count']:>9}  {share:>5.0%}  {text}"

    return row


def _row_of_field(each: Counted) -> str:
    types = ",".join(each["types"])
    return f"{each['count']:>9}  {each['share']:>5.0%}  {types:20}  {each['field']}"


def _say(said: list[str], found: Counted) -> None:
    """What is behind the figures, to people: standard output is for what was counted."""
    if found["estimate"]:
        said.append(f"the counts are estimates, within {found['error']} incidents")
    for each in said:
        say(each)
