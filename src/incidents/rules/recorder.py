"""When a step is written: at once if it tells somebody, else together with the next ones."""

from collections.abc import Collection, Iterator, Sequence
from time import monotonic

from incidents.rules.clock import Clock
from incidents.rules.evaluation import State
from incidents.rules.journal import Applied, Journal, Step
from incidents.rules.registry import Followed
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

# Changes that tell nobody are written so often, together; else that somebody is alive.
_WRITE_SECONDS = 1.0
_ALIVE_SECONDS = 5.0
_PRUNE_SECONDS = 60.0


class Recorder:
    """Writes what changed since the last step that was written, in one transaction."""

    def __init__(self, journal: Journal, teller: Teller) -> None:
        self._journal = journal
        self._teller = teller
        self.applied: list[Applied] = []
        self._position = ""
        self._written_at = self._pruned_at = monotonic()

    async def write_if_due(
        self, stream: Stream, clock: Clock, followed: Collection[Followed]
    ) -> Sequence[Entry]:
        """The lines of history that are on disk now. Raises the driver's errors."""
        position, since = str(stream.position), monotonic() - self._written_at
        has_changed = position != self._position or any(
            each.evaluation.changed for each in followed
        )
        is_due = since >= (_WRITE_SECONDS if has_changed else _ALIVE_SECONDS)
        if not (self._teller.told or self.applied or is_due):
            return []
        step = Step(
            position=position,
            clock=clock,
            states=dict(_changed(followed)),
            told=self._teller.take(),
            applied=self.applied,
            not_followed=dict(_not_followed(followed)),
        )
        await self._journal.write(step)
        self._begin_anew(position, followed)
        _measure(step, followed)
        if monotonic() - self._pruned_at > _PRUNE_SECONDS:
            self._pruned_at = monotonic()
            await self._journal.prune(stream.position.front)
        return step.told.entries

    def _begin_anew(self, position: str, followed: Collection[Followed]) -> None:
        for each in followed:
            each.evaluation.changed.clear()
            each.evaluation.not_followed = 0
        self.applied, self._position, self._written_at = [], position, monotonic()


def measure_nothing() -> None:
    """From now on another worker evaluates, or none does."""
    for gauge in (RULES_BEHIND, RULES_FIRING, RULE_STATES):
        gauge.set(0)


def _measure(step: Step, followed: Collection[Followed]) -> None:
    for entry in step.told.entries:
        RULE_HISTORY.add(1, entry.kind)
    RULES_HELD_BACK.add(sum(step.told.held_back.values()))
    RULES_NOT_FOLLOWED.add(sum(step.not_followed.values()))
    RULES_FIRING.set(sum(each.evaluation.firing for each in followed))
    RULE_STATES.set(sum(len(each.evaluation.states) for each in followed))


def _changed(followed: Collection[Followed]) -> Iterator[tuple[tuple[str, str], State | None]]:
    for each in followed:
        for member in each.evaluation.changed:
            yield (each.rule.name, member), each.evaluation.states.get(member)


def _not_followed(followed: Collection[Followed]) -> Iterator[tuple[str, int]]:
    for each in followed:
        if each.evaluation.not_followed:
            yield each.rule.name, each.evaluation.not_followed
