"""The states of rules as they are shown, and who was told of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from incidents.core.errors import BadParameter
from incidents.core.incident import rfc3339
from incidents.core.notification import topic_of
from incidents.rules.rule import parse_rule
from incidents.rules.store import Row

Told = Mapping[str, Sequence[Row]]


def paths_of(name: str, wanted: str) -> tuple[str, ...]:
    """What the values of a rule's members are of; none if this version cannot read the rule."""
    try:
        return parse_rule(name, json.loads(wanted)).member_paths
    except BadParameter:
        return ()


def shown_state(row: Row, rule: str, paths: Sequence[str], told: Told) -> dict[str, Any]:
    """A state, with the channels that were told of it."""
    # While a rule is changed, its members can be those of before.
    by = dict(zip(paths, json.loads(row["member"]), strict=False))
    return {
        "by": by,
        "status": row["status"],
        "since": row["since"] and rfc3339(row["since"]),
        "last": row["last"] and rfc3339(row["last"]),
        "count": row["count"],
        "incidents": row["ids"],
        "title": row["title"],
        "told": row["told"],
        "muted_by": row["muted_by"],
        "channels": _channels(row, told.get(topic_of(rule, by), ())),
    }


def _channels(state: Row, told: Sequence[Row]) -> list[dict[str, Any]]:
    """What became of the newest notification of this firing, for each channel."""
    if not state["told"]:
        return []
    return [_notification(each) for each in told if each["created_at"] >= state["since"]]


def _notification(row: Row) -> dict[str, Any]:
    times = {name: row[name] and rfc3339(row[name]) for name in ("created_at", "sent_at")}
    names = ("id", "channel", "state", "attempts", "last_error")
    return {**{name: row[name] for name in names}, **times}
