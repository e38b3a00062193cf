"""The steps of an evaluator.

A step reads what became visible, changes states in memory, and writes position, states, history and
notifications in one transaction. Whoever takes over continues at the last step, with what was
written; so nothing is missed, and nothing happens twice.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from time import monotonic

from incidents.core.errors import IncidentsError, StorageError
from incidents.core.incident import StoredIncident, rfc3339
from incidents.db.driver import driver_errors
from incidents.db.stream.following import Arrival, Following
from incidents.rules.evaluation import State, Transition
from incidents.rules.groups_seen import Standing
from incidents.rules.journal import Applied, Journal, Step
from incidents.rules.matching import Fed, Matcher, Members
from incidents.rules.own_incidents import OwnIncidents
from incidents.rules.registry import Followed, Registry
from incidents.rules.rule import Rule
from incidents.rules.stream import Stream
from incidents.rules.telling import Entry, Teller
from incidents.support.metrics.metrics import (
    RULE_HISTORY,
    RULE_STATES,
    RULES_BEHIND,
    RULES_FIRING,
    RULES_HELD_BACK,
    RULES_NOT_FOLLOWED,
)
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# How often it looks for incidents; without rules, for rules.
_POLL_SECONDS = 0.2
_IDLE_SECONDS = 0.5
# Timers wait so long for incidents that were received before them.
_SLACK = timedelta(seconds=1.2)
# Changes that tell nobody are written so often, together; else that somebody is alive.
_WRITE_SECONDS = 1.0
_ALIVE_SECONDS = 5.0
_PRUNE_SECONDS = 60.0
# When nobody has evaluated for longer, the time is no silence. A clock that jumps looks the same.
_AWAY_MIN = timedelta(seconds=15)
_BACK_MIN = timedelta(seconds=5)


class Turn:
    """The time in which one worker evaluates. Everything it knows comes from the journal."""

    def __init__(
        self,
        journal: Journal,
        own: OwnIncidents,
        following: Following,
        parser: Parser,
        settings: Settings,
    ) -> None:
        self._journal = journal
        self._own = own
        self._following = following
        self._parser = parser
        self._wait_seconds = settings.database_wait_seconds
        self._teller = Teller(settings.page_address)
        self._registry = Registry()
        self._matcher = Matcher([], parser)
        self._stream: Stream | None = None
        self._clock = self._alive_at = datetime.fromtimestamp(0, UTC)
        self._lasting: set[str] | None = None
        self._applied: list[Applied] = []
        self._written = ""
        self._written_at = self._pruned_at = self._asked_at = monotonic()

    async def step(self) -> float:
        """Returns when it is done, and written if it matters; the seconds until the next one.

        Raises StorageError: then this turn is over, and another one begins at the last step.
        """
        with driver_errors():
            # First the ids: who reports after a rule was made gets one behind these.
            reserved = await self._following.reserved()
            version, now = await self._journal.look()
            if version != self._registry.version:
                await self._reload(version, now)
            stream = self._stream
            if stream is None:
                measure_nothing()
                return _IDLE_SECONDS
            self._grant_grace(now)
            await self._read(stream, reserved, now)
            if stream.has_all:
                # What waits for a lower id can have been received long ago, while nobody evaluated.
                until = min(now - _SLACK, stream.waits_since or now)
                await self._let_time_pass(max(self._clock, until))
            await self._look_for_dead_letters()
            await self._write_if_due(stream)
            RULES_BEHIND.set((now - self._clock).total_seconds())
            if self._own.is_waiting:
                await self._own.store()
        return _POLL_SECONDS if stream.has_all else 0.0

    async def _reload(self, version: int, now: datetime) -> None:
        rows = await self._journal.rules()
        registry = self._registry
        registry.read_mutes(await self._journal.mutes())
        registry.version = version
        self._teller.mutes = registry.mutes
        if not rows:
            self._stream = None
            return
        if self._stream is None:
            await self._begin(rows, now)
        for change in registry.changes(rows, self._clock):
            why = "the rule was deleted" if change.wanted is None else "the rule was changed"
            for transition in change.ended:
                assert change.rule is not None
                self._teller.tell(change.rule, transition, None, detail=why)
            self._applied.append(Applied(change.name, change.wanted))
        self._matcher = Matcher((each.rule for each in registry.followed.values()), self._parser)

    async def _begin(self, rows: Sequence[object], now: datetime) -> None:
        position = await self._journal.position()
        self._clock, self._alive_at = min(position["clock"], now), position["alive_at"]
        self._stream = Stream(self._following, position["position"], self._wait_seconds)
        self._registry.restore(rows, await self._journal.states())  # type: ignore[arg-type]

    def _grant_grace(self, now: datetime) -> None:
        """Time in which nobody evaluated, or that a clock jumped over, is no silence."""
        span, last = now - self._alive_at, self._alive_at
        self._alive_at = now
        if -_BACK_MIN <= span <= _AWAY_MIN:
            return
        self._clock = min(self._clock, now)
        said = f"nobody evaluated rules from {rfc3339(last)} to {rfc3339(now)}, or the clock jumped"
        log.warning("%s: this time counts as no silence", said)
        for each in self._registry.followed.values():
            each.evaluation.was_away(span, now)
            self._teller.note(Entry(each.rule.name, now, "grace", detail=said))

    async def _read(self, stream: Stream, reserved: int, now: datetime) -> None:
        fed: list[tuple[Arrival, Members]] = []
        last: Arrival | None = None
        async with aclosing(stream.arrivals(reserved)) as pieces:
            async for piece in pieces:
                for last in piece:
                    likely = self._matcher.likely(last)
                    if likely and (members := await self._members(last, likely)):
                        fed.append((last, members))
        if fed:
            await self._feed(fed, now)
        if last is not None:
            self._clock = max(self._clock, min(last.identity.received_at, now))

    async def _members(self, arrival: Arrival, likely: Sequence[Fed]) -> Members:
        try:
            return await self._matcher.members(arrival, likely)
        except StorageError:
            raise
        except IncidentsError:
            log.exception("incident %d cannot be read, and feeds no rule", arrival.id)
            return {}

    async def _feed(self, fed: Sequence[tuple[Arrival, Members]], now: datetime) -> None:
        """Feeds the rules with what matches them, in its order."""
        followed = self._registry.followed
        imported = await self._journal.are_imported([arrival.id for arrival, _ in fed])
        of_groups = [
            arrival.id
            for arrival, members in fed
            if any(followed[name].rule.when.is_of_groups for name in members)
        ]
        standings = await self._journal.standings(of_groups) if of_groups else {}
        for arrival, members in fed:
            self._clock = max(self._clock, min(arrival.identity.received_at, now))
            for name, matched in members.items():
                if followed[name].takes(arrival.id, is_import=arrival.id in imported):
                    standing = standings.get(arrival.id)
                    await self._match(followed[name], matched, arrival, standing)

    async def _match(
        self,
        followed: Followed,
        matched: Sequence[str],
        arrival: Arrival,
        standing: Standing | None,
    ) -> None:
        begins, match = followed.begins(standing), followed.evaluation.match
        for member in followed.members(matched, standing):
            for transition in match(member, arrival.id, self._clock, begins=begins):
                is_of_match = transition.state.ids[:1] == [arrival.id]
                incident = arrival.incident() if is_of_match else None
                await self._tell(followed.rule, transition, incident)

    async def _let_time_pass(self, until: datetime) -> None:
        self._clock = until
        for followed in self._registry.followed.values():
            if followed.evaluation.is_due(until):
                for transition in followed.evaluation.advance(until):
                    await self._tell(followed.rule, transition, None)
        lasting = {mute.name for mute in self._registry.mutes if mute.lasts(until)}
        if lasting != self._lasting:
            self._lasting = lasting
            for followed in self._registry.followed.values():
                await self._unmute(followed, lasting)

    async def _unmute(self, followed: Followed, lasting: set[str]) -> None:
        """Says once what still fires and was held back by a mute that is over."""
        evaluation = followed.evaluation
        for member, state in evaluation.states.items():
            if state.muted_by is not None and state.muted_by not in lasting:
                over = f"the mute {state.muted_by} is over"
                transition = Transition("unmuted", self._clock, member, state)
                await self._tell(followed.rule, transition, None, over)
                evaluation.changed.add(member)

    async def _look_for_dead_letters(self) -> None:
        if monotonic() - self._asked_at > _ALIVE_SECONDS:
            self._asked_at = monotonic()
            for entry in await self._journal.undelivered():
                self._teller.note(entry)

    async def _tell(
        self,
        rule: Rule,
        transition: Transition,
        incident: StoredIncident | None,
        detail: str | None = None,
    ) -> None:
        if incident is None and transition.kind not in ("resolved", "forgotten"):
            incident = await self._newest(rule, transition.state)
        self._teller.tell(rule, transition, incident, detail=detail)

    async def _newest(self, rule: Rule, state: State) -> StoredIncident | None:
        """The newest match, where somebody looks at it, and the retention left it there."""
        if not state.ids or not (self._registry.mutes or rule.title or rule.text):
            return None
        found = await self._following.among([(state.ids[0], state.ids[0])])
        return found[0].incident() if found else None

    async def _write_if_due(self, stream: Stream) -> None:
        evaluations = [each.evaluation for each in self._registry.followed.values()]
        position, since = str(stream.position), monotonic() - self._written_at
        has_changed = position != self._written or any(each.changed for each in evaluations)
        is_due = since >= (_WRITE_SECONDS if has_changed else _ALIVE_SECONDS)
        if not (self._teller.told or self._applied or is_due):
            return
        followed = self._registry.followed.values()
        told = self._teller.take()
        step = Step(
            position=position,
            clock=self._clock,
            alive_at=self._alive_at,
            states=dict(_changed(followed)),
            told=told,
            applied=self._applied,
            not_followed={
                each.rule.name: each.evaluation.not_followed
                for each in followed
                if each.evaluation.not_followed
            },
        )
        await self._journal.write(step)
        _count(step)
        RULES_FIRING.set(sum(each.firing for each in evaluations))
        RULE_STATES.set(sum(len(each.states) for each in evaluations))
        self._own.is_waiting |= any(each.is_stored for each in told.entries)
        for each in evaluations:
            each.changed.clear()
            each.not_followed = 0
        self._applied, self._written, self._written_at = [], position, monotonic()
        if monotonic() - self._pruned_at > _PRUNE_SECONDS:
            self._pruned_at = monotonic()
            await self._journal.prune(stream.position.front)


def measure_nothing() -> None:
    """From now on another worker evaluates, or none does."""
    for gauge in (RULES_BEHIND, RULES_FIRING, RULE_STATES):
        gauge.set(0)


def _count(step: Step) -> None:
    for entry in step.told.entries:
        RULE_HISTORY.add(1, entry.kind)
    RULES_HELD_BACK.add(sum(step.told.held_back.values()))
    RULES_NOT_FOLLOWED.add(sum(step.not_followed.values()))


def _changed(followed: Iterable[Followed]) -> Iterable[tuple[tuple[str, str], State | None]]:
    for each in followed:
        for member in each.evaluation.changed:
            yield (each.rule.name, member), each.evaluation.states.get(member)
