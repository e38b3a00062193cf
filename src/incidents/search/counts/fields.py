"""The fields that there are among the matches."""

from collections.abc import Sequence
from dataclasses import dataclass

from incidents.core.query.field_list import FieldType
from incidents.core.query.normal_form import path_text
from incidents.core.query.subject import lower_ascii
from incidents.core.query.tree import Path
from incidents.db.condition import Condition
from incidents.search.counts.estimator import Estimator
from incidents.search.counts.group_query import Counted
from incidents.search.counts.kinds import FieldsOf
from incidents.search.counts.tally import Group, Tally

# Nobody reads more; those that fewest incidents have are left out.
FIELDS_MAX = 1000


@dataclass(frozen=True, slots=True)
class FieldCount:
    """A field as a query line has it, the types of its values, and how many matches have it."""

    field: str
    types: Sequence[str]
    count: int


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """The most frequent fields among `count` matches.

    Each of the counts of an estimate is with 95 % no further from the truth than `error`.
    """

    count: int
    is_estimate: bool
    error: int
    fields: Sequence[FieldCount]


async def count_fields(estimator: Estimator, condition: Condition, seconds: float) -> FieldCounts:
    """The fields, after about `seconds` at the latest. Raises StorageError."""
    tally = await estimator.tally(Counted(condition, kinds=FieldsOf()), seconds)
    types: dict[FieldType, list[str]] = {}
    for group in tally.groups:
        if isinstance(group.kind, FieldType):
            found = types.setdefault(group.kind._replace(type=None), [])
            found += [group.kind.type] if group.kind.type is not None else []
    fields = sorted(_listed(tally, types), key=lambda each: (-each.count, each.field))
    error = max(tally.error(group) for group in [Group(), *map(_group, types)])
    return FieldCounts(tally.count(Group()), tally.is_estimate, error, fields[:FIELDS_MAX])


def _listed(tally: Tally, types: dict[FieldType, list[str]]) -> list[FieldCount]:
    in_headers = {lower_ascii(each.names[0]) for each in types if each.place == "headers"}
    return [
        FieldCount(path_text(_path(field, in_headers)), sorted(found), tally.count(_group(field)))
        for field, found in types.items()
    ]


def _group(field: FieldType) -> Group:
    return Group(kind=field)


def _path(field: FieldType, in_headers: set[str]) -> Path:
    """Without `body`, where no header is meant, too."""
    is_plain = field.place == "body" and field.names
    if is_plain and lower_ascii(field.names[0]) not in in_headers:
        return Path(field.names)
    return Path(field.names, field.place)
