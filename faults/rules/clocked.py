"""Rules while a clock jumps: that is no silence, nothing is invented, and they go on."""

import json
import time
from typing import Any

from tests.server import Server

from faults.rules.audit import Row

# What is fed, and what is absent: neither may say anything but that one firing for weeks.
_FED, _SILENT, _LATER = "fed", "silent", "later"
_RULES: dict[str, dict[str, Any]] = {
    _FED: {"query": "n=1", "when": "any", "quiet": "7d"},
    _SILENT: {"query": "n=0", "when": "absent for 7d"},
    _LATER: {"query": f"kind={_LATER}", "when": "any", "by": ["n"], "quiet": "90d"},
}
_JSON = {"Content-Type": "application/json"}
_SECONDS_MAX = 120
_POLL_SECONDS = 0.1


def set_up(server: Server) -> None:
    """Returns when there are all rules."""
    for name, rule in _RULES.items():
        reply = server.request("PUT", f"/rules/{name}", json.dumps(rule).encode(), _JSON)
        assert reply.status in (200, 201), reply.body


def until_fired(server: Server) -> None:
    """Returns when the firing is written that has to come. Raises AssertionError without it."""
    assert _comes(server, _FED, 1), "the rule that was fed did not fire"


def wrong(server: Server, number: int) -> list[str]:
    """What rules said and should not have, or did not say, a line each.

    A match that comes now has to fire; `number` tells it from those of other calls.
    """
    server.report({"kind": _LATER, "n": number})
    found = [] if _comes(server, _LATER, number) else [f"the match {number} did not fire"]
    for name, expected in ((_FED, ["firing"]), (_SILENT, [])):
        said = [each["event"] for each in _history(server, name) if each["event"] != "grace"]
        if said != expected:
            found.append(f"the rule {name} said {said}, and not {expected}")
    return found


def _comes(server: Server, name: str, firings: int) -> bool:
    deadline = time.monotonic() + _SECONDS_MAX
    while time.monotonic() < deadline:
        if sum(each["event"] == "firing" for each in _history(server, name)) >= firings:
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _history(server: Server, name: str) -> list[Row]:
    lines: list[Row] = server.request("GET", f"/rules/{name}/history").json["history"]
    return lines
