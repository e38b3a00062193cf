"""What rules had to say, recomputed from what is stored: the ids and times of incidents."""

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from faults.groups import group_of
from faults.rules.stories import (
    ABSENT_SECONDS,
    HELD_BACK,
    NEEDED,
    OF_GROUPS,
    QUIET_SECONDS,
    RULES,
)

RULE_HEADER = "Incidents-Rule"

Incident = dict[str, Any]
# A rule, the values of a member, firing or resolved, when.
Told = tuple[str, str, str, str]

_FROM_TO = re.compile(r"from (\S+) to (\S+),")
_TYPES = {"firing": "rule.firing", "resolved": "rule.resolved"}


@dataclass(slots=True)
class Story:
    """The reports of one member that are stored, and what was said of it, in its order."""

    kind: str
    incidents: list[Incident] = field(default_factory=list)
    said: list[Incident] = field(default_factory=list)

    @property
    def events(self) -> list[str]:
        """What happened: firing, resolved."""
        return [each["body"]["event"] for each in self.said]


@dataclass(frozen=True, slots=True)
class Grace:
    """A time in which nobody evaluated, or over which a clock jumped."""

    begin: datetime
    end: datetime

    def touches(self, story: Story) -> bool:
        """Whether it may have put off an absence between the reports, wherever it was known."""
        received = [_time(each["received_at"]) for each in story.incidents]
        low, high = sorted((self.begin, self.end))
        return min(received) <= high and low <= max(received)


class Times:
    """When incidents were received, all that are stored, by their ids.

    Where nobody evaluated for a while, the time of a match is not before that of any lower id:
    ids are given ahead, so a lower one can have been received seconds later.
    """

    def __init__(self, received: Iterable[tuple[int, str]] = ()) -> None:
        pairs = sorted(received)
        self._ids = [id_ for id_, _ in pairs]
        self._latest = list(accumulate((_time(text) for _, text in pairs), max))

    def may_hide_a_silence(self, story: Story) -> bool:
        """Whether the first incident may have counted as one that came just before the second."""
        first, second, *_ = story.incidents
        at = bisect_right(self._ids, first["id"])
        silent = timedelta(seconds=ABSENT_SECONDS)
        return at > 0 and self._latest[at - 1] + silent >= _time(second["received_at"])


@dataclass(slots=True)
class Judged:
    """What rules did, in numbers, and what was wrong with it."""

    stories: int = 0
    transitions: int = 0
    notifications: int = 0
    received: int = 0
    again: int = 0
    wrong: list[str] = field(default_factory=list)


def judge(incidents: Iterable[Incident], graces: list[Grace], times: Times) -> Judged:
    """Compares what rules said with what they had to say."""
    judged = Judged()
    for (kind, member), story in _stories(incidents).items():
        judged.stories += 1
        judged.transitions += len(story.said)
        for wrong in _wrong(story, graces, times):
            ids = [each["id"] for each in story.incidents]
            judged.wrong.append(f"rule {kind}, {member}, incidents {ids}: {wrong}")
    return judged


def told_of(incidents: Iterable[Incident]) -> Counter[Told]:
    """What each channel had to be told, and how many of them."""
    told: Counter[Told] = Counter()
    for each in incidents:
        body = each["body"]
        if RULE_HEADER in each["headers"] and body["rule"] != HELD_BACK:
            key = body["rule"], json.dumps(body["by"]), _TYPES[body["event"]], body["at"]
            told[key] = len(RULES[body["rule"]]["channels"])
    return told


def graces_of(details: Iterable[str]) -> list[Grace]:
    """Those that the history of a rule tells of."""
    found = [_FROM_TO.search(each) for each in details]
    return [Grace(_time(each[1]), _time(each[2])) for each in found if each is not None]


def _stories(incidents: Iterable[Incident]) -> dict[tuple[str, str], Story]:
    stories: dict[tuple[str, str], Story] = {}
    for each in sorted(incidents, key=lambda each: each["id"]):
        if RULE_HEADER in each["headers"]:
            (member,) = each["body"]["by"].values()
            kind = each["body"]["rule"]
            stories.setdefault((kind, member), Story(kind)).said.append(each)
        elif kind := each["body"].get("kind"):
            member = group_of(each) if kind in OF_GROUPS else each["body"]["story"]
            stories.setdefault((kind, member), Story(kind)).incidents.append(each)
    for story in stories.values():
        story.said.sort(key=lambda each: (each["body"]["at"], each["body"]["event"]))
    return stories


def _wrong(story: Story, graces: list[Grace], times: Times) -> Iterator[str]:
    expected = list(_expected(story, graces, times))
    if story.events not in expected:
        yield f"it said {story.events}, and not {' or '.join(map(str, expected))}"
        return
    ids = {each["id"] for each in story.incidents}
    for each in story.said:
        body = each["body"]
        if not set(body["incidents"]) <= ids:
            yield f"it named incidents that do not feed it: {body['incidents']}"
        if story.kind == "many" and len(set(body["incidents"])) != NEEDED:
            yield f"it counted {body['incidents']}"
    if not graces:
        yield from _too_soon(story)


def _too_soon(story: Story) -> Iterator[str]:
    """What was said before its time; where a clock jumped, nobody can know."""
    at = [_time(each["body"]["at"]) for each in story.said]
    received = [_time(each["received_at"]) for each in story.incidents]
    if story.kind == "brief" and at and at[1] - at[0] != timedelta(seconds=QUIET_SECONDS):
        yield f"it resolved after {at[1] - at[0]}"
    if at and at[0] < min(received) + timedelta(seconds=ABSENT_SECONDS * (story.kind == "silent")):
        yield f"it fired at {at[0]}, before its time"


def _expected(story: Story, graces: list[Grace], times: Times) -> Iterator[list[str]]:
    count = len(story.incidents)
    match story.kind:
        case "brief":
            yield ["firing", "resolved"] if count else []
        case "many":
            yield ["firing"] if count >= NEEDED else []
        case "back":
            yield ["firing"] if count > 1 else []
        case "silent":
            yield ["firing", "resolved", "firing"][: 2 * count - 1] if count else []
            is_hidden = count > 1 and times.may_hide_a_silence(story)
            if is_hidden or (count > 1 and any(grace.touches(story) for grace in graces)):
                yield ["firing"]
        case _:
            yield ["firing"] if count else []


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
