"""The steps of an evaluator.

A step reads what became visible, changes states in memory, and writes position, states, history and
notifications in one transaction. Whoever takes over continues at the last step, with what was
written; so nothing is missed, and nothing happens twice.
"""

import logging
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from time import monotonic

from incidents.core.errors import IncidentsError, StorageError
from incidents.core.incident import StoredIncident, rfc3339
from incidents.db.driver import driver_errors
from incidents.db.stream.following import Arrival, Following
from incidents.rules.clock import Clock, Downtime
from incidents.rules.evaluation import State, Transition
from incidents.rules.groups_seen import Standing
from incidents.rules.journal import Applied, Journal
from incidents.rules.matching import Fed, Matcher, Members
from incidents.rules.own_incidents import OwnIncidents
from incidents.rules.recorder import Recorder, measure_nothing
from incidents.rules.registry import Followed, Registry
from incidents.rules.rule import Rule
from incidents.rules.stream import Stream
from incidents.rules.telling import Entry, Teller
from incidents.support.metrics.metrics import RULES_BEHIND
from incidents.support.parsing_process import Parser
from incidents.support.settings import Settings

log = logging.getLogger(__name__)

# How often it looks for incidents; without rules, for rules.
_POLL_SECONDS = 0.2
_IDLE_SECONDS = 0.5
# Timers wait so long for incidents that were received before them.
_SLACK = timedelta(seconds=1.2)
# How often it looks for dead letters.
_LETTERS_SECONDS = 5.0
# When nobody has evaluated for longer, the time is no silence. A clock that jumps looks the same.
_AWAY_MIN = timedelta(seconds=15)
_BACK_MIN = timedelta(seconds=5)
_BEGIN = datetime.fromtimestamp(0, UTC)


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
        self._clock = Clock(_BEGIN, _BEGIN)
        self._lasting: set[str] | None = None
        self._recorder = Recorder(journal, self._teller)
        self._asked_at = monotonic()

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
                await self._let_time_pass(until)
            await self._look_for_dead_letters()
            followed = self._registry.followed.values()
            written = await self._recorder.write_if_due(stream, self._clock, followed)
            self._own.is_waiting |= any(each.is_stored for each in written)
            RULES_BEHIND.set((now - self._clock.time).total_seconds())
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
        for change in registry.changes(rows, self._clock.time, now):
            why = "the rule was deleted" if change.wanted is None else "the rule was changed"
            for transition in change.ended:
                assert change.rule is not None
                self._teller.tell(change.rule, transition, None, detail=why)
            self._recorder.applied.append(Applied(change.name, change.wanted))
        self._matcher = Matcher((each.rule for each in registry.followed.values()), self._parser)

    async def _begin(self, rows: Sequence[object], now: datetime) -> None:
        position = await self._journal.position()
        downtimes = [Downtime(each.lower, each.upper) for each in position["downtimes"]]
        self._clock = Clock(min(position["clock"], now), position["alive_at"], downtimes)
        self._stream = Stream(self._following, position["position"], self._wait_seconds)
        self._registry.restore(rows, await self._journal.states())  # type: ignore[arg-type]

    def _grant_grace(self, now: datetime) -> None:
        """Time in which nobody evaluated, or that a clock jumped over, is no silence."""
        last, self._clock.alive_at = self._clock.alive_at, now
        if -_BACK_MIN <= now - last <= _AWAY_MIN:
            return
        said = f"nobody evaluated rules from {rfc3339(last)} to {rfc3339(now)}, or the clock jumped"
        log.warning("%s: this time counts as no silence", said)
        for each in self._registry.followed.values():
            self._teller.note(Entry(each.rule.name, now, "grace", detail=said))
        if last < now:
            self._clock.add(Downtime(last, now))
            return
        self._interrupt(self._clock.set_back(now), last)
        self._interrupt(now - last, now)

    def _interrupt(self, span: timedelta, until: datetime) -> None:
        for each in self._registry.followed.values():
            each.evaluation.was_away(span, until)

    async def _go_on(self, until: datetime) -> None:
        """Moves the clock. Timers of before a downtime ring before it interrupts the others."""
        for downtime in self._clock.to(until):
            await self._ring(downtime.begin)
            self._interrupt(downtime.end - downtime.begin, downtime.end)

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
            await self._go_on(min(last.received_at, now))

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
            await self._go_on(min(arrival.received_at, now))
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
        at, silent_from = self._clock.time, self._clock.silent_from
        for member in followed.members(matched, standing):
            for transition in match(member, arrival.id, at, silent_from, begins=begins):
                is_of_match = transition.state.ids[:1] == [arrival.id]
                incident = arrival.incident() if is_of_match else None
                await self._tell(followed.rule, transition, incident)

    async def _let_time_pass(self, until: datetime) -> None:
        await self._go_on(until)
        await self._ring(self._clock.time)
        lasting = {mute.name for mute in self._registry.mutes if mute.lasts(self._clock.time)}
        if lasting != self._lasting:
            self._lasting = lasting
            for followed in self._registry.followed.values():
                await self._unmute(followed, lasting)

    async def _ring(self, until: datetime) -> None:
        for followed in self._registry.followed.values():
            if followed.evaluation.is_due(until):
                for transition in followed.evaluation.advance(until):
                    await self._tell(followed.rule, transition, None)

    async def _unmute(self, followed: Followed, lasting: set[str]) -> None:
        """Says once what still fires and was held back by a mute that is over."""
        evaluation = followed.evaluation
        for member, state in evaluation.states.items():
            if state.muted_by is not None and state.muted_by not in lasting:
                over = f"the mute {state.muted_by} is over"
                transition = Transition("unmuted", self._clock.time, member, state)
                await self._tell(followed.rule, transition, None, over)
                evaluation.changed.add(member)

    async def _look_for_dead_letters(self) -> None:
        if monotonic() - self._asked_at > _LETTERS_SECONDS:
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
