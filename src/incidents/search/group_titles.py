"""What groups are about, in the words of one of their incidents."""

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


def titles_of(examples: Sequence[Example]) -> list[str]:
    """A title for each, of one line."""
    return [_title_of(*each) for each in examples]


def _title_of(key: int, headers: str, body: str) -> str:
    try:
        value = json_text.parse(body, json_text.ANY_DEPTH)
    except IncidentsError as error:
        return f"cannot be read: {error}"
    group = group_of(headers, value)
    if key == key_of_service(group.service):
        return f"{group.service or 'no service'}: more new groups than the limit"
    return group.title
