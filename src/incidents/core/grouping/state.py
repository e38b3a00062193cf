"""What people say of a group, and what state that gives it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Action(StrEnum):
    """What somebody did."""

    RESOLVE = "resolve"
    REOPEN = "reopen"
    MUTE = "mute"
    UNMUTE = "unmute"


class State(StrEnum):
    """How a group stands: `back` is one of which something came after it was resolved."""

    OPEN = "open"
    RESOLVED = "resolved"
    MUTED = "muted"
    BACK = "back"


class Change(NamedTuple):
    """What somebody did to a group, and when.

    `by` is the name of an API key, None without one. `until` is the end of what is muted, None for
    good. Incidents with an id above `last_id` came after it.
    """

    action: Action
    at: datetime
    until: datetime | None
    by: str | None
    reason: str | None
    last_id: int


def state_of(change: Change | None, now: datetime, *, has_grown: bool) -> State:
    """The state after the newest change of a group; of one that nobody changed, open.

    `has_grown` says whether an incident of the group came after the change.
    """
    match change:
        case Change(action=Action.RESOLVE):
            return State.BACK if has_grown else State.RESOLVED
        case Change(action=Action.MUTE, until=until) if until is None or now < until:
            return State.MUTED
        case _:
            return State.OPEN
