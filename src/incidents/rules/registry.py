"""The rules and mutes that are evaluated, as the tables say."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from incidents.core.errors import BadParameter
from incidents.rules.evaluation import Evaluation, State, Transition
from incidents.rules.groups_seen import Standing
from incidents.rules.mute import Mute, parse_mute
from incidents.rules.rule import Rule, member_of_group, parse_rule

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Followed:
    """A rule that is evaluated: incidents with higher ids than `begins_after` feed it."""

    evaluation: Evaluation
    begins_after: int

    @property
    def rule(self) -> Rule:
        """The rule."""
        return self.evaluation.rule

    def takes(self, id_: int, *, is_import: bool) -> bool:
        """Whether an incident that matches feeds it."""
        return id_ > self.begins_after and (self.rule.takes_imports or not is_import)

    def members(self, matched: Sequence[str], standing: Standing | None) -> Sequence[str]:
        """The members that are fed: the matched ones, or those of the group."""
        if not self.rule.when.is_of_groups:
            return matched
        if standing is None:
            return []
        return [member_of_group(standing.group, each) for each in matched]

    def begins(self, standing: Standing | None) -> bool:
        """Whether a match can fire: of a rule about groups not each can."""
        match self.rule.when.kind:
            case "new group":
                return standing is not None and standing.is_new
            case "group back":
                return standing is not None and standing.is_back
            case _:
                return True


@dataclass(frozen=True, slots=True)
class Change:
    """That a rule is evaluated as `wanted` says from now on; None: it is gone.

    `ended` are the transitions of states that do not fit it any more, each used before the next.
    """

    name: str
    wanted: str | None
    rule: Rule | None
    ended: Iterator[Transition]


class Registry:
    """What is evaluated. `version` is that of the tables."""

    def __init__(self) -> None:
        self.version = -1
        self.followed: dict[str, Followed] = {}
        self.mutes: Sequence[Mute] = ()

    def restore(
        self, rows: Sequence[asyncpg.Record], states: Mapping[str, dict[str, State]]
    ) -> None:
        """Continues with what was evaluated before, with the states that were written."""
        for row in rows:
            rule = row["applied"] and _parsed(row["name"], row["applied"])
            if rule:
                evaluation = Evaluation(rule, states.get(rule.name))
                self.followed[rule.name] = Followed(evaluation, row["begins_after"])

    def changes(
        self, rows: Sequence[asyncpg.Record], clock: datetime, now: datetime
    ) -> Iterator[Change]:
        """Takes over what the tables say, rule by rule. Each change is used before the next.

        What fires ends at `clock`. Nothing is expected before `now`, when the rule is there: where
        the evaluation is behind, no match of before feeds it.
        """
        for row in rows:
            name, wanted = row["name"], row["wanted"]
            if wanted is None:
                yield Change(name, None, self._rule(name), self._ended(name, clock))
                self.followed.pop(name, None)
            elif wanted != row["applied"] or name not in self.followed:
                new = _parsed(name, wanted)
                if new is not None:
                    yield self._replaced(new, row, clock, now)

    def read_mutes(self, rows: Sequence[asyncpg.Record]) -> None:
        """Takes over the mutes."""
        self.mutes = [mute for row in rows if (mute := _mute(row)) is not None]

    def _replaced(self, new: Rule, row: asyncpg.Record, clock: datetime, now: datetime) -> Change:
        old = self.followed.get(new.name)
        continues = old is not None and new.continues(old.rule)
        states = old.evaluation.states if old is not None and continues else None
        evaluation = Evaluation(new, states)
        evaluation.expect(new.expected, now)
        if old is not None and continues:
            evaluation.plan_repeats(clock)
            evaluation.changed |= old.evaluation.changed
        ended = iter(()) if continues or old is None else old.evaluation.drop(clock)
        if old is not None and not continues:
            evaluation.changed |= old.evaluation.states.keys()
        change = Change(new.name, row["wanted"], self._rule(new.name), ended)
        self.followed[new.name] = Followed(evaluation, row["begins_after"])
        return change

    def _rule(self, name: str) -> Rule | None:
        return self.followed[name].rule if name in self.followed else None

    def _ended(self, name: str, clock: datetime) -> Iterator[Transition]:
        return self.followed[name].evaluation.drop(clock) if name in self.followed else iter(())


def _parsed(name: str, text: str) -> Rule | None:
    """The rule; None if this version cannot read it: the others are evaluated."""
    try:
        return parse_rule(name, json.loads(text))
    except BadParameter as error:
        log.warning("a rule is not evaluated, because this version cannot read it: %s", error)
        return None


def _mute(row: asyncpg.Record) -> Mute | None:
    try:
        given: Any = json.loads(row["object"])
        mute = parse_mute(row["name"], given, row["created_at"])
    except BadParameter as error:
        log.warning("a mute is ignored, because this version cannot read it: %s", error)
        return None
    return Mute(mute.name, mute.object, mute.predicate, row["until"])
