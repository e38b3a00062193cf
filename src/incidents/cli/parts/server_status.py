"""What a running server says of itself and its incidents, over HTTP."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

from incidents.cli.parts.client import Client

_VERSION = re.compile(r'incidents_workers\{version="([^"]+)"\}')


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server that is ready. `incidents` is an estimate unless `exact`; times are RFC 3339."""

    url: str
    version: str | None
    incidents: int
    exact: bool
    oldest: str | None
    newest: dict[str, Any] | None
    retention: dict[str, Any]


def read_server_status(client: Client, url: str) -> ServerStatus:
    """What the server at `url` says; the client's key needs the scope read.

    Raises Rejected and Unavailable, also where no report could be stored now.
    """
    client.answer("GET", "/readyz")
    timeline = client.answer("GET", "/timeline?bins=1")
    newest, *_ = client.lines("POST", "/find?limit=1", b"{}")
    incident = json.loads(newest)
    is_empty = "id" not in incident
    return ServerStatus(
        url=url,
        version=_version(client),
        incidents=timeline["count"],
        exact=not timeline["estimate"],
        oldest=None if is_empty else timeline["since"],
        newest=None if is_empty else {key: incident[key] for key in ("id", "received_at")},
        retention=client.answer("GET", "/retention"),
    )


def _version(client: Client) -> str | None:
    found = map(_VERSION.match, client.lines("GET", "/metrics"))
    return next((each[1] for each in found if each), None)


def in_json(status: ServerStatus) -> str:
    """One JSON object, for programs."""
    return json.dumps(asdict(status))


def in_words(status: ServerStatus) -> str:
    """A line for each fact, for people."""
    about = "" if status.exact else "about "
    lines = [
        f"server      {status.url}, version {status.version or 'unknown'}, ready",
        f"incidents   {about}{status.incidents:,}",
    ]
    if status.oldest is not None and status.newest is not None:
        lines.append(f"oldest      received {status.oldest}")
        lines.append(
            f"newest      id {status.newest['id']}, received {status.newest['received_at']}"
        )
    return "\n".join([*lines, f"retention   {_retention(status.retention)}"])


def _retention(said: dict[str, Any]) -> str:
    if said["state"] == "off":
        return "none: incidents are kept until somebody deletes them"
    reason = f": {said['reason']}" if said["reason"] else ""
    until = f" until {said['until']}" if said["until"] else ""
    return f"{said['state']}{until}{reason}"
