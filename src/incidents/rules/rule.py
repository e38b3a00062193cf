"""A rule: a query, a condition, and whom it tells. `parse_rule` reads it from its JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

from incidents.core.api_key import is_name
from incidents.core.errors import BadParameter, BadQuery
from incidents.core.query.instant import Ago
from incidents.core.query.parser import parse_query
from incidents.core.query.tree import AllOf, AnyOf, Not, Path, Received, Tree
from incidents.rules.condition import Condition, duration, parse_condition
from incidents.rules.template import Template, parse_path

BY_MAX = 5
MEMBERS_MAX = 1000
CHANNELS_MAX = 10
_NESTING_LEVELS_MAX = 100

_MINUTE, _DAY, _YEAR = timedelta(minutes=1), timedelta(days=1), timedelta(days=366)
_QUIET = timedelta(minutes=5)
_FORGET = timedelta(days=30)

KEYS = (
    *("query", "when", "by", "quiet", "repeat", "channels", "title", "text", "members", "forget"),
    *("own", "imports"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be evaluated. `object` is the JSON it was read from.

    `by` are paths; each combination of their values is a member, with a state of its own. `members`
    are those that are known before anything came. A state that fires resolves after `quiet` without
    a match.
    """

    name: str
    object: Mapping[str, Any]
    tree: Tree = field(compare=False)
    when: Condition
    by: tuple[str, ...]
    paths: tuple[Path, ...]
    members: tuple[tuple[str, ...], ...]
    quiet: timedelta
    repeat: timedelta | None
    forget: timedelta
    channels: tuple[str, ...]
    title: Template | None = field(compare=False)
    text: Template | None = field(compare=False)
    takes_own: bool
    takes_imports: bool

    @property
    def query(self) -> str:
        """The query line."""
        return str(self.object["query"])

    @property
    def member_paths(self) -> tuple[str, ...]:
        """What the values of a member are of."""
        return ("group", *self.by) if self.when.is_of_groups else self.by

    @property
    def expected(self) -> list[str]:
        """The members that an absent rule itself names, as texts; without `by` there is one."""
        if self.when.kind != "absent":
            return []
        return [member_text(each) for each in (self.members if self.by else [()])]

    def continues(self, other: "Rule") -> bool:
        """Whether its states stay when this rule replaces the other one."""
        return self.when.kind == other.when.kind and self.by == other.by


def member_of_group(group: str, member: str) -> str:
    """The member of a rule about groups: the id of the group, and the values of `by`."""
    return member_text([group, *json.loads(member)])


def member_text(values: Sequence[str | None]) -> str:
    """A member as text: the values of `by` in its order, null where there is none."""
    return json.dumps(values)


# What /rules/try means.
_NOT_A_NAME = "try"


def check_name(kind: str, name: str) -> None:
    """Returns if a rule or mute can have the name. Raises BadParameter."""
    if not is_name(name) or name == _NOT_A_NAME:
        raise BadParameter(
            kind,
            f"{name[:80]!r} is no name: 1 to 64 letters, digits, and . _ - behind the first one, "
            f"and not {_NOT_A_NAME!r}",
        )


def parse_rule(name: str, given: Any) -> Rule:
    """The rule of that name. Raises BadParameter: its name leads to what is wrong."""
    check_name("rules", name)
    place = f"rules.{name}"
    check_keys(given, place, KEYS, needs=("query", "when"))
    when = parse_condition(_string(given, "when", place), f"{place}.when")
    by = _strings(given, "by", place, BY_MAX)
    paths = tuple(parse_path(each, f"{place}.by") for each in by)
    is_absent = when.kind == "absent"
    if is_absent and "quiet" in given:
        raise BadParameter(f"{place}.quiet", "absent resolves with the next match: leave it out")
    if "members" in given and not (is_absent and by):
        raise BadParameter(f"{place}.members", "only absent rules with `by` have members")
    forget = _duration(given, "forget", place, _MINUTE) or max(_FORGET, 2 * when.within)
    if forget <= when.within:
        raise BadParameter(f"{place}.forget", "it is longer than the time of `absent for`")
    return Rule(
        name=name,
        object=given,
        tree=rule_tree(_string(given, "query", place), f"{place}.query"),
        when=when,
        by=by,
        paths=paths,
        members=_members(given, place, len(by)),
        quiet=_duration(given, "quiet", place, timedelta(seconds=1)) or when.within or _QUIET,
        repeat=_duration(given, "repeat", place, _MINUTE),
        forget=forget,
        channels=_strings(given, "channels", place, CHANNELS_MAX),
        title=_template(given, "title", place),
        text=_template(given, "text", place),
        takes_own=_flag(given, "own", place),
        takes_imports=_flag(given, "imports", place),
    )


