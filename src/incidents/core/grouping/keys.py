"""The keys of the groups that an incident can belong to.

Which of them it is, depends on the groups that there are: db/known_groups.py says it in SQL.
"""

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, NamedTuple

from incidents.core.grouping.group import Group, group_of

# The version before VERSION, as long as groups of it can be there. There is none yet.
OLD_GROUP_OF: Callable[[str, Any], Group] | None = None

SERVICE: Final = "service"
_SERVICES_MAX = 1024
_KEY_BYTES = 8
_MASK = 2**64 - 1
_DIGITS = 16


class GroupKeys(NamedTuple):
    """Signed 64-bit numbers.

    `key` is that of its group, `old` that of the version before, if there is one. `service` is that
    of the group of its service, for when too many groups are new.
    """

    key: int
    old: int | None
    service: int


def keys_of(headers: str, body: Any) -> GroupKeys:
    """The keys of any incident. Raises nothing; arguments are those of `group_of`."""
    old = None if OLD_GROUP_OF is None else OLD_GROUP_OF(headers, body).key
    group = group_of(headers, body)
    return GroupKeys(group.key, old, key_of_service(group.service))


@lru_cache(maxsize=_SERVICES_MAX)
def key_of_service(service: str) -> int:
    """The key of the group that a service has for incidents of further new groups."""
    digest = sha256(ascii((SERVICE, service)).encode()).digest()
    return int.from_bytes(digest[:_KEY_BYTES], signed=True)


def id_of_key(key: int) -> str:
    """A key as people see it: 16 hexadecimal digits."""
    return f"{key & _MASK:0{_DIGITS}x}"


def key_of_id(text: str) -> int | None:
    """The key of an id; None if it has not that form."""
    if len(text) != _DIGITS or not text.isascii() or not text.isalnum():
        return None
    try:
        number = int(text, 16)
    except ValueError:
        return None
    return number - 2**64 if number >= 2**63 else number
