"""When a rule would have fired: the same evaluation, over what is stored."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

from incidents.core.incident import StoredIncident
from incidents.core.query.predicate import Predicate
from incidents.core.query.subject import Fields, Identity, subject_of
from incidents.db.condition import Condition
from incidents.db.stream.following import Following, Range
from incidents.rules.evaluation import Evaluation
from incidents.rules.groups_seen import Standing
from incidents.rules.matching import is_of_a_rule, members_of
from incidents.rules.registry import Followed
from incidents.rules.rule import Rule
from incidents.rules.telling import Entry, Teller

MATCHES_MAX = 200_000
LINES_MAX = 1000
_SECONDS_MAX = 10.0

_FIRST_IDS, _GROWTH, _IDS_MAX = 10_000, 4, 1_000_000
_ROWS = 500
# An incident that is older by more than those before it came with an import.
_IMPORT_AGE = timedelta(minutes=5)

StandingOf = Callable[[int], Awaitable[Standing | None]]


class Trial(NamedTuple):
    """What the rule would have done; `is_complete`: up to now, and not only up to `until`."""

    lines: list[Entry]
    matches: int
    not_followed: int
    until: datetime
    is_complete: bool


class Trials:
    """Runs a rule over the past, within bounds of time and matches. Raises StorageError."""

    def __init__(self, following: Following, address: str) -> None:
        self._following = following
        self._address = address

    async def run(
        self, rule: Rule, ids: Range, since: datetime, now: datetime, standing_of: StandingOf
    ) -> Trial:
        """The rule as if it had been made at `since`, over the incidents of these ids."""
        run = _Run(rule, since, now, self._address)
        deadline, is_complete = monotonic() + _SECONDS_MAX, True
        async for incident in self._matching(rule, ids):
            standing = await standing_of(incident.id) if rule.when.is_of_groups else None
            run.feed(incident, standing)
            if run.matches >= MATCHES_MAX or monotonic() > deadline:
                is_complete = False
                break
        return run.result(now, is_complete=is_complete)

    async def _matching(self, rule: Rule, ids: Range) -> AsyncGenerator[StoredIncident]:
        width = _FIRST_IDS
        for low, high in await self._following.with_partitions([ids]):
            at = low
            while at <= high:
                end = min(high, at + width - 1)
                found = await self._following.matching(Condition(rule.tree), at, end, _ROWS)
                for incident in found:
                    yield incident
                    await asyncio.sleep(0)
                if len(found) == _ROWS:
                    at, width = found[-1].id + 1, _FIRST_IDS
                else:
                    at, width = end + 1, min(width * _GROWTH, _IDS_MAX)


class _Run:
    """One evaluation over the past."""

    def __init__(self, rule: Rule, since: datetime, now: datetime, address: str) -> None:
        self.matches = 0
        self._rule = rule
        self._predicate = Predicate(rule.tree)
        self._fields = [Fields(path) for path in rule.paths]
        self._clock, self._now, self._since = since, now, since
        self._teller = Teller(address)
        self._evaluation = Evaluation(rule)
        self._followed = Followed(self._evaluation, 0)
        self._evaluation.expect(rule.expected, since)

    def feed(self, incident: StoredIncident, standing: Standing | None) -> None:
        rule = self._rule
        is_import = incident.received_at < self._clock - _IMPORT_AGE
        if incident.received_at < self._since or (is_import and not rule.takes_imports):
            return
        if is_of_a_rule(incident.headers) and not rule.takes_own:
            return
        identity = Identity(incident.id, incident.hash, incident.received_at, incident.group)
        subject = subject_of(identity, incident.headers, incident.body)
        members = members_of(self._predicate, self._fields, subject)
        self._clock = max(self._clock, min(incident.received_at, self._now))
        self.matches += bool(members)
        begins, match = self._followed.begins(standing), self._evaluation.match
        for member in self._followed.members(members, standing):
            for transition in match(member, incident.id, self._clock, begins=begins):
                self._teller.tell(rule, transition, incident)

    def result(self, now: datetime, *, is_complete: bool) -> Trial:
        until = now if is_complete else self._clock
        for transition in self._evaluation.advance(until):
            self._teller.tell(self._rule, transition, None)
        lines = self._teller.take().entries[-LINES_MAX:]
        return Trial(lines, self.matches, self._evaluation.not_followed, until, is_complete)
