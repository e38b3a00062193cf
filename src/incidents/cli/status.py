"""incidents status."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from incidents.cli.parts.client import Client
from incidents.cli.parts.database import existing_database
from incidents.cli.parts.options import env_file, read_settings, setting
from incidents.cli.parts.output import say
from incidents.cli.parts.server_status import in_json, in_words, read_server_status
from incidents.core.incident import rfc3339
from incidents.maintenance.clock import Observed
from incidents.maintenance.status import Groups, Status, read_status

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_STEP = 1000
_CONFIRM = "run `incidents retention confirm`"


@click.command(
    short_help="Show how much is stored, since when, and what expires next.",
    epilog="""\b
Examples:
  incidents status
  incidents status --retention 30d     what would expire with that retention
  incidents status --json | jq .incidents
  incidents status --url https://incidents.example""",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
@click.option(
    "--url", "server", metavar="URL", help="Ask this server instead. Its key is INCIDENTS_KEY."
)
@setting("retention")
@setting("data")
@setting("database_url")
@env_file
def status(env_file: Path | None, server: str | None, *, as_json: bool, **flags: Any) -> None:
    """Show how much is stored, since when, and what the retention deletes next.

    Reads from the database, with or without a running server, and changes nothing. With --url it
    asks a server over HTTP, which knows no sizes and not what is deleted next.
    """
    if server is not None:
        _ask(server, env_file, flags, as_json=as_json)
        return
    settings = read_settings(env_file, **flags)
    keep, now = settings.retention, datetime.now(UTC)
    with existing_database(settings) as database_url:
        found = asyncio.run(read_status(database_url, keep, now, settings.database_wait_seconds))
    click.echo(_json(found, keep) if as_json else _text(found, keep, now))


def _ask(url: str, env_file: Path | None, flags: dict[str, Any], *, as_json: bool) -> None:
    if any(value is not None for value in flags.values()):
        raise click.UsageError("--url asks a server: leave out the flags of a database")
    client = Client(read_settings(env_file, url=url))
    found = read_server_status(client, url)
    say(in_json(found) if as_json else in_words(found), err=False)


def _json(status: Status, keep: timedelta | None) -> str:
    shown = {**asdict(status), "retention_seconds": keep and keep.total_seconds()}
    return json.dumps(shown, default=rfc3339)


def _text(status: Status, keep: timedelta | None, now: datetime) -> str:
    about = "" if status.exact else "about "
    lines = [
        f"incidents   {about}{status.incidents:,} in {status.partitions} partitions",
        f"on disk     {_bytes(status.bytes)}, PostgreSQL {status.postgresql}{_machines(status)}",
    ]
    if status.wal_bytes is not None:
        lines.append(f"log (WAL)   {_bytes(status.wal_bytes)} beside that{_coordinator(status)}")
    if status.first is not None and status.last is not None:
        for name, end in (("oldest", status.first), ("newest", status.last)):
            lines.append(f"{name:12}id {end.id}, received {rfc3339(end.received_at)}")
    lines.append(f"retention   {keep or 'none: incidents are kept until somebody deletes them'}")
    if keep is not None:
        lines.append(f"goes next   {_next(status, now)}")
    if groups := _groups(status.groups):
        lines.append(f"groups      {groups}")
    if status.not_indexed:
        missing = f"{status.not_indexed:,} settled ids are not indexed"
        lines.append(f"words       {missing}")
    if halted := _halted(status.clock):
        lines.append(f"{'clock':12}{halted}")
    return "\n".join(lines)


def _groups(groups: Groups) -> str:
    said: list[str] = []
    if groups.not_grouped is not None:
        said.append(f"incidents up to id {groups.not_grouped} get theirs in the background")
    if groups.is_full:
        said.append(
            f"{groups.new:,} are new within a day, the limit: incidents of further ones join the "
            "group of their service"
        )
    return "; ".join(said)


def _halted(clock: Observed) -> str:
    if clock.stopped_at is not None:
        since = rfc3339(clock.stopped_at)
        return f"STOPPED since {since}: {clock.reason}. Set the clock right, then {_CONFIRM}"
    if clock.waits_until is not None:
        until = rfc3339(clock.waits_until)
        return f"waits until {until}: {clock.reason}. If the clock is right, {_CONFIRM}"
    return ""


def _machines(status: Status) -> str:
    return "" if status.machines is None else f", Citus on {status.machines} machines"


def _coordinator(status: Status) -> str:
    return "" if status.machines is None else ", on the coordinator"


def _next(status: Status, now: datetime) -> str:
    going = status.next
    if going is None:
        return "nothing: there is nothing"
    when = "now" if going.at <= now else f"from {rfc3339(going.at)}"
    how = "dropped whole" if going.whole else "in small batches"
    return f"{going.incidents:,} incidents of {going.partition}, {how}, {when}"


def _bytes(count: float) -> str:
    unit = 0
    while count >= _STEP and unit < len(_UNITS) - 1:
        count, unit = count / _STEP, unit + 1
    return f"{count:.1f} {_UNITS[unit]}" if unit else f"{count} bytes"
