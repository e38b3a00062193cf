"""The process that sends one message through Apprise: the task comes on stdin, as JSON.

It ends with 0 when all services have taken the message; otherwise it prints why not.
"""

import json
import logging
import socket
import sys
from ipaddress import ip_network
from typing import Any

from incidents.notifications.senders.addresses import Addresses

# https://docs.python.org/3/library/audit_events.html
_CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")


def main() -> int:
    """Sends the message."""
    task = json.load(sys.stdin)
    said = _Said()
    forbid(task["forbidden"], said)
    logging.getLogger("apprise").addHandler(said)
    return 0 if _notify(task) else _tell(said)


def forbid(networks: list[str], said: "_Said") -> None:
    """From now on this process connects to no address of these networks: an audit hook stays."""
    addresses = Addresses([ip_network(each) for each in networks])

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTS and _is_forbidden(addresses, *arguments[:2]):
            why = f"{arguments[1][0]} is forbidden (INCIDENTS_NOTIFY_FORBIDDEN_NETWORKS)"
            said.lines.append(why)
            raise PermissionError(why)

    sys.addaudithook(hook)


def _is_forbidden(addresses: Addresses, used: socket.socket, target: Any) -> bool:
    if used.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    try:
        return addresses.is_forbidden(str(target[0]))
    except ValueError:
        return True  # a name: it would be resolved only now


def _notify(task: dict[str, Any]) -> bool:
    import apprise  # noqa: PLC0415 - an extra that may be missing

    # Nothing is read from files, and nothing kept.
    asset = apprise.AppriseAsset(
        app_id="incidents", app_desc="incidents", storage_mode="memory", async_mode=False
    )
    service = apprise.Apprise(asset=asset)
    if not service.add(task["urls"]):
        print("a URL is not one that Apprise knows")  # noqa: T201 - what the server reads
        return False
    return bool(
        service.notify(
            title=task["title"],
            body=task["body"],
            notify_type=task["kind"],
            body_format=apprise.NotifyFormat.TEXT,
        )
    )


class _Said(logging.Handler):
    """Collects what Apprise says of its failures."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        self.lines.append(record.getMessage())


def _tell(said: _Said) -> int:
    print("; ".join(dict.fromkeys(said.lines)))  # noqa: T201 - what the server reads
    return 1


if __name__ == "__main__":
    sys.exit(main())
