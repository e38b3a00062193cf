"""What is said of a transition: its title, its notifications, its line of history."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from incidents.core.incident import StoredIncident, rfc3339
from incidents.core.notification import NewNotification
from incidents.core.query.subject import Identity, Subject, subject_of
from incidents.core.summary import summarize
from incidents.rules.condition import write_duration
from incidents.rules.evaluation import State, Transition
from incidents.rules.matching import RULE_HEADER
from incidents.rules.mute import Mute, muting
from incidents.rules.rule import Rule
from incidents.rules.template import TEXT_CHARACTERS_MAX, TITLE_CHARACTERS_MAX, lines, one_line

_ENDS = ("resolved", "forgotten")
# What the server stores as incidents of its own.
_STORED = ("firing", *_ENDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a rule's history. `is_stored`: it becomes an incident of its own.

    `notification` is the id of the one that was not delivered.
    """

    rule: str
    at: datetime
    kind: str
    member: str | None = None
    by: Mapping[str, str | None] = field(default_factory=dict)
    count: int = 0
    ids: Sequence[int] = ()
    title: str = ""
    detail: str | None = None
    muted_by: str | None = None
    is_stored: bool = False
    notification: int | None = None

    @property
    def body(self) -> dict[str, Any]:
        """That of the incident that the server stores about it."""
        body = {
            "rule": self.rule,
            "event": self.kind,
            "level": "info" if self.kind in _ENDS else "error",
            "message": self.title or self.kind,
            "by": self.by,
            "at": rfc3339(self.at),
            "count": self.count,
            "incidents": list(self.ids),
        }
        return {**body, "detail": self.detail} if self.detail else body


@dataclass(slots=True)
class Told:
    """What has to be written, together with the states, of what was said."""

    entries: list[Entry] = field(default_factory=list)
    notifications: list[NewNotification] = field(default_factory=list)
    held_back: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.entries or self.notifications)


class Teller:
    """Says transitions. `address` is where people open the page."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self.mutes: Sequence[Mute] = ()
        self.told = Told()

    def take(self) -> Told:
        """What was said since the last call."""
        told, self.told = self.told, Told()
        return told

    def tell(
        self,
        rule: Rule,
        transition: Transition,
        incident: StoredIncident | None,
        *,
        detail: str | None = None,
    ) -> None:
        """Says a transition. `incident` is the newest match of its member, if it is there."""
        state = transition.state
        if transition.kind in _ENDS:
            if state.told:
                self._notify(rule, transition)
            self._enter(rule, transition, detail, None)
            return
        if transition.kind == "firing":
            _entitle(rule, transition, incident)
        mute = self._muting(rule, transition, incident)
        if mute is not None:
            self.told.held_back[mute.name] = self.told.held_back.get(mute.name, 0) + 1
            state.muted_by = state.muted_by if state.told else mute.name
        else:
            state.told, state.muted_by = True, None
            self._notify(rule, transition)
        self._enter(rule, transition, detail, None if mute is None else mute.name)

    def note(self, entry: Entry) -> None:
        """Adds a line of history that tells nobody."""
        self.told.entries.append(entry)

    def _muting(
        self, rule: Rule, transition: Transition, incident: StoredIncident | None
    ) -> Mute | None:
        if not self.mutes:
            return None
        subjects = [_own_subject(rule, transition), *([_subject(incident)] if incident else [])]
        return muting(self.mutes, transition.at, subjects)

    def _notify(self, rule: Rule, transition: Transition) -> None:
        is_end = transition.kind in _ENDS
        payload = {
            "type": "rule.resolved" if is_end else "rule.firing",
            "timestamp": rfc3339(transition.at),
            "data": self._data(rule, transition),
        }
        self.told.notifications += [
            NewNotification(channel, rule.name, payload) for channel in rule.channels
        ]

    def _data(self, rule: Rule, transition: Transition) -> dict[str, Any]:
        state = transition.state
        data = {
            "rule": rule.name,
            "by": by_of(rule, transition.member),
            "since": rfc3339(state.since or transition.at),
            "count": state.count,
            "title": state.title,
            "incidents": list(state.ids),
            "url": f"{self._address}/?{urlencode({'q': rule.query})}",
        }
        return {**data, "text": state.text} if state.text else data

    def _enter(
        self, rule: Rule, transition: Transition, detail: str | None, muted_by: str | None
    ) -> None:
        entry = _entry_of(rule, transition)
        is_stored = entry.kind in _STORED
        self.note(replace(entry, detail=detail, muted_by=muted_by, is_stored=is_stored))


def by_of(rule: Rule, member: str) -> dict[str, str | None]:
    """The values of a member by the paths of its rule."""
    return dict(zip(rule.member_paths, json.loads(member), strict=True))


def _entry_of(rule: Rule, transition: Transition) -> Entry:
    state = transition.state
    return Entry(
        rule=rule.name,
        at=transition.at,
        kind=transition.kind,
        member=transition.member,
        by=by_of(rule, transition.member),
        count=state.count,
        ids=list(state.ids),
        title=state.title,
    )


def _own_subject(rule: Rule, transition: Transition) -> Subject:
    """The incident that the server stores about a transition, for mutes to match."""
    body = json.dumps(_entry_of(rule, transition).body)
    headers = json.dumps({RULE_HEADER: rule.name})
    return subject_of(Identity(0, b"", transition.at), headers, body)


def _subject(incident: StoredIncident) -> Subject:
    identity = Identity(incident.id, incident.hash, incident.received_at)
    return subject_of(identity, incident.headers, incident.body)


def _entitle(rule: Rule, transition: Transition, incident: StoredIncident | None) -> None:
    """Writes the title and the text of a firing, which it keeps until it is resolved."""
    state = transition.state
    own = _own_values(rule, transition)
    subject = _subject(incident) if incident and (rule.title or rule.text) else None
    title = rule.title.filled(own, subject) if rule.title else _title(rule, own, incident)
    state.title = one_line(title, TITLE_CHARACTERS_MAX) or rule.name
    if rule.text:
        state.text = lines(rule.text.filled(own, subject), TEXT_CHARACTERS_MAX)


def _own_values(rule: Rule, transition: Transition) -> dict[str, str]:
    by = by_of(rule, transition.member)
    return {
        "rule": rule.name,
        "when": str(rule.when),
        "by": " ".join(f"{path}={value}" for path, value in by.items() if value is not None),
        "count": str(transition.state.count),
        "since": rfc3339(transition.state.since or transition.at),
    }


def _title(rule: Rule, own: Mapping[str, str], incident: StoredIncident | None) -> str:
    """Such as `errors: 3 in 5m (host=db1): connection reset`."""
    member = f" ({own['by']})" if own["by"] else ""
    within = write_duration(rule.when.within)
    match rule.when.kind:
        case "absent":
            return f"{rule.name}: nothing for {within}{member}"
        case "count":
            return f"{rule.name}: {own['count']} in {within}{member}{_said(incident)}"
        case "new group" | "group back":
            return f"{rule.name}: {rule.when}{_said(incident)}"
        case _:
            return f"{rule.name}{member}{_said(incident)}"


def _said(incident: StoredIncident | None) -> str:
    return "" if incident is None else f": {summarize(incident.body).message}"


def state_of(state: State) -> dict[str, Any]:
    """A state as it is shown."""
    return {
        "status": state.status,
        "since": state.since and rfc3339(state.since),
        "last": state.last and rfc3339(state.last),
        "count": state.count,
        "incidents": list(state.ids),
        "title": state.title,
        "told": state.told,
        "muted_by": state.muted_by,
    }
