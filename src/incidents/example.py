"""An example: a JSON object that an incident matches when it contains each of its entries."""

from dataclasses import dataclass

from incidents import json_text
from incidents.errors import BadExample


@dataclass(frozen=True, slots=True)
class Example:
    """An example in the form that PostgreSQL is asked with: the JSON text `[{k: v}, …]`.

    Every element stands for one top-level entry, so that "some element of [headers, body]
    contains this entry, some element that one" is one containment.
    """

    entries: str

    @property
    def matches_everything(self) -> bool:
        """Whether it is `{}`."""
        return self.entries == "[]"


def parse_example(raw: bytes, nesting_levels_max: int) -> Example:
    """The example that `raw` holds.

    Raises NotJSON and OverLimit as `json_text.parse` does, BadExample when it is no object.
    """
    value = json_text.parse(json_text.decode(raw), nesting_levels_max, exact=True)
    if not isinstance(value, dict):
        raise BadExample(
            'an example is a JSON object such as {"service": "billing"}, '
            f"not {_KINDS.get(type(value), 'a number')}"
        )
    return Example(json_text.write([{key: entry} for key, entry in value.items()]))


_KINDS = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
