"""What the clients were told, written down as it was told."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.oracle import recomputed_hash

QUIET = "(between faults)"


class Outcome(Enum):
    """What became of a request, as its client knows it."""

    STORED = auto()  # 201: it must be there, once
    FOUND = auto()  # what was acknowledged before was shown
    REFUSED = auto()  # 503: it must not be there
    UNANSWERED = auto()  # the connection was lost: it may be there, once
    HUNG = auto()  # never
    WRONG = auto()  # never: any other answer
    MISSING = auto()  # never: what was acknowledged before was not shown


@dataclass(slots=True)
class Report:
    """One incident that a client reported, and what it was told."""

    marker: str
    headers: dict[str, str]
    body: bytes
    outcome: Outcome | None = None
    during: str = ""

    @property
    def hash(self) -> str:
        """The hash that it must have, by the formula of the contract."""
        return recomputed_hash({"headers": self.headers, "body": json.loads(self.body)})


@dataclass(slots=True)
class Ledger:
    """Every report, every outcome under the fault that it fell into, and what went wrong."""

    during: str = QUIET
    reports: dict[str, Report] = field(default_factory=dict)
    acknowledged: list[Report] = field(default_factory=list)
    outcomes: Counter[tuple[str, str, Outcome]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    last_refusal: dict[str, str] = field(default_factory=dict)
    _under_way: dict[object, float] = field(default_factory=dict)
    _stored_since: dict[int, float] = field(default_factory=dict)

    def begin(self) -> object:
        """A request is on its way."""
        key = object()
        self._under_way[key] = time.monotonic()
        return key

    def end(self, key: object, server: int, kind: str, outcome: Outcome, said: str = "") -> None:
        """It was answered, or never will be."""
        sent_at = self._under_way.pop(key)
        self.outcomes[self.during, kind, outcome] += 1
        if outcome is Outcome.REFUSED:
            seconds = time.monotonic() - sent_at
            self.last_refusal[self.during] = f"a {kind}, after {seconds:.1f} s: {said}"
        if outcome is Outcome.STORED:
            self._stored_since[server] = sent_at
        if outcome in (Outcome.HUNG, Outcome.WRONG, Outcome.MISSING):
            self.wrong.append(f"{self.during}: a {kind} was {outcome.name.lower()}: {said}")

    async def settled(self, since: float) -> None:
        """Returns when every request that was sent before `since` is answered."""
        while any(sent_at < since for sent_at in self._under_way.values()):
            await asyncio.sleep(_POLL_SECONDS)

    async def stored_on(self, server: int, since: float) -> None:
        """Returns when that server acknowledged a report that was sent at `since` or later."""
        while self._stored_since.get(server, 0) < since:
            await asyncio.sleep(_POLL_SECONDS)

    def count(self, during: str, outcome: Outcome) -> int:
        """How many requests ended so during that fault."""
        return sum(self.outcomes[during, kind, outcome] for kind in ("report", "search"))


_POLL_SECONDS = 0.005
