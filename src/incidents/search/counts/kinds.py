"""What counts tell matches apart by: the values of a field, or the fields that there are."""

import json
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from incidents.core import json_text
from incidents.core.query.field_list import fields_of
from incidents.core.query.number import number_text
from incidents.core.query.subject import Fields, bodies_of
from incidents.core.query.tree import Path
from incidents.db.parameters import Parameters
from incidents.db.query.values import MISSING, OTHER, VALUE_BYTES_MAX, VALUES_MAX, values_of_row


class Kinds(Protocol):
    """The kinds of a match, each once."""

    def of(self, headers: str, body: str | None) -> Collection[Hashable]:
        """Those of JSON texts; a body that is too large to be looked at is None."""

    def sql(self, parameters: Parameters) -> str | None:
        """The same as text[], over the columns of `incidents`; None where only `of` says it."""


@dataclass(frozen=True)
class ValuesOf:
    """The scalars that a field has, as JSON texts, or OTHER, or MISSING: see db/query/values.py."""

    path: Path
    told: tuple[str, ...] | None = None

    def of(self, headers: str, body: str | None) -> Collection[str]:
        """Those of JSON texts."""
        if body is None:
            return {OTHER}
        head = _parsed(headers)
        bodies = bodies_of(_parsed(body))
        found = {
            self._shown(_text(value))
            for each in bodies
            for value in self._fields.of(head, each)
            if not isinstance(value, (dict, list))
        }
        return sorted(found)[:VALUES_MAX] or {MISSING}

    def sql(self, parameters: Parameters) -> str:
        """The same in SQL."""
        return values_of_row(self.path, self.told, parameters)

    @cached_property
    def _fields(self) -> Fields:
        return Fields(self.path)

    def _shown(self, value: str) -> str:
        is_told = self.told is None or value in self.told
        return value if is_told and len(value.encode()) <= VALUE_BYTES_MAX else OTHER


class FieldsOf:
    """The fields that there are, with their types: see core/query/field_list.py."""

    def of(self, headers: str, body: str | None) -> Collection[Hashable]:
        """Those of JSON texts."""
        return fields_of(_parsed(headers), {} if body is None else _parsed(body))

    def sql(self, _: Parameters) -> None:
        """PostgreSQL takes a hundred times as long to go through a document."""


def _parsed(text: str) -> Any:
    return json_text.parse(text, json_text.ANY_DEPTH, exact=True)


def _text(value: Any) -> str:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        text = number_text(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return json.dumps(value, ensure_ascii=False)
