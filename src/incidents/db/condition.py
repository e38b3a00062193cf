"""What is looked for, and at which ids: as the storage takes it."""

from dataclasses import dataclass
from datetime import datetime

from incidents.core.example import Example
from incidents.core.weight import HEAVY_BYTES_MIN

# The ids from the first number up to the second, which is not among them.
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the incidents of a search have in common; what is None does not matter.

    `example` is not the one that matches everything; `hash` is 32 bytes; `since` is inclusive,
    `until` exclusive.
    """

    example: Example | None = None
    hash: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def leads(self) -> tuple[str, ...]:
        """Those of the example: one of them is in each match, and the index leads to it."""
        return self.example.leads if self.example is not None else ()

    @property
    def is_led(self) -> bool:
        """Whether the index of examples leads to the incidents."""
        return bool(self.leads)

    @property
    def in_an_index(self) -> bool:
        """Whether an index, of examples or of hashes, leads to the incidents."""
        return self.hash is not None or self.is_led

    @property
    def is_heavy(self) -> bool:
        """Whether the example is so large that only one such is looked for at a time."""
        return self.example is not None and len(self.example.text) >= HEAVY_BYTES_MIN
