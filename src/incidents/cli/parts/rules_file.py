"""The file of channels, rules and mutes, and what has to change so that a server has them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from incidents.cli.parts.client import Client
from incidents.core.errors import BadParameter, CannotStart
from incidents.core.incident import REDACTED
from incidents.notifications.channel import parse_channel
from incidents.rules.mute import parse_mute
from incidents.rules.rule import check_keys, parse_rule

# In this order they are made, and in the other one deleted: what tells before what is told.
SECTIONS = ("channels", "rules", "mutes")
_BYTES_MAX = 4 * 1024 * 1024


class Change(NamedTuple):
    """What has to be done: `+` make, `~` change, `-` delete. `object` is what it becomes."""

    sign: str
    section: str
    name: str
    object: Mapping[str, Any] | None = None
    differences: Sequence[str] = ()


def read_file(path: Path) -> dict[str, dict[str, Any]]:
    """The sections of the file, each checked. Raises BadParameter and CannotStart."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > _BYTES_MAX:
        raise CannotStart(f"{path} has more than {_BYTES_MAX // 1024 // 1024} MiB")
    try:
        found = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise CannotStart(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    given = {} if found is None else found
    check_keys(given, "file", SECTIONS, needs=())
    _check(given)
    return dict(given)


def changes(client: Client, wanted: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    """What differs on the server, in the order in which it has to be done.

    A section that the file does not have stays as it is.
    """
    named = [section for section in SECTIONS if section in wanted]
    there = {section: dict(_on_server(client, section)) for section in named}
    put = [
        change
        for section in named
        for name, object_ in wanted[section].items()
        if (change := _put(section, name, object_, there[section].get(name)))
    ]
    gone = [
        Change("-", section, name)
        for section in reversed(named)
        for name in there[section]
        if name not in wanted[section]
    ]
    return [*put, *gone]


def apply(client: Client, change: Change) -> None:
    """Returns when the server has made the change."""
    path = f"/{change.section}/{change.name}"
    if change.object is None:
        client.change("DELETE", path)
    else:
        client.change("PUT", path, change.object)


def written(change: Change) -> list[str]:
    """Lines that say what changes, without secrets."""
    head = f"{change.sign} {change.section.removesuffix('s')} {change.name}"
    return [head, *(f"    {line}" for line in change.differences)]


class _Loader(yaml.SafeLoader):
    """As JSON would read it: a time is its text, and no key is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} is there twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_text)


def _check(given: Mapping[str, Any]) -> None:
    now = datetime.now(UTC)
    for section in SECTIONS:
        objects = given.get(section, {})
        if not isinstance(objects, dict) or not all(isinstance(each, str) for each in objects):
            raise BadParameter(section, "it is an object: a name for each")
        for name, each in objects.items():
            match section:
                case "channels":
                    parse_channel(name, each)
                case "rules":
                    parse_rule(name, each)
                case _:
                    parse_mute(name, each, now)


def _on_server(client: Client, section: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in client.answer("GET", f"/{section}")[section]:
        if each.get("lasts", True):
            yield each["name"], each[section.removesuffix("s")]


def _put(
    section: str, name: str, object_: Mapping[str, Any], before: Mapping[str, Any] | None
) -> Change | None:
    shown = parse_channel(name, object_).redacted() if section == "channels" else object_
    if before is None:
        return Change("+", section, name, object_)
    if shown != before:
        return Change("~", section, name, object_, list(_differences(before, shown)))
    if section == "channels" and REDACTED in json.dumps(shown):
        return Change("~", section, name, object_, ["its secrets cannot be compared"])
    return None


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            for sign, side in (("-", before), ("+", after)):
                if key in side:
                    yield f"{sign} {key}: {json.dumps(side[key], ensure_ascii=False)}"
