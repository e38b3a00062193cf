"""Rules as a pure function: what fires, when it resolves, however time is cut."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.rules import evaluation as evaluation_module
from incidents.rules.evaluation import Evaluation, Transition
from incidents.rules.rule import Rule, parse_rule

START = datetime(2026, 1, 1, tzinfo=UTC)
ONE = "[]"


def rule(when: str, **more: Any) -> Rule:
    return parse_rule("r", {"query": "a=1", "when": when, **more})


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def said(transitions: Iterator[Transition]) -> list[tuple[str, float, int]]:
    """The kinds, the times in seconds, and the counts."""
    return [
        (each.kind, (each.at - START).total_seconds(), each.state.count) for each in transitions
    ]


def fed(each: Evaluation, seconds: list[float], member: str = ONE) -> list[tuple[str, float, int]]:
    return [
        told
        for id_, at in enumerate(seconds, 1)
        for told in said(each.match(member, id_, after(at)))
    ]


def test_any_fires_at_the_first_match_and_resolves_after_quiet() -> None:
    each = Evaluation(rule("any", quiet="10s"))

    assert fed(each, [1, 9, 19]) == [("firing", 1, 1)]
    assert said(each.advance(after(29))) == []
    assert said(each.advance(after(29.1))) == [("resolved", 29, 3)]
    assert each.states == {}
    assert fed(each, [40]) == [("firing", 40, 1)]


def test_a_count_is_of_the_matches_within_the_time() -> None:
    each = Evaluation(rule("count >= 3 in 10s", quiet="60s"))

    assert fed(each, [0, 5, 10, 14.9]) == [("firing", 14.9, 3)]
    assert fed(each, [20, 74]) == []
    assert said(each.advance(after(200))) == [("resolved", 134, 5)]
    assert fed(each, [201, 202]) == []
    assert said(each.advance(after(300))) == []
    assert each.states == {}


def test_a_firing_is_repeated_while_it_lasts() -> None:
    each = Evaluation(rule("any", quiet="150s", repeat="1m"))

    assert fed(each, [0, 100]) == [("firing", 0, 1), ("repeated", 60, 1)]
    assert said(each.advance(after(1000))) == [
        ("repeated", 120, 2),
        ("repeated", 180, 2),
        ("repeated", 240, 2),
        ("resolved", 250, 2),
    ]


def test_what_never_came_is_absent_too() -> None:
    each = Evaluation(rule("absent for 10s"))
    each.expect(each.rule.expected, START)

    assert said(each.advance(after(100))) == [("firing", 10, 0)]
    assert fed(each, [101, 105]) == [("resolved", 101, 1)]
    assert said(each.advance(after(200))) == [("firing", 115, 0)]


def test_each_member_ever_seen_or_listed_is_absent_by_itself_and_forgotten() -> None:
    each = Evaluation(rule("absent for 10s", by=["host"], members=["a"], forget="1m"))
    each.expect(each.rule.expected, START)

    assert fed(each, [5], '["b"]') == []
    assert said(each.advance(after(1000))) == [
        ("firing", 10, 0),
        ("firing", 15, 0),
        ("forgotten", 65, 0),
    ]
    assert list(each.states) == ['["a"]']


def test_a_downtime_is_no_silence_and_everybody_gets_some_time() -> None:
    each = Evaluation(rule("absent for 10m"))
    each.expect(each.rule.expected, START)
    each.was_away(timedelta(seconds=700), after(1290))

    assert said(each.advance(after(2000))) == [("firing", 1290 + 300, 0)]


def test_a_clock_that_is_set_back_delays_nothing() -> None:
    each = Evaluation(rule("any", quiet="10s"))
    fed(each, [1000])
    each.was_away(timedelta(seconds=-900), after(101))

    assert said(each.advance(after(111))) == [("resolved", 110, 1)]


def test_of_more_members_than_are_followed_the_matches_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation_module, "STATES_MAX", 2)
    each = Evaluation(rule("any", by=["host"]))
    for member in ('["a"]', '["b"]', '["c"]', '["d"]', '["a"]'):
        fed(each, [1], member)

    assert (list(each.states), each.not_followed) == (['["a"]', '["b"]'], 2)


def test_a_rule_that_goes_resolves_what_fires() -> None:
    each = Evaluation(rule("any", quiet="10s"))
    fed(each, [1])

    assert said(each.drop(after(2))) == [("resolved", 2, 1)]
    assert each.states == {}


CONDITIONS = st.sampled_from(
    [
        {"when": "any", "quiet": "7s", "by": ["host"]},
        {"when": "any", "quiet": "90s", "repeat": "1m", "by": ["host"]},
        {"when": "count >= 3 in 20s", "quiet": "5s", "by": ["host"]},
        {"when": "count >= 2 in 90s", "repeat": "1m", "by": ["host"]},
        {"when": "absent for 8s", "forget": "1m", "by": ["host"], "members": ["a", "z"]},
        {"when": "absent for 30s", "repeat": "1m", "by": ["host"]},
    ]
)
EVENTS = st.lists(st.tuples(st.floats(0, 60), st.sampled_from("abc")), max_size=60)
LOOKS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=10)

_Story = list[tuple[str, str, datetime, int, list[int]]]


def told(transitions: Iterator[Transition]) -> _Story:
    return [
        (each.member, each.kind, each.at, each.state.count, list(each.state.ids))
        for each in transitions
    ]


@settings(deadline=None)  # a busy machine takes longer
@given(CONDITIONS, EVENTS, LOOKS)
def test_however_often_one_looks_and_starts_anew_the_same_happens(
    condition: dict[str, Any], events: list[tuple[float, str]], looks: list[tuple[float, bool]]
) -> None:
    """A trial looks at nothing but the incidents; the evaluator looks all the time, and dies."""
    each = parse_rule("r", {"query": "a=1", **condition})
    tried, live = Evaluation(each), Evaluation(each)
    for one in (tried, live):
        one.expect(each.expected, START)
    by_trial: _Story = []
    by_looking: _Story = []
    now = 0.0
    for id_, (wait, host) in enumerate(events, 1):
        for part, starts_anew in sorted(looks):
            by_looking += told(live.advance(after(now + wait * part)))
            if starts_anew:
                live = Evaluation(each, deepcopy(live.states))
        now += wait
        by_trial += told(tried.match(f'["{host}"]', id_, after(now)))
        by_looking += told(live.match(f'["{host}"]', id_, after(now)))
    by_trial += told(tried.advance(after(now + 1000)))
    by_looking += told(live.advance(after(now + 1000)))

    assert sorted(by_trial) == sorted(by_looking)
    assert tried.states == live.states
    assert tried.firing == sum(one.status == "firing" for one in tried.states.values())
    assert live.firing == tried.firing
