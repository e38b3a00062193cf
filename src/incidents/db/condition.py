"""What is looked for, and at which ids: as the storage takes it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from incidents.core.query.tree import EVERYTHING, Tree, characters_of
from incidents.core.weight import HEAVY_BYTES_MIN
from incidents.db.parameters import Parameters
from incidents.db.query.lead import lead_of
from incidents.db.query.words import ids_of_words

# The ids from the first number up to the second, which is not among them.
Window = tuple[int, int]

ALL_IDS: Window = (0, 2**63 - 1)


@dataclass(frozen=True)
class Condition:
    """What the incidents of a search have in common; what is None does not matter.

    The times of `tree` are absolute; `hash` is 32 bytes; `group` is a key; `since` is inclusive,
    `until` exclusive.
    """

    tree: Tree = EVERYTHING
    hash: bytes | None = None
    group: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: Window = ALL_IDS

    @cached_property
    def lead(self) -> str | None:
        """How the index of examples leads to what matches the tree (see db/query/lead.py)."""
        return lead_of(self.tree)

    @property
    def in_an_index(self) -> bool:
        """Whether an index, of examples, hashes or groups, leads to the incidents."""
        return self.has_key or self.lead is not None

    @cached_property
    def is_by_words(self) -> bool:
        """Whether no other index leads to the incidents than those of words and numbers."""
        return not self.in_an_index and ids_of_words(self.tree, Parameters()) is not None

    @property
    def has_key(self) -> bool:
        """Whether an index has them in order of ids: that of hashes or of groups."""
        return self.hash is not None or self.group is not None

    @property
    def is_of_all(self) -> bool:
        """Whether only the time matters."""
        return self.tree == EVERYTHING and not self.has_key and self.ids == ALL_IDS

    @property
    def is_heavy(self) -> bool:
        """Whether the tree is so large that only one such is looked for at a time."""
        return characters_of(self.tree) >= HEAVY_BYTES_MIN

    def within(self, window: Window) -> Window:
        """Those of its ids that are in a window."""
        low, high = max(self.ids[0], window[0]), min(self.ids[1], window[1])
        return low, max(low, high)
