"""What is looked for, and at which ids: as the storage takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from incidents.example import PAIR, PARTED_CHARACTERS_MAX, parts_of
from incidents.weight import HEAVY_BYTES_MIN

# The ids from the first number up to the second, which is not among them.
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the incidents of a search have in common; what is None does not matter.

    `entries` is an example's, `leaves` and `needles` too (see `Example`); `hash` is 32 bytes;
    `since` is inclusive, `until` exclusive.
    """

    entries: str | None = None
    leaves: int = 1
    needles: tuple[str, ...] = ()
    hash: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def in_an_index(self) -> bool:
        """Whether an index, of examples or of hashes, leads to the incidents."""
        return self.hash is not None or (self.entries is not None and self.leaves > 0)

    @property
    def is_heavy(self) -> bool:
        """Whether the example is so large that only one such is looked for at a time."""
        return self.entries is not None and len(self.entries) >= HEAVY_BYTES_MIN

    @property
    def key(self) -> bytes:
        """Stands for the example, which there is, and is short however long that may be."""
        assert self.entries is not None
        return blake2b(self.entries.encode(), digest_size=16).digest()

    @property
    def parts(self) -> Sequence["Condition"]:
        """Of less of the example each (see `parts_of`): what meets it meets all of these."""
        if self.entries is None or self.leaves < PAIR or len(self.entries) > PARTED_CHARACTERS_MAX:
            return ()
        return _parts(self.entries)


# What is asked for is asked again, and to take it apart costs as much as all else before a query.
@lru_cache(maxsize=1024)
def _parts(entries: str) -> Sequence[Condition]:
    return [Condition(each.entries, each.leaves, each.needles) for each in parts_of(entries)]
