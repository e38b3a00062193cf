"""What a rule does with its matches and with time: states and transitions, without I/O.

The same incidents and times make the same transitions, however they are cut into batches and
whenever timers are looked at. So the evaluator, which runs live, and a trial over the past agree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Literal

from incidents.rules.rule import Rule

# Members of one rule that have a state; a match of another one is counted and not followed.
STATES_MAX = 10_000
# The newest matches, by id, that a state shows.
IDS_MAX = 10
# After a downtime nobody is absent for so long, or for the time of the rule if that is shorter.
GRACE_MIN = timedelta(minutes=5)

Status = Literal["heard", "pending", "firing"]
Kind = Literal["firing", "repeated", "unmuted", "resolved", "forgotten"]


@dataclass(slots=True)
class State:
    """What is known of one member of a rule.

    `heard`: an absent rule waits for its next match; `pending`: matches that are not enough yet.
    `quiet_since` is when the silence began that is measured: the last match, or later where the
    server did not listen. `count` and `ids` are of the matches of this firing, or that pend;
    `times` are those of pending matches. `told` and `muted_by` say who heard of the firing.
    """

    status: Status
    quiet_since: datetime
    last: datetime | None = None
    since: datetime | None = None
    count: int = 0
    ids: list[int] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    repeat_at: datetime | None = None
    told: bool = False
    muted_by: str | None = None
    title: str = ""
    text: str = ""
    alarm: datetime | None = field(default=None, compare=False)  # in the heap of timers


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of a state at a time. The state is as it was in the change, until the next step."""

    kind: Kind
    at: datetime
    member: str
    state: State