def rule_tree(line: str, place: str) -> Tree:
    """The tree of a query whose times are absolute. Raises BadParameter with that name."""
    try:
        tree = parse_query(line, _NESTING_LEVELS_MAX)
    except BadQuery as error:
        raise BadParameter(place, str(error).removeprefix("q: ")) from error
    if _is_relative(tree):
        raise BadParameter(
            place, "each incident is looked at as it comes: `received` takes no duration here"
        )
    return tree


def check_keys(given: Any, place: str, known: Sequence[str], *, needs: Sequence[str]) -> None:
    """Returns if it is an object with these keys, and no others. Raises BadParameter."""
    if not isinstance(given, Mapping):
        raise BadParameter(place, f"it is an object with {', '.join(needs)}, …, not {given!r:.80}")
    for key in given:
        if key not in known:
            near = get_close_matches(str(key), known, 1)
            meant = f"did you mean {near[0]}? " if near else ""
            raise BadParameter(
                f"{place}.{str(key)[:80]}", f"unknown; {meant}known are: {', '.join(known)}"
            )
    for key in needs:
        if key not in given:
            raise BadParameter(f"{place}.{key}", "it is missing")


def _is_relative(tree: Tree) -> bool:
    match tree:
        case AllOf(terms) | AnyOf(terms):
            return any(map(_is_relative, terms))
        case Not(term):
            return _is_relative(term)
        case _:
            return isinstance(tree, Received) and isinstance(tree.bound, Ago)


def _string(given: Mapping[str, Any], key: str, place: str) -> str:
    value = given[key]
    if not isinstance(value, str):
        raise BadParameter(f"{place}.{key}", f"it is a string, not {value!r:.80}")
    return value


def _strings(given: Mapping[str, Any], key: str, place: str, at_most: int) -> tuple[str, ...]:
    value = given.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise BadParameter(f"{place}.{key}", f"it is a list of strings, not {value!r:.80}")
    if len(value) > at_most or len(set(value)) < len(value):
        raise BadParameter(f"{place}.{key}", f"it has at most {at_most} strings, each once")
    return tuple(value)


def _duration(
    given: Mapping[str, Any], key: str, place: str, at_least: timedelta
) -> timedelta | None:
    return duration(given[key], f"{place}.{key}", at_least, 2 * _YEAR) if key in given else None


def _flag(given: Mapping[str, Any], key: str, place: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise BadParameter(f"{place}.{key}", f"it is true or false, not {value!r:.80}")
    return value


def _template(given: Mapping[str, Any], key: str, place: str) -> Template | None:
    return Template(_string(given, key, place), f"{place}.{key}") if key in given else None


def _members(given: Mapping[str, Any], place: str, width: int) -> tuple[tuple[str, ...], ...]:
    value = given.get("members", [])
    wanted = "strings" if width == 1 else f"lists of {width} strings, in the order of `by`"
    members = [[each] if isinstance(each, str) else each for each in value] if value else []
    if not isinstance(value, list) or not all(
        isinstance(each, list) and len(each) == width and all(isinstance(x, str) for x in each)
        for each in members
    ):
        raise BadParameter(f"{place}.members", f"it is a list of {wanted}")
    if len(members) > MEMBERS_MAX:
        raise BadParameter(f"{place}.members", f"it has at most {MEMBERS_MAX:,} members")
    return tuple(map(tuple, members))
