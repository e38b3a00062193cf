"""What groups are about, by one of their incidents."""

from collections.abc import Sequence
from typing import NamedTuple

from incidents.core import json_text
from incidents.core.errors import IncidentsError
from incidents.core.grouping.group import group_of
from incidents.core.grouping.keys import key_of_service

# Texts that are parsed in the worker; more are parsed in the process beside it.
CHARACTERS_MAX = 64 * 1024


class Example(NamedTuple):
    """The key of a group, and the texts of one of its incidents."""

    key: int
    headers: str
    body: str


class Heading(NamedTuple):
    """A title of one line, and the service and the level that groups are told apart by, or ""."""

    title: str
    service: str = ""
    level: str = ""


def headings_of(examples: Sequence[Example]) -> list[Heading]:
    """A heading for each."""
    return [_heading_of(*each) for each in examples]


def _heading_of(key: int, headers: str, body: str) -> Heading:
    try:
        value = json_text.parse(body, json_text.ANY_DEPTH)
    except IncidentsError as error:
        return Heading(f"cannot be read: {error}")
    group = group_of(headers, value)
    if key == key_of_service(group.service):
        return Heading("more new groups than the limit", group.service)
    return Heading(group.title, group.service, group.level)