class Evaluation:
    """The states of one rule, and how many fire. `members` are texts, as `member_text` writes them.

    Time goes forward: of `match` and `advance` none is called with an earlier time than one before.
    """

    def __init__(self, rule: Rule, states: dict[str, State] | None = None) -> None:
        self.rule = rule
        self.states = states or {}
        self._expected = frozenset(rule.expected)
        self.changed: set[str] = set()
        self.not_followed = 0
        self.firing = sum(state.status == "firing" for state in self.states.values())
        self._timers: list[tuple[datetime, str]] = []
        for member, state in self.states.items():
            state.alarm = None
            self._set_alarm(member, state)

    def expect(self, members: Iterable[str], now: datetime) -> None:
        """These members are known from now on, as if each had just been heard."""
        for member in members:
            if member not in self.states:
                self._set(member, State("heard", now))

    def match(
        self,
        member: str,
        id_: int,
        at: datetime,
        silent_from: datetime | None = None,
        *,
        begins: bool = True,
    ) -> Iterator[Transition]:
        """The transitions of a match, with the timers before it. Each is used before the next.

        One that begins nothing only counts where its member has a state. The silence behind it
        begins at `silent_from`, if that is later: one of a downtime is none.
        """
        yield from self.advance(at)
        state = self.states.get(member)
        if state is None and not begins:
            return
        if state is None and len(self.states) >= STATES_MAX:
            self.not_followed += 1
            return
        is_absent = self.rule.when.kind == "absent"
        state = state or State("heard" if is_absent else "pending", at)
        _add(state, id_, at, max(at, silent_from or at))
        if is_absent:
            yield from self._heard(member, state, at)
        else:
            yield from self._counted(member, state, at)

    def is_due(self, until: datetime) -> bool:
        """Whether a timer may ring before `until`."""
        return bool(self._timers) and self._timers[0][0] < until

    def advance(self, until: datetime) -> Iterator[Transition]:
        """The transitions of timers before `until`, in the order of their times."""
        while self._timers and self._timers[0][0] < until:
            due, member = heappop(self._timers)
            state = self.states.get(member)
            if state is None or state.alarm != due:
                continue
            state.alarm = None
            if self._due(member, state) == due:
                yield from self._ring(member, state, due)
            if member in self.states:
                self._set_alarm(member, state)

    def was_away(self, span: timedelta, now: datetime) -> None:
        """Nobody listened for `span` before `now`: that was no silence.

        Negative where the clock was set back. Absent members get some time more; none of whom is
        known only since then.
        """
        grace = min(GRACE_MIN, self.rule.when.within) if span > timedelta(0) else None
        for member, state in self.states.items():
            since = state.quiet_since
            state.quiet_since = (
                since + span if grace is None else max(since, min(since + span, now))
            )
            if grace is not None and state.status == "heard":
                state.quiet_since = max(state.quiet_since, now - self.rule.when.within + grace)
            if state.repeat_at is not None:
                state.repeat_at += span
            state.times = [each + span for each in state.times] if grace is None else state.times
            state.alarm = None
            self._set(member, state)

    def plan_repeats(self, now: datetime) -> None:
        """What fires is repeated from now on as the rule says, which was changed."""
        for member, state in self.states.items():
            if state.status == "firing":
                self._plan_repeat(state, now)
                self._set(member, state)

    def drop(self, at: datetime) -> Iterator[Transition]:
        """Resolves what fires, and forgets every state."""
        for member, state in list(self.states.items()):
            if state.status == "firing":
                yield Transition("resolved", at, member, state)
            self._drop(member)

    def _heard(self, member: str, state: State, at: datetime) -> Iterator[Transition]:
        if state.status == "firing":
            yield Transition("resolved", at, member, state)
            self.firing -= 1
            _reset(state)
            state.status = "heard"
        state.count = 0
        self._set(member, state)

    def _counted(self, member: str, state: State, at: datetime) -> Iterator[Transition]:
        self._set(member, state)
        if state.status == "firing":
            return
        when = self.rule.when
        state.times = [each for each in [*state.times, at] if each > at - when.within]
        state.times = state.times or [at]
        state.count = len(state.times)
        del state.ids[state.count :]
        if state.count >= when.number:
            state.times = []
            yield from self._fire(member, state, at)

    def _fire(self, member: str, state: State, at: datetime) -> Iterator[Transition]:
        state.status, state.since = "firing", at
        self.firing += 1
        self._plan_repeat(state, at)
        self._set(member, state)
        yield Transition("firing", at, member, state)

    def _ring(self, member: str, state: State, due: datetime) -> Iterator[Transition]:
        """What the timer of a state was for."""
        if state.status == "heard":
            state.count = 0
            yield from self._fire(member, state, due)
        elif state.status == "pending":
            self._drop(member)
        elif due == self._ends_at(member, state):
            kind: Kind = "forgotten" if self.rule.when.kind == "absent" else "resolved"
            yield Transition(kind, due, member, state)
            self._drop(member)
        else:
            self._plan_repeat(state, due)
            self._set(member, state)
            yield Transition("repeated", due, member, state)

    def _plan_repeat(self, state: State, at: datetime) -> None:
        state.repeat_at = at + self.rule.repeat if self.rule.repeat else None

    def _due(self, member: str, state: State) -> datetime | None:
        """When its next timer is due."""
        if state.status != "firing":
            return state.quiet_since + self.rule.when.within
        times = (self._ends_at(member, state), state.repeat_at)
        return min([each for each in times if each is not None], default=None)

    def _ends_at(self, member: str, state: State) -> datetime | None:
        """When a firing ends by itself: for want of matches, or because its member is forgotten."""
        if self.rule.when.kind != "absent":
            return state.quiet_since + self.rule.quiet
        return None if member in self._expected else state.quiet_since + self.rule.forget

    def _set(self, member: str, state: State) -> None:
        self.states[member] = state
        self.changed.add(member)
        self._set_alarm(member, state)

    def _drop(self, member: str) -> None:
        self.firing -= self.states.pop(member).status == "firing"
        self.changed.add(member)

    def _set_alarm(self, member: str, state: State) -> None:
        """A timer that moves back stays where it is, and is set again when it rings."""
        due = self._due(member, state)
        if due is not None and (state.alarm is None or due < state.alarm):
            state.alarm = due
            heappush(self._timers, (due, member))


def _add(state: State, id_: int, at: datetime, silent_from: datetime) -> None:
    state.quiet_since, state.last = silent_from, at
    state.count += 1
    state.ids = [id_, *state.ids[: IDS_MAX - 1]]


def _reset(state: State) -> None:
    """Nothing is left of a firing but the last match."""
    state.since, state.repeat_at, state.muted_by, state.told = None, None, None, False
    state.title = state.text = ""
    del state.ids[1:]
