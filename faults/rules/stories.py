"""Stories: some reports of one member, after which it is certain what its rule has to say.

Each rule is fed by stories of its own kind, told while faults are injected. How many reports of a
story were stored is known at the end; when exactly, and in which batches, must not matter.
"""

import asyncio
import json
from contextlib import suppress
from random import Random
from typing import Any, Final

from tests.server import Reply

from faults.asking import ask
from faults.clients import Reporter
from faults.groups import group_of
from faults.ledger import Ledger, Outcome, Report
from faults.rules.receiver import Receiver
from faults.wire import json_headers

QUIET_SECONDS, ABSENT_SECONDS, NEEDED = 2, 2, 3
# What is reported so long after an acknowledgement comes behind the end of an absence.
_SURELY_ABSENT_SECONDS = ABSENT_SECONDS + 3
_PAUSE_SECONDS = (0.2, 0.8)

_LONG = "24h"
_WHEN: Final[dict[str, dict[str, Any]]] = {
    "once": {"when": "any", "quiet": _LONG, "channels": ["hook"]},
    "brief": {"when": "any", "quiet": f"{QUIET_SECONDS}s", "channels": ["hook"]},
    "many": {"when": f"count >= {NEEDED} in {_LONG}", "channels": ["few", "hook"]},
    "silent": {"when": f"absent for {ABSENT_SECONDS}s", "channels": ["few"]},
    "new": {"when": "new group", "quiet": _LONG, "channels": ["hook"]},
    "back": {"when": "group back", "quiet": _LONG, "channels": ["few"]},
    "held": {"when": "any", "quiet": _LONG, "channels": ["hook"]},
}
OF_GROUPS = ("new", "back")
HELD_BACK = "held"
# Nothing feeds it, so its history has all graces, and nothing else.
UNFED = "unfed"
RULES = {
    kind: {"query": f"kind={kind}", **({} if kind in OF_GROUPS else {"by": ["story"]}), **more}
    for kind, more in _WHEN.items()
}
STORIES = tuple(RULES)
RULES[UNFED] = {"query": f"kind={UNFED}", "when": "any"}
_MUTE = {"query": f"rule={HELD_BACK}", "reason": "nobody is told", "until": "never"}

# `few` gets more than it takes, which is joined.
_CHANNELS = {"hook": {"per_minute": 1000}, "few": {"per_minute": 30}}


async def set_up(port: int, receiver: Receiver) -> None:
    """Returns when there are all rules, and channels that lead to the receiver."""
    where = {"webhook": {"url": receiver.url, "secret": receiver.secret}}
    for name, options in _CHANNELS.items():
        await ask(port, "PUT", f"/channels/{name}", {**where, **options})
    await ask(port, "PUT", f"/mutes/{HELD_BACK}", _MUTE)
    for name, rule in RULES.items():
        await ask(port, "PUT", f"/rules/{name}", rule)


def storytellers(ports: list[int], ledger: Ledger, random: Random) -> list["Storyteller"]:
    """One for each rule that is fed, on one of the ports."""
    tellers = []
    for number, kind in enumerate(STORIES):
        server = number % len(ports)
        tellers.append(Storyteller(kind, server, ports[server], ledger, random))
    return tellers


class Storyteller(Reporter):
    """Tells stories of one kind, one after another."""

    def __init__(self, kind: str, server: int, port: int, ledger: Ledger, random: Random) -> None:
        super().__init__(server, port, ledger, random, filling_bytes_max=0)
        self._of = kind

    async def ask_once(self) -> None:
        """Tells one story, but not the rest of one when it has to end."""
        story = f"{self._of}-{len(self._ledger.reports)}"
        match self._of:
            case "silent":
                await self._report_in(story)
                await self._rest(_SURELY_ABSENT_SECONDS)
                if not self._ended.is_set():
                    await self._report_in(story)
            case "back":
                report = await self._report_in(story)
                if report.outcome is Outcome.STORED and await self._resolve(report):
                    await self._report_in(story)
            case "brief":
                await self._report_in(story)
            case _:
                for _ in range(self._random.randint(1, 2 * NEEDED - 1)):
                    await self._report_in(story)
        await self._rest(self._random.uniform(*_PAUSE_SECONDS))

    async def _report_in(self, story: str) -> Report:
        marker = f"m{len(self._ledger.reports)}-{self._random.getrandbits(64):016x}"
        said = {"marker": marker, "kind": self._of, "story": story, "fingerprint": story}
        body = json.dumps(said).encode()
        key, report = self._begin(Report(marker, json_headers(body), body))
        await self._send(key, report)
        return report

    async def _resolve(self, report: Report) -> bool:
        """Whether the group of a report is resolved; tries again until it has to end."""
        group = group_of({"headers": report.headers, "body": json.loads(report.body)})
        while True:
            reply = await self._ask(f"/groups/{group}/resolve", json_headers(b"{}"), b"{}")
            if isinstance(reply, Reply) and reply.status == _OK:
                return True
            if self._ended.is_set():
                return False
            await self._rest(_AGAIN_SECONDS)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), seconds)


_OK = 200
_AGAIN_SECONDS = 0.1
